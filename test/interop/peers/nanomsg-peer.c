/*
 * library.h on nanomsg (libnanomsg, 1.1.5 or 1.2; 1.2.1 aborts on REQ/REP and survey messages above 32 bytes).
 * The program is described in peer.h.
 */
#include "library.h"
#include "peer.h"

#include <errno.h>
#include <nanomsg/bus.h>
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/survey.h>
#include <string.h>

static const int protocols[] = {
  [ROLE_PAIR] = NN_PAIR, [ROLE_PUSH] = NN_PUSH, [ROLE_PULL] = NN_PULL,         [ROLE_PUB] = NN_PUB,
  [ROLE_SUB] = NN_SUB,   [ROLE_REQ] = NN_REQ,   [ROLE_REP] = NN_REP,           [ROLE_BUS] = NN_BUS,
  [ROLE_SURVEYOR] = NN_SURVEYOR,                [ROLE_RESPONDENT] = NN_RESPONDENT,
};

static void check(int result, const char *what, const char *detail) {
  if (result < 0) fail(what, detail, nn_strerror(nn_errno()));
}

static void set_option(int socket, int level, int option, int value, const char *what) {
  check(nn_setsockopt(socket, level, option, &value, sizeof value), what, "");
}

int lib_open(enum role role, bool raw) {
  int socket = nn_socket(raw ? AF_SP_RAW : AF_SP, protocols[role]);
  check(socket, "socket", "");
  return socket;
}

void lib_set(int socket, enum setting setting, int value) {
  switch (setting) {
    case SET_TIMEOUT:
      set_option(socket, NN_SOL_SOCKET, NN_RCVTIMEO, value, "--timeout");
      set_option(socket, NN_SOL_SOCKET, NN_SNDTIMEO, value, "--timeout");
      break;
    case SET_MAXSIZE: set_option(socket, NN_SOL_SOCKET, NN_RCVMAXSIZE, value, "--maxsize"); break;
    case SET_TTL: set_option(socket, NN_SOL_SOCKET, NN_MAXTTL, value, "--ttl"); break;
    case SET_RESEND: set_option(socket, NN_REQ, NN_REQ_RESEND_IVL, value, "--resend"); break;
    case SET_DEADLINE: set_option(socket, NN_SURVEYOR, NN_SURVEYOR_DEADLINE, value, "--deadline"); break;
  }
}

void lib_subscribe(int socket, const char *topic) {
  check(nn_setsockopt(socket, NN_SUB, NN_SUB_SUBSCRIBE, topic, strlen(topic)), "subscribe", topic);
}

void lib_bind(int socket, const char *url) {
  check(nn_bind(socket, url), "bind", url);
}

/* nanomsg takes the priority of an endpoint from the socket at the moment of connecting. */
void lib_connect(int socket, const char *url, int priority) {
  enum { DEFAULT_PRIORITY = 8 };
  set_option(socket, NN_SOL_SOCKET, NN_SNDPRIO, priority ? priority : DEFAULT_PRIORITY, "--prio-connect");
  check(nn_connect(socket, url), "connect", url);
}

int lib_peers(int socket) {
  return (int) nn_get_statistic(socket, NN_STAT_CURRENT_CONNECTIONS);
}

void lib_send(int socket, const void *body, size_t size) {
  check(nn_send(socket, body, size, 0), "send", "");
}

bool lib_recv(int socket, struct message *message) {
  int size = nn_recv(socket, &message->body, NN_MSG, 0);
  if (size < 0 && nn_errno() == ETIMEDOUT) return false;
  check(size, "recv", "");
  message->size = (size_t) size;
  return true;
}

void lib_free(struct message *message) {
  nn_freemsg(message->body);
}

void lib_device(int front, int back) {
  check(nn_device(front, back), "device", "");
}

void lib_close(int socket) {
  nn_close(socket);
}
