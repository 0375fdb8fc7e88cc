/**
 * The iterator behind `for await`. Hand-written: an async generator costs two to three times as much per message, and
 * cannot take a pending call back when the loop is left.
 */
import type { SocketContext } from './context.ts'
import { ready } from './pace.ts'
import type { Open, Receiver } from './protocol.ts'
import type { Leash } from './waiting.ts'

/** Also the error of calls that are taken back because the loop was left. */
const finished = { done: true, value: undefined } as const

interface Waiting {
  reject(error: unknown): void
}

export class ReceivingIterator<T> implements AsyncIterableIterator<T> {
  readonly #context: SocketContext
  readonly #receiver: Receiver
  readonly #open: Open<T>
  /** Mostly one. Not a `Set`, which would keep them: see protocols/id-table.ts. */
  #pending: Waiting[] = []
  #last: Waiting | undefined
  readonly #options: Leash
  #done = false

  constructor(context: SocketContext, receiver: Receiver, open: Open<T>, options?: Leash) {
    this.#context = context
    this.#receiver = receiver
    this.#open = open
    this.#options = {
      ...options,
      timeout: options?.timeout ?? Infinity,
      waiting: (waiter) => {
        this.#last = waiter
        this.#pending.push(waiter)
      }
    }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#done || this.#context.closed) return Promise.resolve(finished)
    try {
      this.#context.assertUsable()
      const value = this.#receiver.tryRecv(this.#open)
      if (value !== undefined) return ready({ done: false, value })
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#wait()
  }

  return(): Promise<IteratorResult<T>> {
    this.#done = true
    for (const waiter of this.#pending) waiter.reject(finished)
    return Promise.resolve(finished)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<IteratorResult<T>> {
    this.#last = undefined
    const receiving = this.#receiver.recv(this.#open, this.#options)
    // There already: a receiver tells its waiter before it returns.
    const waiter = this.#last
    try {
      return { done: false, value: await receiving }
    } catch (error) {
      if (error !== finished && !this.#context.closed) throw error
      this.#done = true
      return finished
    } finally {
      this.#pending = this.#pending.filter((one) => one !== waiter)
    }
  }
}
