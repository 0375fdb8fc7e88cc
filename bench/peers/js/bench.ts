/**
 * What the JavaScript peers share; the command line, the clock and the line of output are those of ../c/bench.h.
 */
export interface Args {
  readonly role: string
  readonly pattern: string
  readonly listen: boolean
  readonly url: string
  readonly size: number
  readonly count: number
  /** A tenth of `count`, not timed; none of pubsub, which loses messages. */
  readonly warm: number
  readonly many: number
}

export type Role = (args: Args) => Promise<void>

/** From the start of this process to that of the monotonic clock, ms. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Seconds of the monotonic clock, which all processes share. */
export function now(): number {
  return (offset + performance.now()) / 1e3
}

export function ready(): void {
  console.log('ready')
}

/** Counts what a receiver gets, and times what follows the first `warm` messages. */
export class Meter {
  readonly #count: number
  #begin = 0
  #received: number

  constructor({ count, warm }: Args) {
    this.#count = count
    this.#received = -warm
  }

  /** Takes one message of `size` bytes; true when it was the last, as an empty one is. */
  take(size: number): boolean {
    if (size === 0) return true
    if (this.#received++ === 0) this.#begin = now()
    return this.#received === this.#count
  }

  report(): void {
    report(this.#begin, this.#received)
  }
}

/** Times round trips, of which the first `warm` do not count. */
export class Stopwatch {
  readonly #warm: number
  readonly #each: number[] = []
  #begin = 0
  #seen = 0

  constructor({ warm }: Args) {
    this.#warm = warm
  }

  lap(asked: number): void {
    const at = now()
    if (this.#seen++ < this.#warm) return
    if (this.#each.length === 0) this.#begin = at
    this.#each.push(at - asked)
  }

  report(): void {
    const each = this.#each.sort((a, b) => a - b)
    const microseconds = (share: number): number => (each[Math.floor(each.length * share)] ?? 0) * 1e6
    report(this.#begin, each.length, { p50: microseconds(0.5), p99: microseconds(0.99) })
  }
}

export function report(begin: number, messages: number, more: Record<string, number> = {}): void {
  console.log(JSON.stringify({ begin, end: now(), messages, ...more }))
}

/** Resolves when the harness closes stdin: time to go. */
export function over(): Promise<void> {
  return new Promise((resolve) => process.stdin.on('close', resolve).resume())
}

/** A package that only the peers have. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T
}

/** Runs the role that the command line names, then exits. */
export async function main(roles: Record<string, Role>): Promise<void> {
  const [role = '', pattern = '', end, url = '', size, count, many] = process.argv.slice(2)
  const run = roles[role]
  if (run === undefined) throw new Error(`no role ${role}`)
  const warm = pattern === 'pubsub' ? 0 : Math.floor(Number(count) / 10)
  const args = { role, pattern, listen: end === 'listen', url, size: Number(size), count: Number(count), warm }
  await run({ ...args, many: Number(many ?? 1) })
  process.exit()
}
