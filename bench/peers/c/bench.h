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
 *   PEER stuck PATTERN dial        URL SIZE COUNT        connects and never receives
 *   PEER crowd reqrep  dial        URL SIZE COUNT MANY   MANY requesters in one thread, one request outstanding each
 *   PEER inproc pair   listen      URL SIZE COUNT        both ends in one thread
 *
 * PATTERN is pipeline, pubsub, pair or reqrep. WARM is a tenth of COUNT; 0 for pubsub, which loses messages. "ready" is printed once bound or connected.
 * Senders report too, what they have sent since the WARM, and stay until stdin closes.
 * What was measured is one line of JSON: {"begin", "end", "messages", "cpu"} in seconds of the monotonic clock, which
 * all processes share, and in seconds of this process on its processors, in between; ask and delay add "p50" and "p99"
 * in microseconds, and JavaScript "allocated", in bytes of its heap. A subscriber subscribes to everything. A sender of
 * pubsub that is done sends empty messages until stdin closes, and a receiver ends at the first of them, so that one
 * that missed some ends too.
 *
 * The roles that are the same for all libraries, and main, are in roles.h.
 */
#ifndef BENCH_H
#define BENCH_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

/* Where a measurement begins; "at" is 0 before it does. */
typedef struct {
    double at;
    double cpu;
} bench_start;

static inline double bench_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static inline bench_start bench_begin(void)
{
    bench_start start = {bench_now(), bench_cpu()};
    return start;
}

static inline void bench_ready(void)
{
    puts("ready");
    fflush(stdout);
}

/* What every report has; the rest of the line is left to the caller. */
static inline void bench_print(bench_start start, long messages)
{
    double cpu = start.at == 0 ? 0 : bench_cpu() - start.cpu;
    printf("{\"begin\":%.9f,\"end\":%.9f,\"messages\":%ld,\"cpu\":%.6f", start.at, bench_now(), messages, cpu);
}

static inline void bench_report(bench_start start, long messages)
{
    bench_print(start, messages);
    puts("}");
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

static inline void bench_report_latency(bench_start start, double *each, long count)
{
    bench_print(start, count);
    qsort(each, (size_t) count, sizeof(double), bench_by_value);
    printf(",\"p50\":%.2f,\"p99\":%.2f}\n", each[count / 2] * 1e6, each[(long) ((double) count * 0.99)] * 1e6);
    fflush(stdout);
}

/* What a receiver has got: counts messages, and keeps the delay of those that are stamped. */
typedef struct {
    const bench_args *args;
    bench_start start;
    double *delays;
    long got;
} bench_meter;

static inline bench_meter bench_new_meter(const bench_args *a)
{
    bench_meter m = {a, {0, 0}, a->stamped ? malloc(sizeof(double) * (size_t) a->count) : NULL, -a->warm};
    return m;
}

/* Takes one message; true when it was the last, as an empty one is. */
static inline int bench_take(bench_meter *m, const char *body, size_t size)
{
    if (size == 0) return 1;
    if (m->got == 0) m->start = bench_begin();
    if (m->delays != NULL && m->got >= 0) m->delays[m->got] = bench_age(body);
    return ++m->got == m->args->count;
}

static inline void bench_report_meter(bench_meter *m)
{
    if (m->delays != NULL && m->got > 0) bench_report_latency(m->start, m->delays, m->got);
    else bench_report(m->start, m->got);
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

#endif
