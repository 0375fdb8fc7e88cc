/** SECURITY.md: who may try what, what stops it, and the test that shows so. */
import { opening, table } from './markdown.ts'
import { testLink } from './tests.ts'

interface Threat {
  /** What somebody may try. */
  readonly tries: string
  /** What stops it. */
  readonly stops: string
  /** The title of a test that tries it, or the part of it that tells it from others. */
  readonly test: string
}

interface Attacker {
  /** What they have in hand. */
  readonly has: string
  readonly threats: readonly Threat[]
}

const about = `## Reporting

Report privately, through the repository's "Report a vulnerability" form, not in a public issue. Please include the
versions of hubless and Node, the transport and pattern, and the bytes or the program that show the problem. You get an
answer within a week; the fix and its advisory are published together, with credit unless you prefer none.

Fixes are made for the newest minor version.

## What counts

A peer is never trusted. Anything that arrives from the network and does one of these is a vulnerability:

- it makes hubless throw, or ends in an unhandled rejection;
- it stops a socket or an endpoint, or harms a peer other than the one that sent it;
- it makes memory grow without bound, or allocates for a length that was announced and not received;
- it keeps the event loop busy out of proportion to the bytes that were sent;
- it makes a client dial what that client did not allow, through discovery; or makes nanocat print control characters where
  text is printed;
- it gets past a check that was asked for: TLS verification, CURVE, \`authorize\`, WebSocket origins and host names, the
  permissions of an IPC socket.

So is a key, a password or a token of the options in an error, an event, a warning or the statistics.

## What does not

- Plain \`tcp://\`, \`ipc://\` and \`ws://\`, and ZeroMQ with NULL, neither encrypt nor authenticate: use TLS or CURVE, or a
  network you trust. PLAIN and the headers of \`ws://\` send passwords in clear.
- A peer that completes the handshake takes part: it may answer requests, take jobs from a PUSH and read what a PUB
  sends. Who may connect is decided by TLS, CURVE, \`authorize\` and the network.
- Limits that the application itself set to \`Infinity\`.
- The URL of an endpoint, path and query included, is its name and stands in errors and statistics. A secret goes into the
  options: \`ws: { headers }\`, \`tls\`, \`zmtp\`. What a peer sent in order to be let in, such as the headers of its request, is in
  \`pipe.info\`, for the application alone.
- What another thread of the process, or another page of the same origin, does over \`thread://\` or \`inproc://\`: they trust each other.
- What somebody does who has the key of a cluster, or an account that may use the subjects of a network on a NATS server:
  they are members.

## Safe defaults

TLS 1.2 is the oldest version, 1.3 with the key of a cluster; certificates are verified. Pages from other hosts are refused, and so are
names other than those of loopback where a listener is reached over it. Messages above 1 MiB, more than 8 hops and handshakes of more than 5 s are
refused; buffers end at 1 MiB a peer. A listener with PLAIN or CURVE does not start without \`authorize\`. \`local()\` meets in a directory
with mode 0700; \`nanocat cluster --web\` and \`health\` over HTTP listen where they are told to, loopback unless they are. How many peers a listener takes
is not bounded by default: on an open port set \`maxConnections\`, \`maxConnectionsPerHost\` and \`authorize\`. All bounds are in
[limits](docs/limits.md). The package has no install script and one dependency.

## Threats

Each row names a test that tries it; \`npm run docs:check\` fails when there is no such test.`

