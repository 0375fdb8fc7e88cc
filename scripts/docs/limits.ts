/** docs/limits.md: what a peer can make a socket hold or do, where that ends, and the test that reaches the bound. */
import type { OptionName } from '../../src/core/options.ts'
import { allOptions } from './all-options.ts'
import { code, opening, table } from './markdown.ts'
import { testLink } from './tests.ts'

interface Limit {
  /** What a peer controls. */
  readonly of: string
  /** The option that bounds it, or a bound that is the same for all. */
  readonly bound: OptionName | { readonly fixed: string }
  /** What happens there, and where it shows. */
  readonly there: string
  /** The title of a test that reaches it, or the part of it that tells it from others. */
  readonly test: string
}

const about = `What a peer controls is bounded, and what happens at the bound has an event and a counter: nothing grows without end, and nothing is lost
in silence. Options are those of [every socket and endpoint](options.md); \`drops\` and \`rejects\` are in \`stats()\`, with
[reasons](events.md). Each row names the test that reaches its bound; \`npm run docs:check\` fails when there is no such test.

A listener takes as many peers as the system has descriptors, unless \`maxConnections\` says less. A service on an open port sets
\`maxConnections\`, \`maxConnectionsPerHost\`, \`maxConnectRate\` and \`authorize\`. A bound that is \`Infinity\` is none: what follows from that is the
application's choice.`

/** Defaults that depend on other options. */
const derived: { readonly [O in OptionName]?: string } = { sendBudget: '64 times `sendBuffer`' }

