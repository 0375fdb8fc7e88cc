/* The benchmark peer on libzmq; see bench.h. */
#include "bench.h"

#include <zmq.h>

static void *context;

static void check(int rc, const char *what) { bench_check(rc < 0, what, zmq_strerror(zmq_errno())); }

typedef void *peer_socket;

#include "roles.h"

/* An XPUB is a PUB that also reports subscriptions, so that a sender knows when its subscribers are there. */
static void *peer_open(const bench_args *a, int sending)
{
    if (context == NULL) {
        context = zmq_ctx_new();
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 4096);
    }
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

static void peer_listen(void *s, const char *url) { check(zmq_bind(s, url), url); }

static void peer_dial(void *s, const char *url) { check(zmq_connect(s, url), url); }

/* Only an XPUB hears of its peers. */
static void peer_await(void *s, const bench_args *a)
{
    char subscription;
    if (!bench_is(a->pattern, "pubsub")) return;
    for (long i = 0; i < a->many; i++) check(zmq_recv(s, &subscription, 1, 0), "subscription");
}

static void peer_send(void *s, const char *body, size_t size) { check(zmq_send(s, body, size, 0), "send"); }

static size_t peer_recv(void *s, char *body, size_t size)
{
    int rc = zmq_recv(s, body, size, 0);
    check(rc, "recv");
    return (size_t) rc;
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
    bench_start start = bench_begin();
    for (; sent < a->many && sent < total; sent++) {
        asked[sent] = bench_now();
        ask(s, a, body);
    }
    for (long i = 0; i < total; i++) {
        answer(s, a, body);
        double now = bench_now();
        if (i == a->warm) start = bench_begin();
        if (i >= a->warm) each[i - a->warm] = now - asked[i % a->many];
        if (sent == total) continue;
        asked[sent++ % a->many] = bench_now();
        ask(s, a, body);
    }
    bench_report_latency(start, each, a->count);
}

static void reply_role(const bench_args *a)
{
    void *s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    for (;;) peer_send(s, body, peer_recv(s, body, a->size + 1));
}

static zmq_pollitem_t *open_many(const bench_args *a, int sending)
{
    zmq_pollitem_t *all = calloc((size_t) a->many, sizeof *all);
    for (long i = 0; i < a->many; i++) {
        all[i].socket = peer_open(a, sending);
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
    bench_start start = {0, 0};
    long total = 0, left = a->many;
    long *got = calloc((size_t) a->many, sizeof *got);
    while (left > 0) {
        check(zmq_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & ZMQ_POLLIN) == 0 || got[i] < 0) continue;
            int rc;
            while ((rc = zmq_recv(all[i].socket, body, a->size + 1, ZMQ_DONTWAIT)) > 0) {
                if (start.at == 0) start = bench_begin();
                total++;
                if (++got[i] == a->count) break;
            }
            if (rc < 0) continue;
            got[i] = -1;
            all[i].events = 0;
            left--;
        }
    }
    bench_report(start, total);
}

static void crowd_role(const bench_args *a)
{
    zmq_pollitem_t *all = open_many(a, 1);
    char *body = calloc(1, a->size + 1);
    long asked = 0, answered = 0;
    bench_start start = bench_begin();
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
    bench_report(start, answered);
}
