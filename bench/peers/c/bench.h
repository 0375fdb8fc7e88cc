/*
 * What the C peers of the benchmark share: one command line, one clock, one line of output.
 *
 *   PEER send  PATTERN listen|dial URL SIZE COUNT     sends COUNT messages, then stays until stdin closes
 *   PEER recv  PATTERN listen|dial URL SIZE COUNT     prints {"seconds": s, "messages": n}: from the first to the last
 *   PEER ask   reqrep  listen|dial URL SIZE COUNT     prints {"seconds", "messages", "p50", "p99"} (microseconds)
 *   PEER reply reqrep  listen|dial URL SIZE COUNT     answers until stdin closes
 *   PEER inproc pipeline - - SIZE COUNT               both ends in one thread
 *
 * PATTERN is pipeline, pubsub, pair or reqrep. "ready" is printed once bound or connected. A subscriber subscribes to
 * everything. A sender of pubsub that is done sends empty messages until stdin closes, so that a receiver that missed
 * some can stop: recv of pubsub ends at the first empty message too.
 */
#ifndef BENCH_H
#define BENCH_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *role;
    const char *pattern;
    int listen;
    const char *url;
    size_t size;
    long count;
} bench_args;

static inline bench_args bench_parse(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: %s ROLE PATTERN listen|dial URL SIZE COUNT\n", argv[0]);
        exit(2);
    }
    bench_args a = {argv[1], argv[2], strcmp(argv[3], "listen") == 0, argv[4], strtoul(argv[5], NULL, 10), atol(argv[6])};
    return a;
}

static inline int bench_is(const char *a, const char *b) { return strcmp(a, b) == 0; }

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

static inline void bench_report(double seconds, long messages)
{
    printf("{\"seconds\":%.9f,\"messages\":%ld}\n", seconds, messages);
    fflush(stdout);
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return x < y ? -1 : x > y;
}

static inline void bench_report_latency(double seconds, double *each, long count)
{
    qsort(each, (size_t) count, sizeof(double), bench_by_value);
    printf("{\"seconds\":%.9f,\"messages\":%ld,\"p50\":%.2f,\"p99\":%.2f}\n", seconds, count, each[count / 2] * 1e6,
           each[(long) ((double) count * 0.99)] * 1e6);
    fflush(stdout);
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
