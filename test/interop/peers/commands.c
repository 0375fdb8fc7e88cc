/*
 * The commands of the interop peers and all their output; peer.h describes both. A command is one loop over lib_send
 * and lib_recv, and the table at the end says which loop runs on which socket.
 */
#define _POSIX_C_SOURCE 200809L
#include "library.h"
#include "peer.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct options options;
static int sockets[2] = {-1, -1};
static bool has_sent;
static int exit_code;

static void pause_ms(int ms) {
  struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};
  if (ms > 0) nanosleep(&time, NULL);
}

/* ---- output ---- */

static void print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  flockfile(stdout);
  vprintf(format, arguments);
  putchar('\n');
  fflush(stdout);
  funlockfile(stdout);
  va_end(arguments);
}

static uint32_t fnv1a(const unsigned char *body, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ body[i]) * 16777619u;
  return hash;
}

static bool is_printable(const unsigned char *body, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (body[i] < 0x20 || body[i] > 0x7e) return false;
  }
  return size > 0 && size <= 1000;
}

static void print_message(const char *word, int n, const struct message *message) {
  bool text = options.show && is_printable(message->body, message->size);
  print("%s %d %zu %08x%s%.*s", word, n, message->size, fnv1a(message->body, message->size), text ? " " : "",
        text ? (int) message->size : 0, text ? (const char *) message->body : "");
}

/* ---- bodies ---- */

/* The n-th message to send; valid until the next call. */
static struct message outgoing(int n) {
  static unsigned char *buffer;
  if (options.texts.count > 0) {
    const char *text = options.texts.items[n % options.texts.count];
    return (struct message) {.body = (void *) text, .size = strlen(text)};
  }
  size_t size = options.size_count > 0 ? options.sizes[n % options.size_count] : 0;
  buffer = realloc(buffer, size + 1);
  if (buffer == NULL) fail("memory", "", "exhausted");
  for (size_t i = 0; i < size; i++) buffer[i] = (unsigned char) ((size_t) n * 31 + i * 7);
  return (struct message) {.body = buffer, .size = size};
}

static int outgoing_count(void) {
  if (options.count > 0) return options.count;
  if (options.texts.count > 0) return options.texts.count;
  return options.size_count > 0 ? options.size_count : 1;
}

/* ---- attached peers ---- */

static int count_peers(void) {
  int count = 0;
  for (int i = 0; i < 2 && sockets[i] != -1; i++) count += lib_peers(sockets[i]);
  return count;
}

static pthread_t watcher;
static atomic_bool closing;

static void *watch(void *unused) {
  pid_t parent = getppid();
  for (int known = 0; !closing; pause_ms(5)) {
    int count = count_peers();
    if (count != known) print("peers %d", known = count);
    if (getppid() != parent) _exit(0);
  }
  return unused;
}

static void start_watching(void) {
  if (pthread_create(&watcher, NULL, watch, NULL) != 0) fail("thread", "", "cannot be started");
}

static void stop_watching(void) {
  closing = true;
  pthread_join(watcher, NULL);
}

static void wait_for_peers(void) {
  for (int waited = 0; count_peers() < options.peers; waited += 2) {
    if (options.timeout >= 0 && waited > options.timeout) fail("peers", "", "timed out");
    pause_ms(2);
  }
}

/* ---- commands ---- */

static void send_one(int socket, const struct message *message) {
  lib_send(socket, message->body, message->size);
  has_sent = true;
}

/* False at the end of a command that receives until the timeout. */
static bool receive_one(int socket, struct message *message) {
  if (lib_recv(socket, message)) return true;
  if (options.count > 0) fail("recv", "", "timed out");
  print("end");
  return false;
}

static void pace(int n) {
  if (n > 0) {
    pause_ms(options.interval);
    return;
  }
  wait_for_peers();
  pause_ms(options.delay);
}

static void send_all(int socket, const char *word) {
  (void) word;
  int count = outgoing_count();
  for (int n = 0; n < count; n++) {
    pace(n);
    struct message message = outgoing(n);
    send_one(socket, &message);
  }
  print("sent %d", count);
}

static void receive_all(int socket, const char *word) {
  struct message message;
  for (int n = 0; (options.count == 0 || n < options.count) && receive_one(socket, &message); n++) {
    print_message(word, n, &message);
    lib_free(&message);
  }
}

static void answer_all(int socket, const char *word) {
  struct message message;
  for (int n = 0; (options.count == 0 || n < options.count) && receive_one(socket, &message); n++) {
    print_message(word, n, &message);
    struct message answer = options.texts.count > 0 ? outgoing(n) : message;
    pause_ms(options.delay);
    if (!options.mute) send_one(socket, &answer);
    lib_free(&message);
  }
}

static void request_all(int socket, const char *word) {
  int count = outgoing_count(), equal = 0;
  for (int n = 0; n < count; n++) {
    pace(n);
    struct message request = outgoing(n), reply;
    send_one(socket, &request);
    if (!lib_recv(socket, &reply)) fail("recv", "", "timed out");
    bool same = reply.size == request.size && memcmp(reply.body, request.body, reply.size) == 0;
    print_message(same ? word : "bad", n, &reply);
    lib_free(&reply);
    equal += same;
  }
  print("ok %d", equal);
  exit_code = equal == count ? 0 : 1;
}

