/**
 * Operations that wait: a first-in first-out queue of promises, each with an optional timeout and AbortSignal. Settling
 * one removes its timer and its place on the signal, so nothing is left behind on one that many calls share.
 */
import { type Cancelable, type Cancellation, cancelWith, type Registration } from './cancellation.ts'
import { SpError } from './errors.ts'
import { type Linked, LinkedList } from './linked-list.ts'
import { abortSignal, check, duration, object } from './rules.ts'

/** How long a call may wait. */
export interface WaitOptions {
  /** Rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** Rejects with `ETIMEDOUT` after this many ms; 0 = do not wait. */
  timeout?: number | undefined
}

/** How a receiver may be waited for: as the caller says, and until a loop that is left takes the call back. */
export interface RecvOptions extends WaitOptions {
  /** @internal */
  cancellation?: Cancellation | undefined
}

/** An operation that may take too long. */
export interface Waiting {
  /** Its name, for messages. */
  readonly what: string
  /** What keeps it waiting, where that is known: the cause of a timeout. */
  readonly why?: (() => unknown) | undefined
}

/** What ends a call early. Lifted when the call is over, it leaves neither timer nor listener behind. */
export class Bounds {
  readonly #timer: Timer
  readonly #ofSignal: Registration | undefined
  readonly #ofLoop: Registration | undefined

  constructor(call: Cancelable, waiting: Waiting, timeout: number, options: RecvOptions | undefined) {
    this.#timer = startTimer(() => call.cancel(timedOut(waiting, timeout)), timeout)
    this.#ofSignal = options?.signal && cancelWith(options.signal, call)
    this.#ofLoop = options?.cancellation?.add(call)
  }

  lift(): void {
    clearTimeout(this.#timer)
    this.#ofSignal?.lift()
    this.#ofLoop?.lift()
  }
}

/** The bounds of a call; none for one that may wait for ever. */
export function bound(
  call: Cancelable,
  waiting: Waiting,
  options: RecvOptions | undefined,
  fallback: number = Infinity
): Bounds | undefined {
  const timeout = options?.timeout ?? fallback
  if (timeout === Infinity && options?.signal === undefined && options?.cancellation === undefined) return undefined
  return new Bounds(call, waiting, timeout, options)
}

/** One waiting operation. */
export class Waiter<P, R> implements Linked<Waiter<P, R>>, Cancelable {
  readonly payload: P
  previous: Waiter<P, R> | undefined
  next: Waiter<P, R> | undefined
  list: WaitQueue<P, R> | undefined
  bounds: Bounds | undefined
  #resolve!: (value: R) => void
  #reject!: (error: unknown) => void
  readonly promise: Promise<R>

  constructor(payload: P) {
    this.payload = payload
    this.promise = new Promise<R>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  resolve(value: R): void {
    this.leave()
    this.#resolve(value)
  }

  reject(error: unknown): void {
    this.leave()
    this.#reject(error)
  }

  cancel(error: unknown): void {
    this.reject(error)
  }

  /** Leaves its queue. From then on nobody settles it but who took it. */
  leave(): void {
    this.list?.remove(this)
  }
}

export class WaitQueue<P, R> extends LinkedList<Waiter<P, R>> implements Waiting {
  readonly what: string
  readonly why: (() => unknown) | undefined
  readonly #left: ((payload: P) => void) | undefined

  /** `left` is told of every operation that settles, however. */
  constructor(what: string, why?: () => unknown, left?: (payload: P) => void) {
    super()
    this.what = what
    this.why = why
    this.#left = left
  }

  /** Adds an operation, or rejects at once when its signal is aborted or its timeout is 0. */
  wait(payload: P, options: RecvOptions | undefined, fallback: number): Promise<R> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
    if ((options?.timeout ?? fallback) === 0) return Promise.reject(timedOut(this, 0))
    return this.add(payload, options, fallback).promise
  }

  add(payload: P, options: RecvOptions | undefined, fallback: number): Waiter<P, R> {
    const waiter = new Waiter<P, R>(payload)
    this.push(waiter)
    waiter.bounds = bound(waiter, this, options, fallback)
    return waiter
  }

  override remove(waiter: Waiter<P, R>): boolean {
    if (!super.remove(waiter)) return false
    waiter.bounds?.lift()
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
  const { timeout = 0, signal } = check('options', object, options)
  check('timeout', duration, timeout)
  if (signal !== undefined) check('signal', abortSignal, signal).throwIfAborted()
}

export function timedOut({ what, why }: Waiting, timeout: number): SpError {
  return new SpError('ETIMEDOUT', { about: `${what} within ${timeout} ms`, cause: why?.() })
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

/** Lets the process end although the timer is under way, where the platform has processes. */
export function unref(timer: Timer): void {
  ;(timer as { unref?(): void } | undefined)?.unref?.()
}
