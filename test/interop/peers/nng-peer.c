/*
 * library.h on nng 1.x (libnng). The program is described in peer.h.
 * nng has no priorities, so --prio-connect is an error here. Its queues are made long enough not to drop test messages,
 * and it reconnects within 100 ms as nanomsg does (nng's default is a random time up to 1 s).
 */
#include "library.h"
#include "peer.h"

#include <nng/nng.h>
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <pthread.h>
#include <string.h>

enum { QUEUE_LENGTH = 1024, MAX_PIPES = 256, RECONNECT_MS = 100 };

static const struct {
  int (*cooked)(nng_socket *);
  int (*raw)(nng_socket *);
  bool drops; /* loses messages when its queues are full */
} protocols[] = {
  [ROLE_PAIR] = {nng_pair0_open, nng_pair0_open_raw, false},
  [ROLE_PUSH] = {nng_push0_open, nng_push0_open_raw, false},
  [ROLE_PULL] = {nng_pull0_open, nng_pull0_open_raw, false},
  [ROLE_PUB] = {nng_pub0_open, nng_pub0_open_raw, true},
  [ROLE_SUB] = {nng_sub0_open, nng_sub0_open_raw, true},
  [ROLE_REQ] = {nng_req0_open, nng_req0_open_raw, false},
  [ROLE_REP] = {nng_rep0_open, nng_rep0_open_raw, false},
  [ROLE_SURVEYOR] = {nng_surveyor0_open, nng_surveyor0_open_raw, false},
  [ROLE_RESPONDENT] = {nng_respondent0_open, nng_respondent0_open_raw, false},
  [ROLE_BUS] = {nng_bus0_open, nng_bus0_open_raw, true},
};

static nng_socket handle(int socket) {
  return (nng_socket) {.id = (uint32_t) socket};
}

static void check(int error, const char *what, const char *detail) {
  if (error != 0) fail(what, detail, nng_strerror(error));
}

/* ---- attached pipes: nng has events but no count; a refused pipe may be removed without having been added ---- */

static pthread_mutex_t pipes_lock = PTHREAD_MUTEX_INITIALIZER;
static struct { int id, socket; } pipes[MAX_PIPES];
static int pipe_count;

static void remove_pipe(int id) {
  for (int i = 0; i < pipe_count; i++) {
    if (pipes[i].id == id) pipes[i--] = pipes[--pipe_count];
  }
}

static void pipe_event(nng_pipe pipe, nng_pipe_ev event, void *unused) {
  (void) unused;
  pthread_mutex_lock(&pipes_lock);
  remove_pipe(nng_pipe_id(pipe));
  if (event == NNG_PIPE_EV_ADD_POST && pipe_count < MAX_PIPES) {
    pipes[pipe_count].socket = nng_socket_id(nng_pipe_socket(pipe));
    pipes[pipe_count++].id = nng_pipe_id(pipe);
  }
  pthread_mutex_unlock(&pipes_lock);
}

int lib_peers(int socket) {
  int count = 0;
  pthread_mutex_lock(&pipes_lock);
  for (int i = 0; i < pipe_count; i++) count += pipes[i].socket == socket;
  pthread_mutex_unlock(&pipes_lock);
  return count;
}

/* ---- sockets ---- */

int lib_open(enum role role, bool raw) {
  nng_socket socket;
  check((raw ? protocols[role].raw : protocols[role].cooked)(&socket), "socket", "");
  check(nng_pipe_notify(socket, NNG_PIPE_EV_ADD_POST, pipe_event, NULL), "notify", "");
  check(nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, pipe_event, NULL), "notify", "");
  check(nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, RECONNECT_MS), "reconnect interval", "");
  if (protocols[role].drops) {
    /* each of these roles knows at least one of the two */
    nng_socket_set_int(socket, NNG_OPT_SENDBUF, QUEUE_LENGTH);
    nng_socket_set_int(socket, NNG_OPT_RECVBUF, QUEUE_LENGTH);
  }
  return nng_socket_id(socket);
}

void lib_set(int socket, enum setting setting, int value) {
  nng_socket s = handle(socket);
  size_t maxsize = value < 0 ? 0 : (size_t) value; /* 0 = no limit */
  switch (setting) {
    case SET_TIMEOUT:
      check(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, value), "--timeout", "");
      check(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, value), "--timeout", "");
      break;
    case SET_MAXSIZE: check(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, maxsize), "--maxsize", ""); break;
    case SET_TTL: check(nng_socket_set_int(s, NNG_OPT_MAXTTL, value), "--ttl", ""); break;
    case SET_RESEND: check(nng_socket_set_ms(s, NNG_OPT_REQ_RESENDTIME, value), "--resend", ""); break;
    case SET_DEADLINE: check(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, value), "--deadline", ""); break;
  }
}

/* A raw SUB gets everything and has no subscriptions. */
void lib_subscribe(int socket, const char *topic) {
  bool raw = false;
  nng_socket_get_bool(handle(socket), NNG_OPT_RAW, &raw);
  if (!raw) check(nng_socket_set(handle(socket), NNG_OPT_SUB_SUBSCRIBE, topic, strlen(topic)), "subscribe", topic);
}

void lib_bind(int socket, const char *url) {
  check(nng_listen(handle(socket), url, NULL, 0), "bind", url);
}

void lib_connect(int socket, const char *url, int priority) {
  if (priority != 0) fail("--prio-connect", url, nng_strerror(NNG_ENOTSUP));
  check(nng_dial(handle(socket), url, NULL, NNG_FLAG_NONBLOCK), "connect", url);
}

void lib_send(int socket, const void *body, size_t size) {
  check(nng_send(handle(socket), (void *) body, size, 0), "send", "");
}

bool lib_recv(int socket, struct message *message) {
  int error = nng_recv(handle(socket), &message->body, &message->size, NNG_FLAG_ALLOC);
  if (error == NNG_ETIMEDOUT) return false;
  check(error, "recv", "");
  return true;
}

void lib_free(struct message *message) {
  nng_free(message->body, message->size);
}

void lib_device(int front, int back) {
  check(nng_device(handle(front), handle(back)), "device", "");
}

void lib_close(int socket) {
  nng_close(handle(socket));
}