static void survey_all(int socket, const char *word) {
  int count = outgoing_count();
  for (int n = 0; n < count; n++) {
    pace(n);
    struct message survey = outgoing(n), answer;
    send_one(socket, &survey);
    for (int i = 0; (options.answers == 0 || i < options.answers) && lib_recv(socket, &answer); i++) {
      print_message(word, i, &answer);
      lib_free(&answer);
    }
    print("end");
  }
}

static void send_then_receive(int socket, const char *word) {
  send_all(socket, word);
  options.count = 0;
  receive_all(socket, word);
}

static const struct command {
  const char *name;
  enum role role;
  void (*run)(int socket, const char *word);
  const char *word;
} commands[] = {
  {"pair", ROLE_PAIR, send_then_receive, "msg"},
  {"pair-echo", ROLE_PAIR, answer_all, "msg"},       {"pair-send", ROLE_PAIR, send_all, ""},
  {"pair-recv", ROLE_PAIR, receive_all, "msg"},      {"push", ROLE_PUSH, send_all, ""},
  {"pull", ROLE_PULL, receive_all, "msg"},           {"pub", ROLE_PUB, send_all, ""},
  {"sub", ROLE_SUB, receive_all, "msg"},             {"req", ROLE_REQ, request_all, "reply"},
  {"rep", ROLE_REP, answer_all, "request"},          {"surveyor", ROLE_SURVEYOR, survey_all, "answer"},
  {"respondent", ROLE_RESPONDENT, answer_all, "survey"}, {"bus", ROLE_BUS, send_then_receive, "msg"},
};

static const struct pattern {
  const char *name;
  enum role front, back;
} patterns[] = {
  {"reqrep", ROLE_REP, ROLE_REQ}, {"survey", ROLE_RESPONDENT, ROLE_SURVEYOR}, {"pipeline", ROLE_PULL, ROLE_PUSH},
  {"pubsub", ROLE_SUB, ROLE_PUB}, {"bus", ROLE_BUS, ROLE_BUS},                {"pair", ROLE_PAIR, ROLE_PAIR},
};

/* ---- set up ---- */

static void subscribe(int socket) {
  if (options.topics.count == 0) lib_subscribe(socket, "");
  for (int i = 0; i < options.topics.count; i++) lib_subscribe(socket, options.topics.items[i]);
}

static int open_socket(enum role role, bool raw) {
  int socket = lib_open(role, raw);
  if (options.timeout != UNSET && role != ROLE_SURVEYOR && !raw) lib_set(socket, SET_TIMEOUT, options.timeout);
  if (options.maxsize != UNSET) lib_set(socket, SET_MAXSIZE, options.maxsize);
  if (options.ttl != UNSET) lib_set(socket, SET_TTL, options.ttl);
  if (options.resend != UNSET && role == ROLE_REQ) lib_set(socket, SET_RESEND, options.resend);
  if (options.deadline != UNSET && role == ROLE_SURVEYOR) lib_set(socket, SET_DEADLINE, options.deadline);
  if (role == ROLE_SUB) subscribe(socket);
  return socket;
}

static void open_endpoint(int socket, const struct endpoint *endpoint) {
  if (endpoint->bind) lib_bind(socket, endpoint->url);
  else lib_connect(socket, endpoint->url, endpoint->priority);
}

static void announce_ready(void) {
  print("ready");
  start_watching();
}

static void run_command(const struct command *command) {
  sockets[0] = open_socket(command->role, false);
  for (int i = 0; i < options.endpoint_count; i++) open_endpoint(sockets[0], &options.endpoints[i]);
  announce_ready();
  command->run(sockets[0], command->word);
}

static void run_device(const struct pattern *pattern) {
  if (options.endpoint_count < 2) fail("usage", "device", "needs two endpoints");
  sockets[0] = open_socket(pattern->front, true);
  sockets[1] = open_socket(pattern->back, true);
  for (int i = 0; i < options.endpoint_count; i++) open_endpoint(sockets[i > 0], &options.endpoints[i]);
  announce_ready();
  lib_device(sockets[0], sockets[1]);
}

static const struct command *find_command(void) {
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(options.command, commands[i].name) == 0) return &commands[i];
  }
  fail("usage", options.command, "unknown command");
}

static const struct pattern *find_pattern(void) {
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    if (strcmp(options.pattern, patterns[i].name) == 0) return &patterns[i];
  }
  fail("usage", options.pattern, "unknown --pattern");
}

int main(int argc, char **argv) {
  parse_options(argc, argv, &options);
  if (strcmp(options.command, "device") == 0) run_device(find_pattern());
  else run_command(find_command());
  if (has_sent) pause_ms(options.linger);
  stop_watching();
  lib_close(sockets[0]);
  return exit_code;
}
