/** What an application subscribed to: publications in order of arrival, a bounded number of them, newest dropped first. */
import type { Body } from 'hubless'
import type { Bytes } from './bytes.ts'
import type { EngineHost } from './engine/engine.ts'
import { Fifo } from './fifo.ts'
import type { Publication } from './types.ts'

const finished = { done: true, value: undefined } as const

interface Waiting<In> {
  readonly resolve: (result: IteratorResult<Publication<In>>) => void
}

/** Publications as an async iterable, until it is closed. */
export class Subscription<In = Body> implements AsyncIterableIterator<Publication<In>> {
  /** Topics that begin with it. */
  readonly prefix: string
  readonly #limits: { readonly queue: number; readonly queueBytes: number }
  readonly #bytes: Bytes<never, In>
  readonly #host: EngineHost
  readonly #leave: (subscription: Subscription<In>) => Promise<void>
  readonly #queue: Fifo<{ readonly topic: string; readonly body: Body; readonly from: string }> = new Fifo()
  #queued = 0
  readonly #waiting: Fifo<Waiting<In>> = new Fifo()
  #closing: Promise<void> | undefined
  /** Publications dropped because they were not received in time. */
  dropped = 0

  /** For the cluster. */
  constructor(
    prefix: string,
    limits: { readonly queue: number; readonly queueBytes: number },
    bytes: Bytes<never, In>,
    host: EngineHost,
    leave: (subscription: Subscription<In>) => Promise<void>
  ) {
    this.prefix = prefix
    this.#limits = limits
    this.#bytes = bytes
    this.#host = host
    this.#leave = leave
  }

  /** Publications that wait to be received. */
  get waiting(): number {
    return this.#queue.length
  }

  /** For the cluster: a publication arrived. */
  push(topic: string, body: Body, from: string): void {
    if (this.#closing !== undefined) return
    if (this.#waiting.length > 0) {
      const value = this.#open(topic, body, from)
      if (value !== undefined) this.#waiting.shift()?.resolve({ done: false, value })
      return
    }
    if (this.#queue.length >= this.#limits.queue || this.#queued + body.length > this.#limits.queueBytes) {
      this.dropped++
      this.#host.dropped('slow-subscriber', { from, size: body.length })
      return
    }
    this.#queue.push({ topic, body, from })
    this.#queued += body.length
  }

  /** The next publication; done once the subscription is closed. */
  next(): Promise<IteratorResult<Publication<In>>> {
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.#queued -= entry.body.length
      const value = this.#open(entry.topic, entry.body, entry.from)
      if (value !== undefined) return Promise.resolve({ done: false, value })
    }
    if (this.#closing !== undefined) return Promise.resolve(finished)
    return new Promise((resolve) => this.#waiting.push({ resolve }))
  }

  /** Leaving the loop closes the subscription. */
  async return(): Promise<IteratorResult<Publication<In>>> {
    await this.close()
    return finished
  }

  /** Itself: there is one iteration. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** Unsubscribes; what waits is discarded. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#queue.drain()
    this.#queued = 0
    for (const { resolve } of this.#waiting.drain()) resolve(finished)
    await this.#leave(this)
  }

  #open(topic: string, body: Body, from: string): Publication<In> | undefined {
    try {
      return { topic, body: this.#bytes.decode(body), from }
    } catch (cause) {
      this.#host.dropped('codec', { from, size: body.length, cause })
      return undefined
    }
  }
}