const limits: Readonly<Record<string, readonly Limit[]>> = {
  Connections: [
    {
      of: 'peers of a listener',
      bound: 'maxConnections',
      there: '`reject` with reason `limit`, counted in `rejects`; the peer backs off and tries again',
      test: 'refuses a further peer, says so and counts it; the peer joins when another left'
    },
    {
      of: 'peers of a listener from one address, or one /64 of IPv6',
      bound: 'maxConnectionsPerHost',
      there: 'the same',
      test: 'counts every address for itself, and each listener too'
    },
    {
      of: 'time for a handshake, TLS, upgrade, hello and `authorize` together',
      bound: 'handshakeTimeout',
      there: '`reject` with reason `handshake-timeout`',
      test: 'TR-04 refuses a silent peer after the timeout and not before'
    },
    {
      of: 'handshakes under way',
      bound: 'maxHandshakes',
      there:
        'the oldest gives way: `reject` with reason `limit`. They count as peers, too: at `maxConnections` the oldest gives way, at `maxConnectionsPerHost` the new one is refused',
      test: 'number maxHandshakes at most: the oldest gives way, is told of and counted, and a good peer comes in'
    },
    {
      of: 'connections in a second',
      bound: 'maxConnectRate',
      there: '`reject` with reason `limit`; the peer backs off and tries again',
      test: 'come as fast as maxConnectRate allows; those that come faster are refused and counted'
    },
    {
      of: 'calls of `authorize` under way, also those that outlive their attempt',
      bound: 'maxAuthorizing',
      there: '`reject` with reason `limit`',
      test: 'bounds the calls of a listener that run, also those that outlived their attempt'
    },
    {
      of: 'head of a WebSocket upgrade',
      bound: { fixed: '16 KiB or `ws: { maxHeaderSize }`, 100 header fields' },
      there: 'HTTP 431, `reject` with reason `websocket`',
      test: 'WS-11 of 8 KiB is served, one beyond the limit gets 431'
    },
    {
      of: 'attempts to connect again',
      bound: 'reconnectIntervalMax',
      there:
        'the delay doubles up to it, ±25 %, until a connection has carried a message or lasted that long; `retry` tells the delay',
      test: 'EP-10 refusal, name resolution, handshake failure and loss use the same back-off'
    }
  ],
  'What is received': [
    {
      of: 'size of a message, header included',
      bound: 'recvMaxSize',
      there: 'refused by its announced length before anything is allocated: `drop` and `detach` with reason `too-big`',
      test: 'TR-08 refuses a message above the limit and closes the stream, delivering nothing behind it'
    },
    {
      of: 'bytes of a peer that nobody took yet',
      bound: 'recvBuffer',
      there:
        'its transport stops reading; what it sends waits with it. In pages, where nobody can stop reading, it ends at twice that with `overflow`',
      test: 'TR-15 TR-16 a reader that stops bounds both sides; reading resumes'
    },
    {
      of: 'messages of a peer that nobody took yet, however small',
      bound: { fixed: '16,384' },
      there: 'its transport stops reading',
      test: 'TR-15 stops reading at a number of messages, however small they are'
    },
    {
      of: 'bytes that peers left behind when they went',
      bound: { fixed: '16 times `recvBuffer` a socket' },
      there: '`drop` with reason `overflow`',
      test: 'COM-55 fill no more than the bound of the socket; what is beyond is counted'
    },
    {
      of: 'hops of a request or survey',
      bound: 'ttl',
      there: '`drop` with reason `ttl`',
      test: 'REP-13 takes as many words as the limit, the id included, and no more'
    },
    {
      of: 'words of the header of a reply',
      bound: { fixed: '255' },
      there: '`drop` with reason `malformed`',
      test: 'REQ-24 [raw] a reply of a million words without end is refused in no time'
    },
    {
      of: 'fragments of a WebSocket message',
      bound: { fixed: '65,536 or `ws: { maxFragments }`' },
      there: '`detach` with reason `malformed`',
      test: 'HOST-10 a flood of empty fragments ends the pipe'
    },
    {
      of: 'frames of a ZeroMQ message',
      bound: { fixed: '16,384' },
      there: '`detach` with reason `malformed`',
      test: 'Z-30 that never end in a message are cut'
    },
    {
      of: 'subscriptions that a ZeroMQ peer announces to a PUB',
      bound: { fixed: '100,000, and 8 MiB' },
      there: '`detach` with reason `malformed`',
      test: 'Z-53 end at a hundred thousand, or at 8 MiB of them; one that was taken back makes room'
    }
  ],
  'What is sent': [
    {
      of: 'bytes for a peer that does not read',
      bound: 'sendBuffer',
      there: 'PUSH, REQ and PAIR choose another peer or wait; PUB, BUS and SURVEYOR `drop` with reason `queue-full`',
      test: 'PS-17 PS-18 a subscriber that does not read misses the newest alone, and the flood reaches the others'
    },
    {
      of: 'answers of a REP or RESPONDENT for a peer that does not read',
      bound: 'sendBuffer',
      there:
        'nothing more is taken of what it asks, answers to what was taken are kept, 1,024 at most; when it has read nothing for one to two seconds, `drop` with reason `queue-full` until it reads',
      test: 'REP-05 RES-04 the same over TCP: the buffer bounds what is kept, the answers go on'
    },
    {
      of: 'bytes for all peers of a listener that do not read, over streams',
      bound: 'sendBudget',
      there:
        'each may have a sixteenth of `sendBuffer` from then on, a 256th beyond twice as much, and the same happens; one that reads is served as before',
      test: 'bounds what waits for peers that do not read together, and comes back when they go'
    },
    {
      of: 'bytes for all peers of all sockets of a process together, dialed or not, over streams',
      bound: { fixed: 'a quarter of the memory there is, or `sendBudget.bytes` as exported by `hubless`' },
      there:
        'each may have a sixteenth of `sendBuffer` from half of it on, a 256th beyond, and the same happens; `sendBudget.waiting` and `sendBudget.reached` tell',
      test: 'HOST-28 bounds what waits on all sockets together, dialed or not, and one that reads is served as before'
    },
    {
      of: 'time in which nothing of what waits leaves, over a stream',
      bound: 'stallTimeout',
      there:
        '`detach` with reason `stalled`, and `drop` with reason `closed` for what waited; the place of a PAIR is free',
      test: 'ends a pipe that takes no bytes, of one that'
    },
    {
      of: 'calls of `send` that wait for peers of a PUB that nobody awaits',
      bound: { fixed: '1,024' },
      there: 'the next ones drop for who is full',
      test: 'PS-27 are a thousand at most, however small they are'
    },
    {
      of: 'how long `close` waits for a peer that does not read',
      bound: 'linger',
      there: '`drop` with reason `closed`',
      test: 'COM-38 the default of 1000 ms bounds closing with a peer that never reads'
    },
    {
      of: 'how often a request is sent again',
      bound: 'resendInterval',
      there: 'counted as `resends`; one that loses its pipe again and again waits longer each time',
      test: 'REQ-26 copies of a request that every REP refuses follow reconnections only'
    }
  ]
}

export function limitsPage(): string {
  const row = ({ of, bound, there, test }: Limit): string[] => {
    const option = typeof bound === 'string' ? code(bound) : ''
    const value = typeof bound === 'string' ? (derived[bound] ?? code(String(allOptions[bound].default))) : bound.fixed
    return [of, option, value, there, testLink(test, 'docs/limits.md')]
  }
  const headings = ['Of', 'Option', 'Bound', 'What happens there', 'Test']
  return (
    opening('Limits', 'scripts/docs/limits.ts and the tables of options', about) +
    Object.entries(limits)
      .map(([title, rows]) => `\n## ${title}\n\n${table(headings, rows.map(row))}`)
      .join('')
  )
}
