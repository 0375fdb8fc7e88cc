/** The iterator behind `socket.batches()`: all that is there, in one step of the loop. */
import { platform } from './platform.ts'
import type { Open, Receiver } from './protocol.ts'
import { check, range } from './rules.ts'

export interface BatchOptions {
  /** Most messages in one batch, 1 to Infinity. Default 1024. */
  max?: number | undefined
}

const maxRule = range(1)

export class BatchIterator<T> implements AsyncIterableIterator<T[]> {
  /** Waits for the first message of each batch. */
  readonly #messages: AsyncIterableIterator<T>
  readonly #receiver: Receiver
  readonly #open: Open<T>
  readonly #max: number
  /** What `tryRecv` threw when a batch had begun; told after it. */
  #failure: unknown

  /** Throws `EINVAL` for a wrong `max`. */
  constructor(
    messages: AsyncIterableIterator<T>,
    receiver: Receiver,
    open: Open<T>,
    { max = 1024 }: BatchOptions = {}
  ) {
    this.#messages = messages
    this.#receiver = receiver
    this.#open = open
    this.#max = check('option max', maxRule, max)
  }

  async next(): Promise<IteratorResult<T[]>> {
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      throw failure
    }
    const first = await this.#messages.next()
    return first.done === true ? first : { done: false, value: this.#fill([first.value]) }
  }

  async return(): Promise<IteratorResult<T[]>> {
    await this.#messages.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #fill(batch: T[]): T[] {
    try {
      while (batch.length < this.#max) {
        const message = this.#receiver.tryRecv(this.#open)
        if (message === undefined) break
        batch.push(message)
      }
    } catch (error) {
      this.#failure = error
    }
    return batch
  }
}

/** Sends of a batch after which everything else has its turn. */
const run = 1024

/** Calls `send` for each of `count` messages in order; awaits those that cannot be taken at once. */
export async function sendAll(count: number, send: (index: number) => Promise<void> | undefined): Promise<void> {
  for (let index = 0; index < count; index++) {
    const waiting = send(index)
    if (waiting !== undefined) await waiting
    if ((index + 1) % run === 0) await new Promise<void>((resolve) => platform.turn(resolve))
  }
}
