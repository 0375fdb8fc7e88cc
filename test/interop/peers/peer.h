/*
 * Interop peer: one command-line program per C library (nanomsg-peer, nng-peer), driven by the TypeScript tests.
 * Both share options.c and commands.c, so command line and output are the same; only library.h's functions differ.
 *
 *   peer COMMAND [OPTION VALUE]...
 *
 *   pair-send push pub      send every message, print `sent N`
 *   pair-recv pull sub      print `msg <n> <size> <fnv>` for each message
 *   pair-echo               the same, and send each message back
 *   bus pair                send every message, print `sent N`, then receive as above
 *   req                     one request after the other: `reply <n> <size> <fnv>` when the reply equals the request,
 *                           else `bad <n> <size> <fnv>`; then `ok <number equal>`; exit 1 when any was bad
 *   rep respondent          print `request|survey <n> <size> <fnv>` for each, answer with the same body or with --text
 *   surveyor                per survey: `answer <n> <size> <fnv>` for each, then `end` at the deadline or after --answers
 *   device                  raw device for --pattern; the first URL is the side of REQ, SURVEYOR, PUSH or PUB peers,
 *                           all others the side of REP, RESPONDENT, PULL or SUB peers
 *
 *   --bind URL  --connect URL       endpoints, repeatable, opened in this order
 *   --prio-connect PRIO=URL         connect with a send priority of 1..16 (nanomsg only)
 *   --count N                       messages to send (default: each --text or --size once) or receive (default: all)
 *   --size BYTES[,BYTES...]         sizes, used in turn; byte i of message n is (n * 31 + i * 7) & 0xff
 *   --text T                        text to send or to answer instead; repeatable, used in turn
 *   --topic T                       SUB: subscription, repeatable (default: everything)
 *   --peers N                       send nothing before N peers are attached
 *   --delay MS                      wait before the first message, or before each answer
 *   --interval MS                   wait between messages
 *   --timeout MS                    limit of each send, each receive and of --peers (default: none). Passing it is an
 *                                   error, but a receiver without --count prints `end` and exits with 0. SURVEYOR uses
 *                                   it for --peers only
 *   --deadline MS                   SURVEYOR: survey deadline
 *   --answers N                     SURVEYOR: answers to wait for (default: all that come before the deadline)
 *   --resend MS                     REQ: resend interval
 *   --ttl N                         hop limit
 *   --maxsize BYTES                 receive limit, -1 = none (default: the library's)
 *   --linger MS                     wait before closing when something was sent (default 200; neither library drains)
 *   --pattern NAME                  device: reqrep survey pipeline pubsub bus pair
 *   --mute                          REP, RESPONDENT: never answer
 *   --show                          append the body to each message line when it is printable text
 *
 * Lines, each flushed at once: `ready` when all endpoints are open, `peers N` whenever the number of attached pipes
 * changes (looked at every 5 ms, so a message line may come first), the lines above, or `error <what>: <reason>` and
 * exit code 3. <n> counts from 0 and <fnv> is the 32-bit FNV-1a hash of the body in 8 hex digits.
 * The program ends when its work is done, when it is killed, or when its parent process is gone.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_LIST = 64 };

struct endpoint {
  const char *url;
  bool bind;
  int priority; /* 0 = the library's default */
};

struct texts {
  const char *items[MAX_LIST];
  int count;
};

struct options {
  const char *command;
  const char *pattern;
  struct endpoint endpoints[MAX_LIST];
  int endpoint_count;
  size_t sizes[MAX_LIST];
  int size_count;
  struct texts texts;
  struct texts topics;
  int count, peers, answers, delay, interval, linger;
  int timeout, deadline, resend, ttl, maxsize; /* UNSET = leave the library's default */
  bool mute, show;
};

enum { UNSET = -2 };

/* Fills in the options or fails. */
void parse_options(int argc, char **argv, struct options *options);

/* Prints `error <what> <detail>: <why>` (detail may be empty) and ends the process with code 3. */
_Noreturn void fail(const char *what, const char *detail, const char *why);

#endif
