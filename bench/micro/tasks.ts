/**
 * The parts that every message passes, one at a time, with tinybench: what one operation costs, in ns.
 *
 *   npx tsx bench/micro/tasks.ts [TASK]
 */
import type { Socket } from 'node:net'
import { pack, unpack } from 'msgpackr'
import { Bench } from 'tinybench'
import { json, msgpack, text } from '../../src/codecs/index.ts'
import type { Codec } from '../../src/core/codec.ts'
import type { Pipe } from '../../src/core/pipe.ts'
import { Ring } from '../../src/core/ring.ts'
import { LoadBalancer } from '../../src/core/routing/load-balancer.ts'
import '../../src/node.ts'
import { RadixTree } from '../../src/core/topics/radix-tree.ts'
import { SpDecoder } from '../../src/transports/sp/decoder.ts'
import { tcpFraming, writePrefix } from '../../src/transports/sp/framing.ts'
import { decodeHello, encodeHello } from '../../src/transports/sp/hello.ts'
import { SpWriter } from '../../src/transports/sp/writer.ts'
import { unlimited } from '../../src/transports/stream/allowance.ts'

interface Task {
  /** Operations in one call of `run`. */
  readonly operations: number
  readonly run: () => void
}

const empty = new Uint8Array(0)
const batch = 1000

function repeated(operation: (index: number) => void): Task {
  return {
    operations: batch,
    run: () => {
      for (let index = 0; index < batch; index++) operation(index)
    }
  }
}

/** Frames of messages of `size` bytes, as a read chunk of 64 KiB has them. */
function chunkOf(size: number): { readonly chunk: Buffer; readonly messages: number } {
  const frame = tcpFraming.prefix + size
  const messages = Math.floor(65_536 / frame)
  const chunk = Buffer.alloc(messages * frame)
  for (let index = 0; index < messages; index++) writePrefix(tcpFraming, chunk, index * frame, size)
  return { chunk, messages }
}

function decoding(size: number): Task {
  const { chunk, messages } = chunkOf(size)
  let seen = 0
  const sink = {
    frame: () => void seen++,
    tooBig: () => {},
    malformed: () => {},
    farewell: () => {},
    decoded: () => {},
    parts: () => {},
    dropped: () => {}
  }
  const decoder = new SpDecoder(tcpFraming, Number.POSITIVE_INFINITY, sink)
  return { operations: messages, run: () => decoder.push(chunk) }
}

/** A stream that is done with every write at once. */
const nowhere = {
  write: (_bytes: Uint8Array, done: () => void) => {
    done()
    return true
  },
  cork: () => {},
  uncork: () => {}
} as unknown as Socket

function writing(size: number): Task {
  const writer = new SpWriter(nowhere, tcpFraming, unlimited, () => {})
  const body = new Uint8Array(size)
  return {
    operations: batch,
    run: () => {
      for (let index = 0; index < batch; index++) writer.write(empty, body)
      writer.flush()
    }
  }
}

function balancing(pipes: number): Task {
  const balancer = new LoadBalancer()
  const pipe = (): Pipe => ({ sendPriority: 8, full: false, state: 'attached', send: () => true }) as unknown as Pipe
  for (let index = 0; index < pipes; index++) balancer.add(pipe())
  return repeated(() => void balancer.send(empty, empty))
}

function queueing(): Task {
  const ring = new Ring<number>()
  return repeated((index) => {
    ring.push(index)
    if (index % 4 === 3) for (let left = 4; left > 0; left--) ring.shift()
  })
}

function matching(): Task {
  const tree = new RadixTree()
  const encoder = new TextEncoder()
  for (let index = 0; index < 1000; index++) tree.add(encoder.encode(`sensor/${index}/temperature`))
  const message = encoder.encode('sensor/123/temperature 21.5')
  return repeated(() => void tree.match(message, 0, message.length))
}

const value = { id: 17, name: 'thermometer', values: [21.5, 21.6, 21.4], ok: true }

function coding<T>(codec: Codec<T, T>, value: T): Task {
  return repeated(() => void codec.decode(Buffer.from(codec.encode(value) as Uint8Array)))
}

const tasks: Record<string, () => Task> = {
  'hello there and back': () => repeated(() => void decodeHello(encodeHello(0x50))),
  'write 64 B': () => writing(64),
  'write 1 KiB': () => writing(1024),
  'decode 64 B': () => decoding(64),
  'decode 1 KiB': () => decoding(1024),
  'balance over 1 pipe': () => balancing(1),
  'balance over 50 pipes': () => balancing(50),
  'ring in and out': queueing,
  'match 1 of 1000 topics': matching,
  'json there and back': () => coding(json(), value),
  'msgpack there and back': () => coding(msgpack({ pack, unpack }), value),
  'text there and back': () => coding(text(), '21.5 degrees')
}

const chosen = process.argv[2]
const figures: Record<string, number> = {}
for (const [name, make] of Object.entries(tasks)) {
  if (chosen !== undefined && chosen !== name) continue
  const { operations, run } = make()
  const bench = new Bench({ time: 250, warmupTime: 100 })
  bench.add(name, run)
  await bench.run()
  const result = bench.tasks[0]?.result
  if (result === undefined || !('latency' in result)) throw new Error(`${name} did not run`)
  figures[name] = (result.latency.p50 * 1e6) / operations
}
console.log(JSON.stringify(figures))
