/**
 * The iterator behind `for await`. Hand-written: an async generator costs two to three times as much per message, and
 * cannot take a pending call back when the loop is left.
 */
import { Cancellation } from './cancellation.ts'
import type { SocketContext } from './context.ts'
import { ready } from './pace.ts'
import type { Open, Receiver } from './protocol.ts'
import type { RecvOptions } from './waiting.ts'

/** Also the error of calls that are taken back because the loop was left. */
const finished = { done: true, value: undefined } as const

export class ReceivingIterator<T> implements AsyncIterableIterator<T> {
  readonly #context: SocketContext
  readonly #receiver: Receiver
  readonly #open: Open<T>
  readonly #signal: AbortSignal | undefined
  /** Of the calls that wait. */
  readonly #cancellation = new Cancellation()
  readonly #options: RecvOptions
  #done = false

  /** An abort of `signal` makes the next step throw its reason, also while messages wait. */
  constructor(context: SocketContext, receiver: Receiver, open: Open<T>, signal?: AbortSignal) {
    this.#context = context
    this.#receiver = receiver
    this.#open = open
    this.#signal = signal
    this.#options = { signal, timeout: Infinity, cancellation: this.#cancellation }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#done || this.#context.closed) return Promise.resolve(finished)
    try {
      if (this.#signal?.aborted) return this.#aborted(this.#signal)
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
    this.#cancellation.cancel(finished)
    return Promise.resolve(finished)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<IteratorResult<T>> {
    try {
      return { done: false, value: await this.#receiver.recv(this.#open, this.#options) }
    } catch (error) {
      if (error === finished || this.#context.closed) {
        this.#done = true
        return finished
      }
      if (this.#signal?.aborted) this.#done = true
      throw error
    }
  }

  #aborted({ reason }: AbortSignal): Promise<never> {
    this.#done = true
    return Promise.reject(reason)
  }
}
