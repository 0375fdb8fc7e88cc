/* The benchmark peer on nanomsg; see bench.h. */
#include "bench.h"

#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>

static void check(int rc, const char *what) { bench_check(rc < 0, what, nn_strerror(nn_errno())); }

typedef int peer_socket;

#include "roles.h"

static int peer_open(const bench_args *a, int sending)
{
    const char *pattern = a->pattern;
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

static void await_connections(int s, long count)
{
    while ((long) nn_get_statistic(s, NN_STAT_CURRENT_CONNECTIONS) < count) usleep(1000);
}

static void peer_await(int s, const bench_args *a) { await_connections(s, a->many); }

static void peer_listen(int s, const char *url) { check(nn_bind(s, url), url); }

static void peer_dial(int s, const char *url)
{
    check(nn_connect(s, url), url);
    await_connections(s, 1);
}

static void peer_send(int s, const char *body, size_t size) { check(nn_send(s, body, size, 0), "send"); }

static size_t peer_recv(int s, char *body, size_t size)
{
    int rc = nn_recv(s, body, size, 0);
    check(rc, "recv");
    return (size_t) rc;
}

static void ask_role(const bench_args *a)
{
    bench_check(a->many > 1, "ask", "REQ has one request outstanding");
    int s = open_endpoint(a, 1);
    char *body = calloc(1, a->size + 1);
    double *each = malloc(sizeof(double) * (size_t) a->count);
    bench_start start = bench_begin();
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) start = bench_begin();
        double t = bench_now();
        peer_send(s, body, a->size);
        peer_recv(s, body, a->size);
        if (i >= 0) each[i] = bench_now() - t;
    }
    bench_report_latency(start, each, a->count);
}

static void reply_role(const bench_args *a)
{
    int s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    for (;;) peer_send(s, body, peer_recv(s, body, a->size + 1));
}

static struct nn_pollfd *open_many(const bench_args *a, int sending)
{
    struct nn_pollfd *all = calloc((size_t) a->many, sizeof *all);
    for (long i = 0; i < a->many; i++) {
        all[i].fd = peer_open(a, sending);
        all[i].events = NN_POLLIN;
        check(nn_connect(all[i].fd, a->url), a->url);
    }
    for (long i = 0; i < a->many; i++) await_connections(all[i].fd, 1);
    bench_ready();
    return all;
}

static void sink_role(const bench_args *a)
{
    struct nn_pollfd *all = open_many(a, 0);
    char *body = malloc(a->size + 1);
    bench_start start = {0, 0};
    long total = 0, left = a->many;
    long *got = calloc((size_t) a->many, sizeof *got);
    while (left > 0) {
        check(nn_poll(all, (int) a->many, -1), "poll");
        for (long i = 0; i < a->many; i++) {
            if ((all[i].revents & NN_POLLIN) == 0 || got[i] < 0) continue;
            int rc;
            while ((rc = nn_recv(all[i].fd, body, a->size + 1, NN_DONTWAIT)) > 0) {
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
    struct nn_pollfd *all = open_many(a, 1);
    char *body = calloc(1, a->size + 1);
    long asked = 0, answered = 0;
    bench_start start = bench_begin();
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
    bench_report(start, answered);
}
