/*
 * The topic tree of nanomsg, out of the source that the npm package carries, on the topics of bench/micro/radix.ts:
 *
 *   trie random|sensor COUNT      prints {"subscribe", "hit", "miss", "unsubscribe", "bytes"}, in ns and bytes
 */
#include "protocols/pubsub/trie.c"
#include "utils/alloc.c"
#include "utils/err.c"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBES = 200000, RUNS = 15, LONGEST = 40 };

static const char *const metrics[] = {"temperature", "humidity", "pressure", "voltage", "current",
                                      "status",      "speed",    "level",    "flow",    "ph"};
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char payload[] = " 21.5";

static int32_t state = 20260101;

static uint32_t below(uint32_t limit)
{
    state ^= (int32_t) ((uint32_t) state << 13);
    state ^= (int32_t) ((uint32_t) state >> 17);
    state ^= (int32_t) ((uint32_t) state << 5);
    return (uint32_t) state % limit;
}

static char *make(int sensor, size_t index)
{
    char name[LONGEST];
    if (sensor) snprintf(name, sizeof name, "sensor/%zu/%s", index / 10, metrics[index % 10]);
    else {
        size_t length = 8 + below(13);
        for (size_t i = 0; i < length; i++) name[i] = alphabet[below(sizeof alphabet - 1)];
        name[length] = 0;
    }
    return strdup(name);
}

static void shuffle(char **items, size_t count)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = below((uint32_t) i + 1);
        char *item = items[i];
        items[i] = items[other];
        items[other] = item;
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

/* Messages one after another in one buffer, as they lie in a read chunk. */
static double time_matches(struct nn_trie *trie, char **probes, int miss)
{
    char *bytes = malloc(PROBES * (LONGEST + sizeof payload)), *p = bytes;
    size_t *sizes = malloc(PROBES * sizeof *sizes);
    for (size_t i = 0; i < PROBES; i++) {
        sizes[i] = (size_t) sprintf(p, "%s%s", probes[i], payload);
        if (miss) p[strlen(probes[i]) - 1] = 0x7f;
        p += sizes[i];
    }
    double best = 1e18;
    for (int run = 0; run < RUNS; run++) {
        double begin = now();
        size_t matched = 0;
        p = bytes;
        for (size_t i = 0; i < PROBES; p += sizes[i++]) {
            if (nn_trie_match(trie, (const uint8_t *) p, sizes[i]) > 0) matched++;
        }
        double each = (now() - begin) / PROBES;
        if (each < best) best = each;
        if (matched != PROBES && !(miss && matched <= PROBES / 100)) exit(3);
    }
    free(bytes);
    free(sizes);
    return best;
}

int main(int argc, char **argv)
{
    if (argc != 3) return 2;
    int sensor = strcmp(argv[1], "sensor") == 0;
    size_t count = strtoul(argv[2], NULL, 10);
    char **topics = malloc(count * sizeof *topics), **probes = malloc(PROBES * sizeof *probes);
    for (size_t i = 0; i < count; i++) topics[i] = make(sensor, i);
    shuffle(topics, count);

    struct nn_trie trie;
    nn_trie_init(&trie);
    size_t before = mallinfo2().uordblks;
    double begin = now();
    for (size_t i = 0; i < count; i++) nn_trie_subscribe(&trie, (const uint8_t *) topics[i], strlen(topics[i]));
    double subscribe = (now() - begin) / (double) count;
    double bytes = (double) (mallinfo2().uordblks - before) / (double) count;

    for (size_t i = 0; i < PROBES; i++) probes[i] = topics[below((uint32_t) count)];
    double hit = time_matches(&trie, probes, 0), miss = time_matches(&trie, probes, 1);
    shuffle(topics, count);
    begin = now();
    for (size_t i = 0; i < count; i++) nn_trie_unsubscribe(&trie, (const uint8_t *) topics[i], strlen(topics[i]));
    double unsubscribe = (now() - begin) / (double) count;
    printf("{\"subscribe\":%.1f,\"hit\":%.1f,\"miss\":%.1f,\"unsubscribe\":%.1f,\"bytes\":%.1f}\n", subscribe, hit, miss,
           unsubscribe, bytes);
    return 0;
}
