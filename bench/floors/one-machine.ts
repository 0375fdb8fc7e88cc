/** The floors that were set on one machine: design.md §4, first table. They are judged on its kind alone. */
import { short } from '../harness/numbers.ts'
import { against, atLeast, type Floor, figure, tryLoops } from './floor.ts'

/** See `kindOf` of bench/harness/machine.ts. */
export const kind = 'amd'

export const floors: readonly Floor[] = [
  ...atLeast('TCP 64 B, await', 'throughput/pipeline/tcp/64', { nanomsg: 5, libzmq: 0.8, 'zeromq.js': 8 }),
  ...atLeast('TCP 64 B, try', 'throughput/pipeline/tcp/64', { nanomsg: 7, libzmq: 1 }, tryLoops),
  ...atLeast('TCP 1 KiB', 'throughput/pipeline/tcp/1024', {
    nanomsg: 2,
    libzmq: 1.5,
    'zeromq.js': 4,
    'bare node:net': 0.6
  }),
  ...atLeast('IPC 64 B', 'throughput/pipeline/ipc/64', { nanomsg: 6, libzmq: 0.8, 'zeromq.js': 8 }),
  ...atLeast('IPC 1 KiB', 'throughput/pipeline/ipc/1024', {
    nanomsg: 2,
    libzmq: 1.5,
    'zeromq.js': 4,
    'bare node:net': 0.5
  }),
  ...atLeast('inproc 1 KiB, await', 'throughput/pair/inproc/1024', { nanomsg: 5, libzmq: 1, 'zeromq.js': 10 }),
  ...atLeast('inproc 1 KiB, try', 'throughput/pair/inproc/1024', { nanomsg: 10, libzmq: 2 }, tryLoops),
  ...atLeast('WebSocket 64 B', 'throughput/pipeline/ws/64', { nanomsg: 1, 'bare ws': 2.5 }),
  ...against(
    { what: 'REQ/REP round trip, one outstanding, TCP, one core', case: 'latency/1/tcp', metric: 'p50', is: 'most' },
    { nanomsg: 0.85, libzmq: 0.85, 'zeromq.js': 0.55, 'bare node:net': 1.3 }
  ),
  ...atLeast('REQ/REP, 64 outstanding, TCP', 'latency/64/tcp', { 'zeromq.js': 4, NATS: 8 }),
  ...atLeast('PUB to 50 SUBs, 64 B', 'fan-out/50/64', { nanomsg: 6, libzmq: 0.6 }),
  ...atLeast('PUB to 50 SUBs, 1 KiB', 'fan-out/50/1024', { nanomsg: 3, libzmq: 1 }),
  ...[10_000, 1_000_000].flatMap((topics): Floor[] => {
    const common = { what: `radix match, ${short(topics)} topics`, case: `radix/random/${topics}`, is: 'most' } as const
    const libzmq = topics === 10_000 ? 211 : 1704
    return [
      { ...common, metric: 'hit', other: 'nanomsg', bound: 1.5 },
      { ...common, metric: 'hit', other: libzmq, bound: 0.8 }
    ]
  }),
  figure('radix bytes per topic at 1 M', 'radix/random/1000000', 'bytes', 'most', 64),
  {
    what: 'bytes per connection above bare node:net, 10 000 connections',
    case: 'connections/10000',
    metric: 'bytes',
    other: 'bare node:net',
    bound: 12_000,
    is: 'above'
  },
  ...['fairness/requests', 'fairness/flood'].map((name) => figure(`${name}, p99 in µs`, name, 'p99', 'most', 20_000)),
  figure('fairness/flood, lateness of a timer in µs', 'fairness/flood', 'late', 'most', 20_000),
  {
    what: 'cost of a message among 10 M',
    case: 'flatness/10000000',
    metric: 'cost',
    otherCase: 'flatness/1000000',
    other: 'hubless',
    bound: 1.2,
    is: 'most'
  },
  {
    what: 'cost of a match among 1 M topics',
    case: 'radix/random/1000000',
    metric: 'hit',
    otherCase: 'radix/random/10000',
    other: 'hubless',
    bound: 6,
    is: 'most'
  }
]
