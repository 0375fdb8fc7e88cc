/* The benchmark peer on libzmq; see bench.h. */
#include "bench.h"

#include <zmq.h>

static void *context;

static void check(int rc, const char *what) { bench_check(rc < 0, what, zmq_strerror(zmq_errno())); }

/* An XPUB is a PUB that also reports subscriptions, so that a sender knows when its subscribers are there. */
static void *open_socket(const bench_args *a, int sending)
{
    const char *pattern = a->pattern;
    int type = bench_is(pattern, "pipeline") ? (sending ? ZMQ_PUSH : ZMQ_PULL)
               : bench_is(pattern, "pubsub") ? (sending ? ZMQ_XPUB : ZMQ_SUB)
               : bench_is(pattern, "reqrep") ? (!sending ? ZMQ_REP : a->many > 1 ? ZMQ_DEALER : ZMQ_REQ)
                                             : ZMQ_PAIR;
    if (bench_is(a->role, "crowd")) type = ZMQ_REQ;
    void *s = zmq_socket(context, type);
    bench_check(s == NULL, "socket", zmq_strerror(zmq_errno()));
    int on = 1;
    if (type == ZMQ_XPUB) check(zmq_setsockopt(s, ZMQ_XPUB_VERBOSE, &on, sizeof on), "verbose");
    if (type == ZMQ_SUB) check(zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0), "subscribe");
    return s;
}

static void *open_endpoint(const bench_args *a, int sending)
{
    void *s = open_socket(a, sending);
    check(a->listen ? zmq_bind(s, a->url) : zmq_connect(s, a->url), a->url);
    bench_ready();
    return s;
}

static void send_role(const bench_args *a)
{
    void *s = open_endpoint(a, 1);
    int publishing = bench_is(a->pattern, "pubsub");
    char *body = calloc(1, a->size + 1);
    for (long i = 0; publishing && i < a->many; i++) check(zmq_recv(s, body, 1, 0), "subscription");
    double begin = 0;
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) begin = bench_now();
        bench_stamp(a, body);
        check(zmq_send(s, body, a->size, 0), "send");
    }
    bench_report(begin, a->count);
    while (!bench_over(publishing ? 1 : 1000)) {
        if (publishing) check(zmq_send(s, body, 0, 0), "send");
    }
}

static void recv_role(const bench_args *a)
{
    void *s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    bench_meter meter = bench_new_meter(a);
    int rc;
    do check(rc = zmq_recv(s, body, a->size + 1, 0), "recv");
    while (!bench_take(&meter, body, (size_t) rc));
    bench_report_meter(&meter);
}

/* With several outstanding it is a DEALER, which has to write and read REQ's empty first part itself. */
static void ask(void *s, const bench_args *a, char *body)
{
    if (a->many > 1) check(zmq_send(s, "", 0, ZMQ_SNDMORE), "send");
    check(zmq_send(s, body, a->size, 0), "send");
}

static void answer(void *s, const bench_args *a, char *body)
{
    if (a->many > 1) check(zmq_recv(s, body, 0, 0), "recv");
    check(zmq_recv(s, body, a->size, 0), "recv");
}

static void ask_role(const bench_args *a)
{
    void *s = open_endpoint(a, 1);
    char *body = calloc(1, a->size + 1);
    double *each = malloc(sizeof(double) * (size_t) a->count);
    double *asked = malloc(sizeof(double) * (size_t) a->many); /* replies come in the order of the requests */
    long total = a->warm + a->count, sent = 0;
    double begin = 0;
    for (; sent < a->many && sent < total; sent++) {
        asked[sent] = bench_now();
        ask(s, a, body);
    }
    for (long i = 0; i < total; i++) {
        answer(s, a, body);
        double now = bench_now();
        if (i == a->warm) begin = now;
        if (i >= a->warm) each[i - a->warm] = now - asked[i % a->many];
        if (sent == total) continue;
        asked[sent++ % a->many] = bench_now();
        ask(s, a, body);
    }
    bench_report_latency(begin, each, a->count);
}

static void reply_role(const bench_args *a)
{
    void *s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    for (;;) {
        int rc = zmq_recv(s, body, a->size + 1, 0);
        check(rc, "recv");
        check(zmq_send(s, body, (size_t) rc, 0), "send");
    }
}

static zmq_pollitem_t *open_many(const bench_args *a, int sending)
{
    zmq_pollitem_t *all = calloc((size_t) a->many, sizeof *all);
    for (long i = 0; i < a->many; i++) {
        all[i].socket = open_socket(a, sending);
        all[i].events = ZMQ_POLLIN;
        check(zmq_connect(all[i].socket, a->url), a->url);
    }
    bench_ready();
    return all;
}

static void sink_role(const bench_args *a)
{
    zmq_pollitem_t *all = open_many(a, 0);
    char *body = malloc(a->size + 1);
    double begin = 0;
    long total = 0, left = a->many;
    long *got = calloc((size_t) a->many, sizeof *got);
    while (left > 0) {
        check(zmq_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & ZMQ_POLLIN) == 0 || got[i] < 0) continue;
            int rc;
            while ((rc = zmq_recv(all[i].socket, body, a->size + 1, ZMQ_DONTWAIT)) > 0) {
                if (begin == 0) begin = bench_now();
                total++;
                if (++got[i] == a->count) break;
            }
            if (rc < 0) continue;
            got[i] = -1;
            all[i].events = 0;
            left--;
        }
    }
    bench_report(begin, total);
}

static void crowd_role(const bench_args *a)
{
    zmq_pollitem_t *all = open_many(a, 1);
    char *body = calloc(1, a->size + 1);
    long asked = 0, answered = 0;
    double begin = bench_now();
    for (long i = 0; i < a->many && asked < a->count; i++, asked++) {
        check(zmq_send(all[i].socket, body, a->size, 0), "send");
    }
    while (answered < a->count) {
        check(zmq_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & ZMQ_POLLIN) == 0) continue;
            if (zmq_recv(all[i].socket, body, a->size + 1, ZMQ_DONTWAIT) < 0) continue;
            answered++;
            if (asked++ < a->count) check(zmq_send(all[i].socket, body, a->size, 0), "send");
        }
    }
    bench_report(begin, answered);
}

static void inproc_role(const bench_args *a)
{
    void *push = open_socket(a, 1), *pull = open_socket(a, 0);
    check(zmq_bind(pull, a->url), "bind");
    check(zmq_connect(push, a->url), "connect");
    bench_ready();
    char *body = calloc(1, a->size + 1);
    double begin = 0;
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) begin = bench_now();
        check(zmq_send(push, body, a->size, 0), "send");
        check(zmq_recv(pull, body, a->size, 0), "recv");
    }
    bench_report(begin, a->count);
}

int main(int argc, char **argv)
{
    static const bench_role roles[] = {{"send", send_role},   {"stamp", send_role}, {"recv", recv_role},
                                       {"delay", recv_role},  {"ask", ask_role},    {"reply", reply_role},
                                       {"sink", sink_role},   {"crowd", crowd_role}, {"inproc", inproc_role},
                                       {NULL, NULL}};
    context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 4096);
    return bench_main(argc, argv, roles);
}