const attackers: Readonly<Record<string, Attacker>> = {
  'A peer on the network': {
    has: 'Reaches a listener, and sends what they like when they like.',
    threats: [
      {
        tries: 'bytes that mean nothing, or valid conversations with damage',
        stops: 'every reader refuses with a reason and closes that one pipe',
        test: 'HOST-01 harms no listener, and a good peer is heard afterwards'
      },
      {
        tries: 'announces a message of any size, sends none of it',
        stops: 'memory follows the bytes that came; `recvMaxSize` is checked before',
        test: 'HOST-05 of 1000 connections that announce a message of maximum size and send nothing costs no such memory'
      },
      {
        tries: 'connects and stays silent, or says a byte now and then, a thousand times',
        stops: '`handshakeTimeout` from the arrival to the hello',
        test: 'HOST-03 of 1000 silent connections keeps no good client out, and is sent away at handshakeTimeout'
      },
      {
        tries: 'connects as often as they can',
        stops: '`maxConnections`, `maxConnectionsPerHost`',
        test: 'counts every address for itself, and each listener too'
      },
      {
        tries: 'floods with tiny messages, so that others and timers starve',
        stops: 'turns of the event loop between batches, bounds in pieces as in bytes',
        test: 'leaves other pipes, timers and the event loop served'
      },
      {
        tries: 'reads nothing of what is sent',
        stops: '`sendBuffer`, and a counted drop or a wait; `linger` when closing',
        test: 'HOST-16 keeps the sender within sendBuffer, and its closing within linger'
      },
      {
        tries: 'the same from many connections, at one listener or at many',
        stops: '`sendBudget` of each listener, and that of the process',
        test: 'HOST-28 bounds what waits on all sockets together, dialed or not, and one that reads is served as before'
      },
      {
        tries: 'a backtrace without end',
        stops: '`ttl`, and 255 words',
        test: 'HOST-07 is looked at no further than the TTL'
      },
      {
        tries: 'connects though it may not',
        stops: '`authorize`, before it takes part, over every transport; a verdict that does not come is a no',
        test: 'EP-29 of bind keeps out for %s: a reject, and no message'
      },
      {
        tries: 'a client certificate of another authority, or none',
        stops: '`tls: { requestCert, ca }`',
        test: 'TLS-05 mutual TLS refuses a client without certificate or with a foreign one, and shows that of a welcome one'
      },
      {
        tries: 'an old version of TLS',
        stops: '1.2 is the oldest',
        test: 'TLS-07 TLS below 1.2 is refused, and EINVAL as a setting'
      },
      {
        tries: 'learns from an answer what a function of the application threw',
        stops: 'peers read fixed words; details stay in events',
        test: 'HOST-21 read fixed words, and the event has what authorize or origins threw'
      },
      {
        tries: 'text that moves the cursor, clears the screen or turns a line round, for who looks with nanocat',
        stops: 'everything printed is escaped, but for the bytes of `--raw` and `--msgpack`',
        test: 'CLI-40 is printable in every format but those that are bytes'
      },
      {
        tries: 'addresses and names without end as labels of metrics',
        stops: 'metrics have no label that a peer chooses',
        test: 'have as many lines with three hundred peers, of whatever address, as with none'
      }
    ]
  },
  'Another user of the machine': {
    has: 'Sees the paths of `ipc://`, the directories they lie in and the command lines.',
    threats: [
      {
        tries: 'connects to a path',
        stops: '`ipc: { mode }`, from the first moment',
        test: 'lets in other users as far as the mode says'
      },
      {
        tries: 'gets in between making the file and giving it its mode',
        stops: 'the file comes into being with its mode',
        test: 'IPC-09 gives the file mode %o from the first moment'
      },
      {
        tries: 'puts a link or a file of theirs at the path',
        stops: 'nothing but the stale file of a socket is replaced',
        test: 'IPC-05 leaves a link as it is, whatever it leads to'
      },
      {
        tries: 'makes the directory of `local()` first, or opens it',
        stops: 'it must be of this user, with mode 0700',
        test: 'is not used: EACCES for who serves'
      },
      {
        tries: 'reads the key of a cluster from a command line or a file',
        stops: 'no option takes a key; a file that others can read is remarked on',
        test: 'that others can read is remarked on, and one that is too short refused'
      },
      {
        tries: 'reads keys and passwords in logs',
        stops: 'nothing that hubless says holds one, printed to any depth or as JSON',
        test: 'COM-58 is in nothing that is said of $option, $field, whatever is wrong with it'
      }
    ]
  },
  'A malicious server': {
    has: 'Is dialed, by mistake, by a stolen name, or because a directory said so.',
    threats: [
      {
        tries: 'bytes that mean nothing in place of any answer',
        stops: 'the dialer refuses, waits longer each time and tries again',
        test: 'HOST-01 harms no dialer, which connects to a good peer afterwards'
      },
      {
        tries: 'another certificate, or one for another name',
        stops: 'verification against the host of the URL',
        test: 'TLS-03 TLS-04 a wrong host name is refused; servername overrides it'
      },
      {
        tries: 'accepts and says nothing',
        stops: 'one clock for a whole attempt',
        test: 'TR-04 EP-10 is waited for as long as handshakeTimeout says, by a dialer, which tries again'
      },
      {
        tries: 'refuses again and again, so that it is dialed in a tight loop',
        stops: 'a greeting alone does not reset the back-off',
        test: 'EP-10 refusal, name resolution, handshake failure and loss use the same back-off'
      },
      {
        tries: 'answers requests of others, or twice',
        stops: 'a reply must have the id of a request that this pipe carried',
        test: 'with unknown ids keeps memory flat and is counted'
      },
      {
        tries: 'names URLs that a client of a directory should not dial',
        stops: 'schemes and a function that allow them',
        test: 'are allowed by a function, which is asked about well-formed ones only, and may throw'
      },
      {
        tries: 'answers a directory without end',
        stops: 'bounds for a peer and for a query',
        test: 'without end from one peer fill neither the list nor the places of others'
      },
      {
        tries: 'text of its choice in a refusal, for the terminal',
        stops: 'it is cut and escaped',
        test: 'CLI-40 is escaped in what --verbose says, of one socket and of a device'
      }
    ]
  },
  'A page in a browser': {
    has: 'Runs where a user of the machine looks at it, and reaches what that user reaches.',
    threats: [
      {
        tries: 'connects to a WebSocket listener from another site',
        stops: 'origins of other hosts are refused unless `ws: { origins }` lists them',
        test: 'WS-28 of another host name is refused with 403 and a reject event, of the same one it passes'
      },
      {
        tries: 'reaches a listener on loopback by a name of its own (DNS rebinding)',
        stops: 'over loopback names of loopback only, and those of `ws: { hosts }`',
        test: 'HOST-22 %j may not be asked for over loopback, even where the Origin agrees and origins allow all'
      },
      {
        tries: 'the same with the map of `nanocat cluster --web`',
        stops: 'the same, and headers that keep others out',
        test: 'answers for this host by address or as localhost, and for no name that somebody lets point here'
      },
      {
        tries: 'smuggles a request into an upgrade',
        stops: 'one answer for what comes in one write',
        test: 'HOST-23 get one answer to requests in one write, and are counted once'
      },
      {
        tries: 'is flooded itself, since a page cannot stop reading',
        stops: 'it closes at twice `recvBuffer`',
        test: 'TR-15 TR-16 a slow tab is bounded: it closes at twice recvBuffer with a counted drop, and sending waits for room'
      }
    ]
  },
  'A malicious body': {
    has: 'Passes every check of the transport, and is decoded.',
    threats: [
      {
        tries: 'a body that the codec cannot decode',
        stops: 'that message is dropped with reason `codec`',
        test: 'HOST-17 throws at random bytes only into the counted drop'
      },
      {
        tries: 'keys such as `__proto__`',
        stops: 'options and announcements are read by their own keys',
        test: 'HOST-13 take nothing from a prototype'
      },
      {
        tries: 'makes a handler throw',
        stops: 'that request is dropped with reason `handler-error`; serving goes on',
        test: 'REP-08 RES-05 a handler that throws declines its request, says so and does not stop serving'
      },
      {
        tries: 'a body that ends up in a page: the map of a cluster',
        stops: 'shown as text',
        test: 'shows what members chose as text'
      }
    ]
  },
  'A peer that speaks ZeroMQ': {
    has: 'Reaches `zmtp+tcp://`, `zmtp+ipc://` or `zmtp+ws://`. NULL proves nothing, PLAIN sends a password in clear, CURVE proves keys and encrypts.',
    threats: [
      {
        tries: 'offers a weaker mechanism',
        stops: 'the mechanism of the options or none',
        test: 'Z-24 a NULL peer fails in the greeting, and nothing is downgraded'
      },
      {
        tries: 'a name, password or key that is not welcome',
        stops: '`authorize`, without which a listener with PLAIN or CURVE does not start',
        test: 'Z-15 Z-17 of a listener without authorize is EINVAL'
      },
      {
        tries: 'changes, repeats or reorders frames of CURVE on their way',
        stops: 'each opens once, in order and unchanged',
        test: 'Z-20 open once, in order, and unchanged only'
      },
      {
        tries: 'says in clear what must be encrypted',
        stops: 'the connection is closed',
        test: 'Z-19 that sends a command in clear after its handshake is closed'
      },
      {
        tries: 'many HELLOs, each of which costs a key',
        stops: 'nothing is kept of a handshake that is not finished',
        test: 'Z-23 of a thousand that say HELLO and no more, nothing stays'
      },
      {
        tries: 'subscriptions, frames or PINGs without end',
        stops: 'bounds in number and bytes',
        test: 'Z-53 end at a hundred thousand, or at 8 MiB of them; one that was taken back makes room'
      }
    ]
  },
  'A stranger to a cluster': {
    has: 'Reaches members, hubs, the multicast of `lan()`, or the same NATS server, and has no key.',
    threats: [
      {
        tries: 'connects without the key, or with another one',
        stops: 'TLS 1.3 with a pre-shared key; both ends have a `reject`',
        test: 'I-37 that is wrong makes no connection; both ends have a reject'
      },
      {
        tries: 'listens, and learns the key later',
        stops: 'an ephemeral exchange; nothing of names, topics and bodies is in a capture',
        test: 'I-37 leaves nothing of names, topics and bodies in a capture'
      },
      {
        tries: 'damaged messages at a member, a caller or a hub',
        stops: 'they are counted and stop nobody',
        test: 'I-49 at a member are counted before and after the greeting, and stop nobody'
      },
      {
        tries: 'forged, replayed or stale announcements by multicast',
        stops: 'they are encrypted, and good for a short time, once',
        test: 'I-39 is refused when it is old, comes again, was changed, or is of another network'
      },
      {
        tries: 'joins where there is no key',
        stops: 'nothing: a cluster that listens beyond ipc and loopback without a key warns',
        test: 'I-40 that is missing where others can connect is warned of, once'
      },
      {
        tries: 'garbage on the subjects of NATS',
        stops: 'it is counted and disturbs no call; who may use them is decided by the accounts of the server',
        test: 'garbage on every subject of ours disturbs no call'
      },
      {
        tries: 'a frame of a tunnel that was lost or forged',
        stops: 'the tunnel ends with an error',
        test: 'a frame that is lost or forged ends the tunnel with an error, never with wrong data'
      }
    ]
  },
  'Another thread': {
    has: 'Shares the process, or the origin, and is trusted; what it can do by accident is bounded.',
    threats: [
      {
        tries: 'ends in the middle of a message, or while it is busy',
        stops: 'it is a peer that is gone; what was cut is counted',
        test: 'and loses, counted, the message of 4 MiB in the middle of which it was killed, and nothing else'
      },
      {
        tries: 'goes on writing into a body that it sent or received',
        stops: 'bodies are copied or moved, never shared',
        test: 'COM-57 writing into it changes no other message'
      }
    ]
  }
}

export function securityPage(): string {
  const row = ({ tries, stops, test }: Threat): string[] => [tries, stops, testLink(test, 'SECURITY.md')]
  return (
    opening('Security', 'scripts/docs/security.ts', about) +
    Object.entries(attackers)
      .map(
        ([who, { has, threats }]) =>
          `\n### ${who}\n\n${has}\n\n${table(['Tries', 'What stops it', 'Test'], threats.map(row))}`
      )
      .join('')
  )
}
