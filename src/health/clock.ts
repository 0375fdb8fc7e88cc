/** The time of one probe: its deadline, which also ends it, and how long each of its steps took. */
import { setMaxListeners } from 'node:events'
import type { Stage } from './result.ts'

export class Clock {
  readonly stages: Stage[] = []
  readonly #start = performance.now()
  readonly #deadline: number
  readonly #stop = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #outer: AbortSignal | undefined
  readonly #onAbort = (): void => this.#stop.abort()

  /** `outer` ends it, too. */
  constructor(timeout: number, outer: AbortSignal | undefined) {
    this.#deadline = this.#start + timeout
    this.#timer = setTimeout(this.#onAbort, Math.min(timeout, 0x7fffffff))
    this.#outer = outer
    // Many probes may share it.
    if (outer !== undefined) setMaxListeners(0, outer)
    outer?.addEventListener('abort', this.#onAbort)
  }

  /** Aborts at the deadline. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Since the start, ms. */
  get elapsed(): number {
    return performance.now() - this.#start
  }

  /** Until the deadline, ms. */
  get left(): number {
    return this.#deadline - performance.now()
  }

  /** Runs one step and keeps its time. */
  async stage<T>(name: string, run: () => Promise<T>): Promise<T> {
    const start = performance.now()
    let ok = false
    try {
      const value = await run()
      ok = true
      return value
    } finally {
      this.stages.push({ name, ms: rounded(performance.now() - start), ok })
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#onAbort)
  }
}

export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
