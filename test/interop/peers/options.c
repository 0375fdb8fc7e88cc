/*
 * The command line of the interop peers; peer.h describes it. Integers come from one table, the rest is by hand.
 */
#include "peer.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; size_t offset; } integers[] = {
  {"--count", offsetof(struct options, count)},       {"--peers", offsetof(struct options, peers)},
  {"--delay", offsetof(struct options, delay)},       {"--interval", offsetof(struct options, interval)},
  {"--linger", offsetof(struct options, linger)},     {"--timeout", offsetof(struct options, timeout)},
  {"--deadline", offsetof(struct options, deadline)}, {"--resend", offsetof(struct options, resend)},
  {"--ttl", offsetof(struct options, ttl)},           {"--maxsize", offsetof(struct options, maxsize)},
  {"--answers", offsetof(struct options, answers)},
};

_Noreturn void fail(const char *what, const char *detail, const char *why) {
  printf("error %s%s%s: %s\n", what, *detail ? " " : "", detail, why);
  fflush(stdout);
  _Exit(3); /* no exit handlers: another thread may be inside the library */
}

/* Reads a number that ends with the given character. */
static long number(const char *option, const char *text, char end, const char **rest) {
  char *stop;
  errno = 0;
  long value = strtol(text, &stop, 10);
  if (errno != 0 || stop == text || (*stop != end && *stop != '\0')) fail(option, text, "not a number");
  if (rest != NULL) *rest = *stop == end && end != '\0' ? stop + 1 : NULL;
  return value;
}

static void parse_sizes(const char *text, struct options *options) {
  while (text != NULL) {
    if (options->size_count == MAX_LIST) fail("--size", text, "too many sizes");
    long size = number("--size", text, ',', &text);
    if (size < 0) fail("--size", "", "negative size");
    options->sizes[options->size_count++] = (size_t) size;
  }
}

static void add_text(const char *option, const char *text, struct texts *texts) {
  if (texts->count == MAX_LIST) fail(option, text, "too many");
  texts->items[texts->count++] = text;
}

static void add_endpoint(const char *option, const char *url, struct options *options) {
  if (options->endpoint_count == MAX_LIST) fail(option, url, "too many endpoints");
  struct endpoint endpoint = {.url = url, .bind = strcmp(option, "--bind") == 0};
  if (strcmp(option, "--prio-connect") == 0) {
    endpoint.priority = (int) number(option, url, '=', &endpoint.url);
    if (endpoint.url == NULL) fail(option, url, "expected PRIO=URL");
  }
  options->endpoints[options->endpoint_count++] = endpoint;
}

static bool parse_integer(const char *option, const char *value, struct options *options) {
  for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
    if (strcmp(option, integers[i].name) != 0) continue;
    *(int *) ((char *) options + integers[i].offset) = (int) number(option, value, '\0', NULL);
    return true;
  }
  return false;
}

static bool parse_flag(const char *option, struct options *options) {
  if (strcmp(option, "--mute") == 0) return options->mute = true;
  if (strcmp(option, "--show") == 0) return options->show = true;
  return false;
}

static void parse_value(const char *option, const char *value, struct options *options) {
  if (value == NULL) fail("usage", option, "unknown flag or missing value");
  if (parse_integer(option, value, options)) return;
  if (strcmp(option, "--bind") == 0 || strcmp(option, "--connect") == 0 || strcmp(option, "--prio-connect") == 0) {
    add_endpoint(option, value, options);
  } else if (strcmp(option, "--size") == 0) {
    parse_sizes(value, options);
  } else if (strcmp(option, "--text") == 0) {
    add_text(option, value, &options->texts);
  } else if (strcmp(option, "--topic") == 0) {
    add_text(option, value, &options->topics);
  } else if (strcmp(option, "--pattern") == 0) {
    options->pattern = value;
  } else {
    fail("usage", option, "unknown option");
  }
}

void parse_options(int argc, char **argv, struct options *options) {
  if (argc < 2) fail("usage", "", "peer COMMAND [OPTION VALUE]..., see peer.h");
  *options = (struct options) {
    .command = argv[1], .pattern = "", .linger = 200,
    .timeout = UNSET, .deadline = UNSET, .resend = UNSET, .ttl = UNSET, .maxsize = UNSET,
  };
  for (int i = 2; i < argc; i++) {
    if (parse_flag(argv[i], options)) continue;
    parse_value(argv[i], argv[i + 1], options);
    i++;
  }
  if (options->endpoint_count == 0) fail("usage", "", "no --bind or --connect");
}
