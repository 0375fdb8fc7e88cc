/*
 * What the C peers of the benchmark share: one command line, one clock, one line of output. The peers in ../js have
 * the same command line.
 *
 *   PEER send  PATTERN listen|dial URL SIZE COUNT [MANY] waits for MANY peers (1), sends WARM + COUNT messages
 *   PEER recv  PATTERN listen|dial URL SIZE COUNT        times the COUNT messages that follow the first WARM
 *   PEER stamp, PEER delay                               the same with the time of sending in every message
 *   PEER ask   reqrep  listen|dial URL SIZE COUNT MANY   round trips, MANY of them outstanding on one socket
 *   PEER reply reqrep  listen|dial URL SIZE COUNT        answers until stdin closes
 *   PEER sink  pubsub  dial        URL SIZE COUNT MANY   MANY subscribers in one thread; COUNT messages for each
 *   PEER crowd reqrep  dial        URL SIZE COUNT MANY   MANY requesters in one thread, one request outstanding each
 *   PEER inproc pair   listen      URL SIZE COUNT        both ends in one thread
 *
 * PATTERN is pipeline, pubsub, pair or reqrep. WARM is a tenth of COUNT; 0 for pubsub, which loses messages. "ready" is printed once bound or connected.
 * Senders report too, what they have sent since the WARM, and stay until stdin closes.
 * What was measured is one line of JSON: {"begin", "end", "messages"} in seconds of the monotonic clock, which all
 * processes share; ask and delay add "p50" and "p99" in microseconds. A subscriber subscribes to everything. A sender of pubsub
 * that is done sends empty messages until stdin closes, and a receiver ends at the first of them, so that one that
 * missed some ends too.
 */
#ifndef BENCH_H
#define BENCH_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

typedef struct {
    const char *role;
    const char *pattern;
    int listen;
    const char *url;
    size_t size;
    long count;
    long warm;
    long many;
    int stamped;
} bench_args;

static inline int bench_is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static inline bench_args bench_parse(int argc, char **argv)
{
    if (argc < 7) {
        fprintf(stderr, "usage: %s ROLE PATTERN listen|dial URL SIZE COUNT [MANY]\n", argv[0]);
        exit(2);
    }
    bench_args a = {argv[1], argv[2], bench_is(argv[3], "listen"), argv[4], strtoul(argv[5], NULL, 10), atol(argv[6])};
    a.warm = bench_is(a.pattern, "pubsub") ? 0 : a.count / 10;
    a.many = argc > 7 ? atol(argv[7]) : 1;
    a.stamped = bench_is(a.role, "stamp") || bench_is(a.role, "delay");
    return a;
}

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static inline void bench_ready(void)
{
    puts("ready");
    fflush(stdout);
}

static inline void bench_report(double begin, long messages)
{
    printf("{\"begin\":%.9f,\"end\":%.9f,\"messages\":%ld}\n", begin, bench_now(), messages);
    fflush(stdout);
}

/* Writes the time into a body that is about to be sent. */
static inline void bench_stamp(const bench_args *a, char *body)
{
    if (!a->stamped) return;
    double t = bench_now();
    memcpy(body, &t, sizeof t);
}

static inline double bench_age(const char *body)
{
    double t;
    memcpy(&t, body, sizeof t);
    return bench_now() - t;
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return x < y ? -1 : x > y;
}

static inline void bench_report_latency(double begin, double *each, long count)
{
    double end = bench_now();
    qsort(each, (size_t) count, sizeof(double), bench_by_value);
    printf("{\"begin\":%.9f,\"end\":%.9f,\"messages\":%ld,\"p50\":%.2f,\"p99\":%.2f}\n", begin, end, count,
           each[count / 2] * 1e6, each[(long) ((double) count * 0.99)] * 1e6);
    fflush(stdout);
}

/* What a receiver has got: counts messages, and keeps the delay of those that are stamped. */
typedef struct {
    const bench_args *args;
    double begin;
    double *delays;
    long got;
} bench_meter;

static inline bench_meter bench_new_meter(const bench_args *a)
{
    bench_meter m = {a, 0, a->stamped ? malloc(sizeof(double) * (size_t) a->count) : NULL, -a->warm};
    return m;
}

/* Takes one message; true when it was the last, as an empty one is. */
static inline int bench_take(bench_meter *m, const char *body, size_t size)
{
    if (size == 0) return 1;
    if (m->got == 0) m->begin = bench_now();
    if (m->delays != NULL && m->got >= 0) m->delays[m->got] = bench_age(body);
    return ++m->got == m->args->count;
}

static inline void bench_report_meter(bench_meter *m)
{
    if (m->delays != NULL && m->got > 0) bench_report_latency(m->begin, m->delays, m->got);
    else bench_report(m->begin, m->got);
}

/* Whether the harness has closed stdin: time to go. */
static inline int bench_over(int wait_ms)
{
    struct pollfd p = {0, POLLIN, 0};
    char c;
    return poll(&p, 1, wait_ms) > 0 && read(0, &c, 1) <= 0;
}

static inline void bench_check(int failed, const char *what, const char *why)
{
    if (!failed) return;
    fprintf(stderr, "%s: %s\n", what, why);
    exit(3);
}

typedef struct {
    const char *name;
    void (*run)(const bench_args *);
} bench_role;

/* Runs the role that was asked for; the table ends with a null name. */
static inline int bench_main(int argc, char **argv, const bench_role *roles)
{
    bench_args a = bench_parse(argc, argv);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives the harness */
#endif
    for (; roles->name != NULL; roles++) {
        if (!bench_is(roles->name, a.role)) continue;
        roles->run(&a);
        return 0;
    }
    fprintf(stderr, "no role %s\n", a.role);
    return 2;
}

#endif
