/**
 * What the JavaScript peers share; the command line, the clock and the line of output are those of ../c/bench.h.
 */
import { GCProfiler, getHeapStatistics } from 'node:v8'

export interface Args {
  readonly role: string
  readonly pattern: string
  readonly listen: boolean
  readonly url: string
  readonly size: number
  readonly count: number
  /** A tenth of `count`, not timed; none of patterns that may lose messages. */
  readonly warm: number
  readonly many: number
}

export type Role = (args: Args) => Promise<void>

/** From the start of this process to that of the monotonic clock, ms: the best of some, since one may be interrupted. */
const offset = Math.max(...Array.from({ length: 16 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()))

/** Seconds of the monotonic clock, which all processes share. */
export function now(): number {
  return (offset + performance.now()) / 1e3
}

export function ready(): void {
  console.log('ready')
}

interface Spent {
  readonly end: number
  readonly cpu: number
  readonly allocated?: number
}

/**
 * What a measurement costs this process from here on: time on its processors, and bytes allocated on the heap of
 * JavaScript, which is what garbage collections found above what the last one left. Memory outside of that heap, that
 * of large buffers say, is not in it: when it was freed cannot be known. Watching takes some 50 µs for each collection,
 * so that it is done where the harness wants it.
 */
export class Costs {
  readonly at: number = now()
  readonly #cpu = process.cpuUsage()
  readonly #heap = getHeapStatistics().used_heap_size
  readonly #profiler = process.env.BENCH_ALLOCATED === '1' ? new GCProfiler() : undefined
  #spent: Spent | undefined

  constructor() {
    this.#profiler?.start()
  }

  /** What it was when this was first called. */
  end(): Spent {
    this.#spent ??= this.#measure()
    return this.#spent
  }

  #measure(): Spent {
    const end = now()
    const { user, system } = process.cpuUsage(this.#cpu)
    const spent = { end, cpu: (user + system) / 1e6 }
    if (this.#profiler === undefined) return spent
    const left = getHeapStatistics().used_heap_size
    const { statistics } = this.#profiler.stop()
    let allocated = 0
    let heap = this.#heap
    for (const { beforeGC, afterGC } of statistics) {
      allocated += beforeGC.heapStatistics.usedHeapSize - heap
      heap = afterGC.heapStatistics.usedHeapSize
    }
    return { ...spent, allocated: allocated + left - heap }
  }
}

/** A time within a message: eight bytes, as C has them. */
function isStamped({ role }: Args): boolean {
  return role === 'stamp' || role === 'delay'
}

/** Gives the body of every message: always the same one, or one of its own with the time in it. */
export function bodies(args: Args): () => Buffer {
  const { size } = args
  const same = Buffer.alloc(size)
  if (!isStamped(args)) return () => same
  return () => {
    const body = Buffer.allocUnsafe(size)
    body.writeDoubleLE(now())
    return body
  }
}

/** Counts what a receiver gets, and times what follows the first `warm` messages. */
export class Meter {
  readonly #count: number
  readonly #delays: Float64Array | undefined
  #costs: Costs | undefined
  #received: number

  constructor(args: Args) {
    this.#count = args.count
    this.#received = -args.warm
    if (isStamped(args)) this.#delays = new Float64Array(args.count)
  }

  /** Takes one message; true when it was the last, as an empty one is. */
  take(body: Uint8Array): boolean {
    if (body.length === 0) return true
    if (this.#received === 0) this.#costs = new Costs()
    if (this.#delays !== undefined && this.#received >= 0) this.#delays[this.#received] = age(body)
    return ++this.#received === this.#count
  }

  report(): void {
    report(this.#costs, this.#received, () => percentiles(this.#delays?.subarray(0, Math.max(0, this.#received))))
  }
}

function age(body: Uint8Array): number {
  return now() - new DataView(body.buffer, body.byteOffset).getFloat64(0, true)
}

function percentiles(seconds: Float64Array | undefined): { p50?: number; p99?: number } {
  if (seconds === undefined || seconds.length === 0) return {}
  const sorted = seconds.sort()
  const microseconds = (share: number): number => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1e6
  return { p50: microseconds(0.5), p99: microseconds(0.99) }
}

/** What a sender has sent: it reports at the end. */
export class Sending {
  readonly #args: Args
  #costs: Costs | undefined
  #sent: number

  constructor(args: Args) {
    this.#args = args
    this.#sent = -args.warm
  }

  /** Whether there is another message to send. */
  next(): boolean {
    if (this.#sent === 0) this.#costs = new Costs()
    return this.#sent++ < this.#args.count
  }

  /** How many of at most `most` messages to send next. The clock starts between two calls. */
  take(most: number): number {
    if (this.#sent === 0) this.#costs = new Costs()
    const border = this.#sent < 0 ? 0 : this.#args.count
    const taken = Math.min(most, border - this.#sent)
    this.#sent += taken
    return taken
  }

  report(): void {
    report(this.#costs, this.#args.count)
  }
}

/** Times round trips, of which the first `warm` do not count. */
export class Stopwatch {
  readonly #warm: number
  readonly #each: Float64Array
  #costs: Costs | undefined
  #seen = 0

  constructor({ warm, count }: Args) {
    this.#warm = warm
    this.#each = new Float64Array(count)
  }

  lap(asked: number): void {
    const at = now()
    if (this.#seen === this.#warm) this.#costs = new Costs()
    if (this.#seen >= this.#warm) this.#each[this.#seen - this.#warm] = at - asked
    this.#seen++
  }

  report(): void {
    report(this.#costs, this.#each.length, () => percentiles(this.#each))
  }
}

/** Asks for `warm + count` replies with `many` outstanding; each `ask` is one round trip. */
export async function askAll(args: Args, ask: () => Promise<unknown>): Promise<void> {
  const watch = new Stopwatch(args)
  let left = args.warm + args.count
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const asked = now()
      await ask()
      watch.lap(asked)
    }
  }
  await Promise.all(Array.from({ length: args.many }, one))
  watch.report()
}

/** What else a report says; it is asked for after what was measured has ended. */
type More = () => { readonly [name: string]: number }

/** Without costs nothing was measured: too few messages have come. */
export function report(costs: Costs | undefined, messages: number, more: More = () => ({})): void {
  const measured = costs === undefined ? { begin: 0, end: now(), cpu: 0 } : { begin: costs.at, ...costs.end() }
  console.log(JSON.stringify({ ...measured, messages, ...more() }))
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Resolves when the harness closes stdin: time to go. */
export function over(): Promise<void> {
  return new Promise((resolve) => process.stdin.on('close', resolve).resume())
}

/** A package that only the peers have. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T
}

/** Nothing outlives the harness, however that ended. */
function endWithHarness(): void {
  void over().then(() => setTimeout(() => process.exit(), 1000))
}

/** Patterns that may lose messages. Of these bus and survey are spoken by hubless alone. */
const lossy = ['pubsub', 'bus', 'survey']

/** Runs the role that the command line names, then exits. */
export async function main(roles: Record<string, Role>): Promise<void> {
  const [role = '', pattern = '', end, url = '', size, count, many] = process.argv.slice(2)
  const run = roles[role]
  if (run === undefined) throw new Error(`no role ${role}`)
  const warm = lossy.includes(pattern) ? 0 : Math.floor(Number(count) / 10)
  const args = { role, pattern, listen: end === 'listen', url, size: Number(size), count: Number(count), warm }
  endWithHarness()
  await run({ ...args, many: Number(many ?? 1) })
  process.exit()
}
