/**
 * The iterator behind `for await`, one message or one batch in each step. Hand-written: an async generator costs two to three times as much per message, and
 * cannot take a pending call back when the loop is left.
 */
import { Cancellation } from './cancellation.ts'
import type { SocketContext } from './context.ts'
import { ready } from './pace.ts'
import type { Open, Receiver } from './protocol.ts'
import type { RecvOptions } from './waiting.ts'

/** Also the error of calls that are taken back because the loop was left. */
const finished = { done: true, value: undefined } as const

interface IterationOptions {
  /** Its abort makes the next step throw its reason, also while messages wait. */
  readonly signal?: AbortSignal | undefined
  /** Yields arrays of what is there, with so many messages at most. */
  readonly max?: number | undefined
}

export class ReceivingIterator<T, Yield = T> implements AsyncIterableIterator<Yield> {
  readonly #context: SocketContext
  readonly #receiver: Receiver
  readonly #open: Open<T>
  /** Of the calls that wait. */
  readonly #cancellation = new Cancellation()
  readonly #options: RecvOptions
  readonly #max: number | undefined
  /** What `tryRecv` threw when a batch had begun; told after it. */
  #failure: unknown
  #done = false

  constructor(context: SocketContext, receiver: Receiver, open: Open<T>, { signal, max }: IterationOptions = {}) {
    this.#context = context
    this.#receiver = receiver
    this.#open = open
    this.#max = max
    this.#options = { signal, timeout: Infinity, cancellation: this.#cancellation }
  }

  next(): Promise<IteratorResult<Yield>> {
    if (this.#done || this.#context.closed) return Promise.resolve(finished)
    try {
      this.#options.signal?.throwIfAborted()
      this.#context.assertUsable()
      const value = this.#receive()
      if (value !== undefined) return ready({ done: false, value: this.#yield(value) })
    } catch (error) {
      return this.#failed(error)
    }
    return this.#wait()
  }

  return(): Promise<IteratorResult<Yield>> {
    this.#done = true
    this.#cancellation.cancel(finished)
    return Promise.resolve(finished)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<IteratorResult<Yield>> {
    try {
      return { done: false, value: this.#yield(await this.#receiver.recv(this.#open, this.#options)) }
    } catch (error) {
      if (error === finished || this.#context.closed) {
        this.#done = true
        return finished
      }
      return this.#failed(error)
    }
  }

  #receive(): T | undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    return this.#receiver.tryRecv(this.#open)
  }

  /** What a step yields that begins with this message. */
  #yield(first: T): Yield {
    if (this.#max === undefined) return first as unknown as Yield
    const batch = [first]
    try {
      while (batch.length < this.#max) {
        const message = this.#receiver.tryRecv(this.#open)
        if (message === undefined) break
        batch.push(message)
      }
    } catch (error) {
      this.#failure = error
    }
    return batch as Yield
  }

  /** An abort ends it, another error may be followed by messages. */
  async #failed(error: unknown): Promise<never> {
    if (this.#options.signal?.aborted) this.#done = true
    throw error
  }
}
