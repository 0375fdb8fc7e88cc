/** One named check: it has a time limit, and its result is kept for a while so that many probes cost one call. */
import { duration } from '../rules.ts'
import type { Rules } from './rules.ts'

/** Healthy unless it throws, rejects or returns false. */
export type CheckFunction = (signal: AbortSignal) => unknown

/** How often and how long a check runs. */
export interface CheckOptions {
  /** A check that takes longer fails, ms. Default 500. */
  timeout?: number | undefined
  /** How long a result is used again, ms. Default 1000; 0 = asked each time. */
  cache?: number | undefined
}

export const checkRules: Rules<CheckOptions> = { timeout: duration, cache: duration }

/** What a check found. */
export interface CheckResult {
  /** Name of the check. */
  readonly name: string
  /** Whether all is well. */
  readonly ok: boolean
  /** How long it took, ms. */
  readonly ms: number
  /** Why not. No stack, nothing but the sentence: probes are read by strangers. */
  readonly error?: string
}

export class Check {
  readonly #name: string
  readonly #run: CheckFunction
  readonly #timeout: number
  readonly #cache: number
  #latest: { readonly result: Promise<CheckResult>; settledAt: number | undefined } | undefined

  constructor(name: string, run: CheckFunction, { timeout = 500, cache = 1000 }: CheckOptions) {
    this.#name = name
    this.#run = run
    this.#timeout = timeout
    this.#cache = cache
  }

  /** Probes that come while it runs share its result. */
  result(): Promise<CheckResult> {
    const latest = this.#latest
    if (latest !== undefined) {
      const { settledAt } = latest
      if (settledAt === undefined || performance.now() - settledAt < this.#cache) return latest.result
    }
    const entry = { result: this.#ask(), settledAt: undefined as number | undefined }
    this.#latest = entry
    void entry.result.then(() => {
      entry.settledAt = performance.now()
    })
    return entry.result
  }

  async #ask(): Promise<CheckResult> {
    const start = performance.now()
    const stop = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const wait = Math.min(this.#timeout, 0x7fffffff)
      timer = setTimeout(() => reject(new Error(`no result within ${this.#timeout} ms`)), wait)
    })
    let error: string | undefined
    try {
      const verdict = await Promise.race([(async () => this.#run(stop.signal))(), late])
      if (verdict === false) error = 'it said no'
    } catch (cause) {
      error = cause instanceof Error ? cause.message : String(cause)
    } finally {
      clearTimeout(timer)
      stop.abort()
    }
    const ms = Math.round((performance.now() - start) * 100) / 100
    return { name: this.#name, ok: error === undefined, ms, ...(error !== undefined && { error }) }
  }
}
