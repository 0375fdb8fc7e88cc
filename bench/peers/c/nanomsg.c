/* The benchmark peer on nanomsg; see bench.h. */
#include "bench.h"

#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>

static void check(int rc, const char *what) { bench_check(rc < 0, what, nn_strerror(nn_errno())); }

static int open_socket(const char *pattern, int sending)
{
    int protocol = bench_is(pattern, "pipeline") ? (sending ? NN_PUSH : NN_PULL)
                   : bench_is(pattern, "pubsub") ? (sending ? NN_PUB : NN_SUB)
                   : bench_is(pattern, "reqrep") ? (sending ? NN_REQ : NN_REP)
                                                 : NN_PAIR;
    int s = nn_socket(AF_SP, protocol);
    check(s, "socket");
    int none = -1;
    check(nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVMAXSIZE, &none, sizeof none), "rcvmaxsize");
    int on = 1;
    check(nn_setsockopt(s, NN_TCP, NN_TCP_NODELAY, &on, sizeof on), "nodelay");
    if (protocol == NN_SUB) check(nn_setsockopt(s, NN_SUB, NN_SUB_SUBSCRIBE, "", 0), "subscribe");
    return s;
}

static void await_peers(int s, long count)
{
    while ((long) nn_get_statistic(s, NN_STAT_CURRENT_CONNECTIONS) < count) usleep(1000);
}

static int open_endpoint(const bench_args *a, int sending)
{
    int s = open_socket(a->pattern, sending);
    check(a->listen ? nn_bind(s, a->url) : nn_connect(s, a->url), a->url);
    if (!a->listen) await_peers(s, 1);
    bench_ready();
    return s;
}

static void send_role(const bench_args *a)
{
    int s = open_endpoint(a, 1), publishing = bench_is(a->pattern, "pubsub");
    char *body = calloc(1, a->size + 8);
    await_peers(s, a->many);
    double begin = 0;
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) begin = bench_now();
        bench_stamp(a, body);
        check(nn_send(s, body, a->size, 0), "send");
    }
    bench_report(begin, a->count);
    while (!bench_over(publishing ? 1 : 1000)) {
        if (publishing) check(nn_send(s, body, 0, 0), "send");
    }
}

static void recv_role(const bench_args *a)
{
    int s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    bench_meter meter = bench_new_meter(a);
    int rc;
    do check(rc = nn_recv(s, body, a->size + 1, 0), "recv");
    while (!bench_take(&meter, body, (size_t) rc));
    bench_report_meter(&meter);
}

static void ask_role(const bench_args *a)
{
    bench_check(a->many > 1, "ask", "REQ has one request outstanding");
    int s = open_endpoint(a, 1);
    char *body = calloc(1, a->size + 1);
    double *each = malloc(sizeof(double) * (size_t) a->count);
    double begin = 0;
    for (long i = -a->warm; i < a->count; i++) {
        double t = bench_now();
        if (i == 0) begin = t;
        check(nn_send(s, body, a->size, 0), "send");
        check(nn_recv(s, body, a->size, 0), "recv");
        if (i >= 0) each[i] = bench_now() - t;
    }
    bench_report_latency(begin, each, a->count);
}

static void reply_role(const bench_args *a)
{
    int s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    for (;;) {
        int rc = nn_recv(s, body, a->size + 1, 0);
        check(rc, "recv");
        check(nn_send(s, body, (size_t) rc, 0), "send");
    }
}

static struct nn_pollfd *open_many(const bench_args *a, int sending)
{
    struct nn_pollfd *all = calloc((size_t) a->many, sizeof *all);
    for (long i = 0; i < a->many; i++) {
        all[i].fd = open_socket(a->pattern, sending);
        all[i].events = NN_POLLIN;
        check(nn_connect(all[i].fd, a->url), a->url);
    }
    for (long i = 0; i < a->many; i++) await_peers(all[i].fd, 1);
    bench_ready();
    return all;
}

static void sink_role(const bench_args *a)
{
    struct nn_pollfd *all = open_many(a, 0);
    char *body = malloc(a->size + 1);
    double begin = 0;
    long total = 0, left = a->many;
    long *got = calloc((size_t) a->many, sizeof *got);
    while (left > 0) {
        check(nn_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & NN_POLLIN) == 0 || got[i] < 0) continue;
            int rc;
            while ((rc = nn_recv(all[i].fd, body, a->size + 1, NN_DONTWAIT)) > 0) {
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
    struct nn_pollfd *all = open_many(a, 1);
    char *body = calloc(1, a->size + 1);
    long asked = 0, answered = 0;
    double begin = bench_now();
    for (long i = 0; i < a->many && asked < a->count; i++, asked++) {
        check(nn_send(all[i].fd, body, a->size, 0), "send");
    }
    while (answered < a->count) {
        check(nn_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & NN_POLLIN) == 0 || nn_recv(all[i].fd, body, a->size + 1, NN_DONTWAIT) < 0) continue;
            answered++;
            if (asked++ < a->count) check(nn_send(all[i].fd, body, a->size, 0), "send");
        }
    }
    bench_report(begin, answered);
}

static void inproc_role(const bench_args *a)
{
    int push = open_socket(a->pattern, 1), pull = open_socket(a->pattern, 0);
    check(nn_bind(pull, a->url), "bind");
    check(nn_connect(push, a->url), "connect");
    bench_ready();
    char *body = calloc(1, a->size + 1);
    double begin = 0;
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) begin = bench_now();
        check(nn_send(push, body, a->size, 0), "send");
        check(nn_recv(pull, body, a->size, 0), "recv");
    }
    bench_report(begin, a->count);
}

int main(int argc, char **argv)
{
    static const bench_role roles[] = {{"send", send_role},   {"stamp", send_role}, {"recv", recv_role},
                                       {"delay", recv_role},  {"ask", ask_role},    {"reply", reply_role},
                                       {"sink", sink_role},   {"crowd", crowd_role}, {"inproc", inproc_role},
                                       {NULL, NULL}};
    return bench_main(argc, argv, roles);
}
