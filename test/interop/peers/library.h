/*
 * What a peer needs from a messaging library. nanomsg-peer.c and nng-peer.c implement it; commands.c uses nothing else.
 * Every function ends the process through fail() when the library reports an error that is not named here.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

enum role {
  ROLE_PAIR, ROLE_PUSH, ROLE_PULL, ROLE_PUB, ROLE_SUB, ROLE_REQ, ROLE_REP, ROLE_SURVEYOR, ROLE_RESPONDENT, ROLE_BUS
};

enum setting { SET_TIMEOUT, SET_MAXSIZE, SET_TTL, SET_RESEND, SET_DEADLINE };

struct message {
  void *body;
  size_t size;
};

int lib_open(enum role role, bool raw);
void lib_set(int socket, enum setting setting, int value);
void lib_subscribe(int socket, const char *topic);
void lib_bind(int socket, const char *url);

/* Connects in the background. priority 0 = the library's default. */
void lib_connect(int socket, const char *url, int priority);

/* Number of attached pipes; safe to call from any thread. */
int lib_peers(int socket);

void lib_send(int socket, const void *body, size_t size);

/* False when the receive timeout or the survey deadline has passed. The message is released with lib_free(). */
bool lib_recv(int socket, struct message *message);
void lib_free(struct message *message);

/* Forwards between two raw sockets for ever. */
void lib_device(int front, int back);
void lib_close(int socket);

#endif
