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

static int open_endpoint(const bench_args *a, int sending)
{
    int s = open_socket(a->pattern, sending);
    check(a->listen ? nn_bind(s, a->url) : nn_connect(s, a->url), a->url);
    while (!a->listen && nn_get_statistic(s, NN_STAT_CURRENT_CONNECTIONS) == 0) usleep(1000);
    bench_ready();
    return s;
}

static void send_role(const bench_args *a)
{
    int s = open_endpoint(a, 1);
    char *body = calloc(1, a->size + 1);
    while (nn_get_statistic(s, NN_STAT_CURRENT_CONNECTIONS) == 0) usleep(1000);
    for (long i = 0; i < a->count; i++) check(nn_send(s, body, a->size, 0), "send");
    while (!bench_over(bench_is(a->pattern, "pubsub") ? 1 : 1000)) {
        if (bench_is(a->pattern, "pubsub")) check(nn_send(s, body, 0, 0), "send");
    }
}

static void recv_role(const bench_args *a)
{
    int s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    double begin = 0;
    long n = 0;
    while (n < a->count) {
        int rc = nn_recv(s, body, a->size + 1, 0);
        check(rc, "recv");
        if (rc == 0 && a->size > 0) break;
        if (n++ == 0) begin = bench_now();
    }
    bench_report(bench_now() - begin, n);
}

static void ask_role(const bench_args *a)
{
    int s = open_endpoint(a, 1);
    char *body = calloc(1, a->size + 1);
    double *each = malloc(sizeof(double) * (size_t) a->count);
    long warm = a->count / 10;
    double begin = 0;
    for (long i = -warm; i < a->count; i++) {
        double t = bench_now();
        if (i == 0) begin = t;
        check(nn_send(s, body, a->size, 0), "send");
        check(nn_recv(s, body, a->size, 0), "recv");
        if (i >= 0) each[i] = bench_now() - t;
    }
    bench_report_latency(bench_now() - begin, each, a->count);
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

static void inproc_role(const bench_args *a)
{
    int push = open_socket("pair", 1), pull = open_socket("pair", 0);
    check(nn_bind(pull, "inproc://bench"), "bind");
    check(nn_connect(push, "inproc://bench"), "connect");
    char *body = calloc(1, a->size + 1);
    double begin = bench_now();
    for (long i = 0; i < a->count; i++) {
        check(nn_send(push, body, a->size, 0), "send");
        check(nn_recv(pull, body, a->size, 0), "recv");
    }
    bench_report(bench_now() - begin, a->count);
}

int main(int argc, char **argv)
{
    bench_args a = bench_parse(argc, argv);
    if (bench_is(a.role, "send")) send_role(&a);
    else if (bench_is(a.role, "recv")) recv_role(&a);
    else if (bench_is(a.role, "ask")) ask_role(&a);
    else if (bench_is(a.role, "reply")) reply_role(&a);
    else if (bench_is(a.role, "inproc")) inproc_role(&a);
    else return 2;
    return 0;
}
