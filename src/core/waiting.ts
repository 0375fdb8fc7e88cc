/**
 * Operations that wait: a first-in first-out queue of promises, each with an optional timeout and AbortSignal. Settling
 * one removes its timer and its listener, so nothing is left behind on a signal that many calls share.
 */
import { SpError } from './errors.ts'
import { type Linked, LinkedList } from './linked-list.ts'
import { check, duration, isObject } from './rules.ts'

export interface WaitOptions {
  /** Rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** Rejects with `ETIMEDOUT` after this many ms; 0 = do not wait. */
  timeout?: number | undefined
}

/** Lets an iterator take its pending call back, so that leaving a loop swallows no message. */
export interface Leash extends WaitOptions {
  waiting?: (waiter: { reject(error: unknown): void }) => void
}

/** One waiting operation. */
export class Waiter<P, R> implements Linked<Waiter<P, R>> {
  readonly payload: P
  previous: Waiter<P, R> | undefined
  next: Waiter<P, R> | undefined
  list: WaitQueue<P, R> | undefined
  #resolve!: (value: R) => void
  #reject!: (error: unknown) => void
  #timer: Timer
  #signal: AbortSignal | undefined
  readonly promise: Promise<R>

  constructor(payload: P) {
    this.payload = payload
    this.promise = new Promise<R>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  watch(timeout: number, signal: AbortSignal | undefined, what: string): void {
    if (timeout !== Infinity) this.#timer = startTimer(() => this.reject(timedOut(what, timeout)), timeout)
    if (signal !== undefined) {
      this.#signal = signal
      signal.addEventListener('abort', this)
    }
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.reject(this.#signal?.reason)
  }

  resolve(value: R): void {
    if (this.#leave()) this.#resolve(value)
  }

  reject(error: unknown): void {
    if (this.#leave()) this.#reject(error)
  }

  #leave(): boolean {
    if (this.list?.remove(this) !== true) return false
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this)
    return true
  }
}

export class WaitQueue<P, R> extends LinkedList<Waiter<P, R>> {
  readonly #what: string
  readonly #left: ((payload: P) => void) | undefined

  /** `what` names the operation in error messages; `left` is told of every operation that settles, however. */
  constructor(what: string, left?: (payload: P) => void) {
    super()
    this.#what = what
    this.#left = left
  }

  /** Adds an operation, or rejects at once when its signal is aborted or its timeout is 0. */
  wait(payload: P, options: WaitOptions | undefined, fallback: number): Promise<R> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
    if ((options?.timeout ?? fallback) === 0) return Promise.reject(timedOut(this.#what, 0))
    const waiter = this.add(payload, options, fallback)
    ;(options as Leash | undefined)?.waiting?.(waiter)
    return waiter.promise
  }

  add(payload: P, options: WaitOptions | undefined, fallback: number): Waiter<P, R> {
    const waiter = new Waiter<P, R>(payload)
    this.push(waiter)
    waiter.watch(options?.timeout ?? fallback, options?.signal, this.#what)
    return waiter
  }

  override remove(waiter: Waiter<P, R>): boolean {
    if (!super.remove(waiter)) return false
    this.#left?.(waiter.payload)
    return true
  }

  resolveAll(value: R): void {
    while (this.head !== undefined) this.head.resolve(value)
  }

  rejectAll(makeError: () => unknown): void {
    while (this.head !== undefined) this.head.reject(makeError())
  }
}

/** Checks `{ signal, timeout }` of a call. Throws `EINVAL`, or the reason of a signal that is aborted already. */
export function checkWaitOptions(options: WaitOptions | undefined): void {
  if (options === undefined) return
  if (!isObject(options)) {
    throw new SpError('EINVAL', { message: 'call options are an object' })
  }
  const { timeout = 0, signal }: { timeout?: unknown; signal?: unknown } = options
  check('timeout', duration, timeout)
  if (signal === undefined) return
  if (!(signal instanceof AbortSignal)) throw new SpError('EINVAL', { message: 'signal is not an AbortSignal' })
  signal.throwIfAborted()
}

export function timedOut(what: string, timeout: number): SpError {
  return new SpError('ETIMEDOUT', { message: `${what} did not finish within ${timeout} ms` })
}

/** Resolves with what `begin` calls back with, after `ms` with what `late` returns. */
export function within<T>(ms: number, begin: (done: (value: T) => void) => void, late?: () => T): Promise<T> {
  return new Promise((resolve) => {
    const timer = startTimer(() => resolve(late?.() as T), ms)
    begin((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}

const longestTimer = 2 ** 31 - 1

export type Timer = ReturnType<typeof setTimeout> | undefined

/** A timer for `clearTimeout` that does not fire early for delays beyond what the platform counts; none for Infinity. */
export function startTimer(task: () => void, delay: number): Timer {
  if (delay === Infinity) return undefined
  if (delay <= longestTimer) return setTimeout(task, delay)
  // An interval keeps its handle from round to round.
  let rounds = Math.ceil(delay / longestTimer)
  const handle = setInterval(() => {
    if (--rounds > 0) return
    clearInterval(handle)
    task()
  }, delay / rounds)
  return handle
}
