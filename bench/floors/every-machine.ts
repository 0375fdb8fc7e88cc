/** The floors that hold on every kind of machine: design.md §4, second table, and the delay of PUB at full speed. */
import { short } from '../harness/numbers.ts'
import { against, atLeast, batches, cLibraries, type Floor, figure, libraries } from './floor.ts'

const streams = ['tcp', 'ipc'] as const
const names: Readonly<Record<string, string>> = { tcp: 'TCP', ipc: 'IPC', ws: 'WebSocket', pubsub: 'pub/sub' }
const small = { '64 B': 64, '1 KiB': 1024 }
const large = { '64 KiB': 65_536, '1 MiB': 1_048_576 }
const oneCore = { what: 'round trip, one outstanding, TCP, one core', case: 'latency/1/tcp', is: 'most' } as const

export const floors: readonly Floor[] = [
  ...streams.flatMap((scheme) => {
    const name = `throughput/pipeline/${scheme}/64`
    const what = `${scheme.toUpperCase()} 64 B`
    return [
      ...atLeast(`${what}, await`, name, { libzmq: 1, nanomsg: scheme === 'tcp' ? 2.5 : 3, 'zeromq.js': 6 }),
      ...atLeast(`${what}, batches`, name, { libzmq: 2 }, batches)
    ]
  }),
  ...streams.flatMap((scheme) => {
    const name = `throughput/pipeline/${scheme}/1024`
    const what = `${scheme.toUpperCase()} 1 KiB`
    return [
      best(what, name, cLibraries, scheme === 'tcp' ? 1.3 : 1.5),
      ...atLeast(what, name, { 'zeromq.js': 4, 'bare node:net': scheme === 'tcp' ? 0.8 : 0.6 })
    ]
  }),
  ...['pipeline', 'pubsub'].flatMap((pattern) =>
    [...streams, 'ws'].flatMap((scheme) =>
      Object.entries(large).map(([what, size]) => {
        const where = `${names[pattern] ?? pattern} over ${names[scheme]}`
        return best(`${what}, ${where}`, `throughput/${pattern}/${scheme}/${size}`, libraries, 1)
      })
    )
  ),
  ...against({ ...oneCore, metric: 'p50' }, { nanomsg: 0.85, libzmq: 0.85, 'bare node:net': 1.3 }),
  ...against({ ...oneCore, what: `${oneCore.what}, p99`, metric: 'p99' }, { 'bare node:net': 1.5 }),
  ...atLeast('64 requests outstanding, TCP', 'latency/64/tcp', { 'zeromq.js': 5, libzmq: 1.5, NATS: 10 }),
  ...atLeast('WebSocket 64 B', 'throughput/pipeline/ws/64', { nanomsg: 1, 'bare ws': 2.5 }),
  ...atLeast('WebSocket 1 KiB', 'throughput/pipeline/ws/1024', { nanomsg: 1, 'bare ws': 1.5 }),
  ...atLeast('PUB to 50 SUBs, 64 B', 'fan-out/50/64', { libzmq: 0.7, nanomsg: 6 }),
  ...atLeast('PUB to 50 SUBs, 1 KiB', 'fan-out/50/1024', { libzmq: 1, nanomsg: 2.5 }),
  ...Object.entries(small).flatMap(([what, size]) => {
    return atLeast(`PUB to 50 SUBs, ${what}, batches`, `fan-out/50/${size}`, { libzmq: 1 }, batches)
  }),
  ...atLeast('inproc 1 KiB, await', 'throughput/pair/inproc/1024', { libzmq: 1, nanomsg: 4, 'zeromq.js': 8 }),
  ...Object.entries(small).flatMap(([what, size]) => {
    return atLeast(`threads, ${what}`, `throughput/threads/thread/${size}`, { 'hubless ipc': 2, 'bare postMessage': 3 })
  }),
  ...['pipeline', 'pubsub'].flatMap((pattern) =>
    Object.entries(small).flatMap(([what, size]) => {
      const name = `zeromq/${pattern}/tcp/${size}`
      return atLeast(`ZMTP, ${pattern}, ${what}`, name, { 'zeromq.js': 5, libzmq: 0.9 }, 'hubless zmtp')
    })
  ),
  ...Object.entries({ pubsub: 'PUB', bus: 'BUS', survey: 'SURVEYOR' }).flatMap(([pattern, type]) =>
    Object.entries({ ...small, '256 KiB': 262_144 }).map(([what, size]) => {
      return figure(`${type} beside a stuck peer, ${what}`, `stuck/${pattern}/${size}`, 'share', 'least', 0.9)
    })
  ),
  ...['random', 'sensor'].flatMap((set) =>
    [10_000, 100_000, 1_000_000].flatMap((topics) => {
      return Object.entries({ hit: 1.2, subscribe: 1.25, unsubscribe: 1.25 }).map(([metric, bound]): Floor => {
        const what = `radix ${metric === 'hit' ? 'match' : metric}, ${short(topics)} ${set} topics`
        return { what, case: `radix/${set}/${topics}`, metric, other: 'nanomsg', bound, is: 'most' }
      })
    })
  ),
  { ...starting('import'), what: "import 'hubless'", other: 'bare: an empty file', bound: 1.5 },
  { ...starting('help'), what: 'nanocat --help', other: 'bare: node -e 0', bound: 1.3 },
  figure('PUB at full speed, 1 M x 1 KiB, median delay in µs', 'million/delay/1000000', 'p50', 'most', 3000)
]

function best(what: string, name: string, other: readonly string[], bound: number): Floor {
  return { what, case: name, metric: 'rate', is: 'least', other, bound }
}

function starting(name: string): Pick<Floor, 'case' | 'metric' | 'is'> {
  return { case: `startup/${name}`, metric: 'time', is: 'most' }
}
