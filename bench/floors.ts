/** The ratios to reach: design.md §4. Each compares medians of one case, or with a figure that was measured before. */
import { type CaseResult, medianOf } from './harness/measure.ts'
import { ratio, short } from './harness/numbers.ts'

interface Against {
  readonly case: string
  readonly metric: string
  /** The label of the other subject, or a figure. */
  readonly other: string | number
  /** Default: the same case. */
  readonly otherCase?: string
}

export interface Floor extends Against {
  readonly what: string
  /** Default: hubless. */
  readonly own?: string
  readonly bound: number
  /** `least`, `most`: of own divided by other; `above`: of the difference. */
  readonly is: 'least' | 'most' | 'above'
}

const tryLoops = 'hubless try'

/** Floors of one case against several peers. */
function against(common: Omit<Floor, 'other' | 'bound'>, bounds: Readonly<Record<string, number>>): Floor[] {
  return Object.entries(bounds).map(([other, bound]) => ({ ...common, other, bound }))
}

function atLeast(what: string, name: string, bounds: Readonly<Record<string, number>>, own = 'hubless'): Floor[] {
  return against({ what, case: name, metric: 'rate', is: 'least', own }, bounds)
}

export const floors: readonly Floor[] = [
  ...['pipeline/tcp/64', 'pipeline/tcp/1024', 'pubsub/tcp/64', 'pubsub/tcp/1024'].flatMap((what) =>
    atLeast(`ZMTP ${what}`, `zeromq/${what}`, { 'zeromq.js': 5, libzmq: 0.9 }, 'hubless zmtp')
  ),
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
  ...atLeast('threads 64 B', 'throughput/threads/thread/64', { 'hubless ipc': 2, 'bare postMessage': 3 }),
  ...atLeast('threads 1 KiB', 'throughput/threads/thread/1024', { 'hubless ipc': 2, 'bare postMessage': 3 }),
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
  {
    what: 'radix bytes per topic at 1 M',
    case: 'radix/random/1000000',
    metric: 'bytes',
    other: 1,
    bound: 64,
    is: 'most'
  },
  {
    what: 'bytes per connection above bare node:net, 10 000 connections',
    case: 'connections/10000',
    metric: 'bytes',
    other: 'bare node:net',
    bound: 12_000,
    is: 'above'
  },
  ...['fairness/requests', 'fairness/flood'].map((name): Floor => {
    return { what: `${name}, p99 in µs`, case: name, metric: 'p99', other: 1, bound: 20_000, is: 'most' }
  }),
  {
    what: 'fairness/flood, lateness of a timer in µs',
    case: 'fairness/flood',
    metric: 'late',
    other: 1,
    bound: 20_000,
    is: 'most'
  },
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

export interface Verdict {
  readonly floor: Floor
  readonly value: number
  /** Undefined: not measured. */
  readonly met: boolean | undefined
}

export function judge(floor: Floor, results: ReadonlyMap<string, CaseResult>): Verdict {
  const { case: name, metric, other, otherCase = name, own = 'hubless', is, bound } = floor
  const ownMedian = medianOf(results.get(name), own, metric)
  const otherMedian = typeof other === 'number' ? other : medianOf(results.get(otherCase), other, metric)
  const value = is === 'above' ? ownMedian - otherMedian : ownMedian / otherMedian
  if (!Number.isFinite(value)) return { floor, value, met: undefined }
  return { floor, value, met: is === 'least' ? value >= bound : value <= bound }
}

/** Cells: what, bound, measured, verdict. */
export function verdictRows(verdicts: readonly Verdict[]): string[][] {
  return [
    ['', 'to reach', 'measured', ''],
    ...verdicts.map(({ floor, value, met }) => {
      const { what, own = 'hubless', other, is, bound } = floor
      const show = is === 'above' || other === 1 ? short : ratio
      return [
        `${own === 'hubless' ? what : `${what} (${own})`}${opponent(floor)}`,
        `${is === 'least' ? '≥' : '≤'} ${show(bound)}`,
        show(value),
        met === undefined ? 'not measured' : met ? 'met' : '**not met**'
      ]
    })
  ]
}

function opponent({ other, otherCase }: Floor): string {
  if (otherCase !== undefined) return `, against ${otherCase}`
  if (other === 1) return ''
  return typeof other === 'string' ? `, against ${other}` : `, against ${other} ns of libzmq, measured before`
}
