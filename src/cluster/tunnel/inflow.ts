/**
 * The receiving half of a tunnel: chunks become messages, and what is consumed gives credit back. At most the window
 * waits here; only the message that somebody waits for may be larger.
 */
import { type Body, SpError } from 'hubless'
import { Fifo } from '../fifo.ts'
import { chunkCost, chunkFlag } from './frames.ts'

export class Inflow {
  readonly #window: number
  readonly #maxSize: number
  readonly #credit: (bytes: number) => void
  readonly #whole: Fifo<{ readonly body: Body; readonly cost: number }> = new Fifo()
  /** The message that is being put together. */
  #parts: Body[] = []
  #size = 0
  #expected = -1
  #cost = 0
  /** Bytes here that were not given back as credit. */
  #held = 0
  /** Consumed and not yet given back: credit goes in large pieces. */
  #due = 0
  /** Somebody waits and nothing whole is there: what comes is for them. */
  hungry = false
  /** Messages taken by the application. */
  consumed = 0

  constructor(window: number, maxSize: number, credit: (bytes: number) => void) {
    this.#window = window
    this.#maxSize = maxSize
    this.#credit = credit
  }

  get waiting(): number {
    return this.#whole.length
  }

  /** Bytes that wait here, parts included. */
  get held(): number {
    return this.#held
  }

  /** Returns what is wrong with the chunk, if anything. */
  chunk(flags: number, total: number, chunk: Body): SpError | undefined {
    if ((flags & chunkFlag.WITHDRAWN) !== 0) {
      this.#release(this.#cost)
      this.#forget()
      return undefined
    }
    const first = (flags & chunkFlag.FIRST) !== 0
    if (first !== this.#expected < 0) return malformed('a chunk is out of order')
    if (first) {
      if (total > this.#maxSize)
        return malformed(`a message of ${total} bytes, ${this.#maxSize} are allowed`, 'EMSGSIZE')
      this.#expected = total
    }
    const cost = chunk.length + chunkCost
    this.#held += cost
    this.#cost += cost
    if (this.#held > this.#window) return malformed('more than the credit arrived')
    this.#size += chunk.length
    const last = (flags & chunkFlag.LAST) !== 0
    if (this.#size > this.#expected || last !== (this.#size === this.#expected))
      return malformed('a message has another size than it said')
    this.#parts.push(chunk)
    if (last) {
      const body = this.#parts.length === 1 ? chunk : (Buffer.concat(this.#parts, this.#size) as Body)
      this.#whole.push({ body, cost: this.#cost })
      this.#forget()
    } else if (this.hungry) this.feed()
    return undefined
  }

  /** The message under way is waited for: its parts count as consumed, so that one larger than the window gets through. */
  feed(): void {
    if (this.#whole.length > 0) return
    this.#release(this.#cost)
    this.#cost = 0
  }

  take(): Body | undefined {
    const message = this.#whole.shift()
    if (message === undefined) return undefined
    this.consumed++
    this.#release(message.cost)
    return message.body
  }

  /** Nobody will receive any more: everything that is here or comes is consumed. */
  discard(): void {
    while (this.take() !== undefined);
    this.feed()
  }

  #release(cost: number): void {
    this.#held -= cost
    this.#due += cost
    if (this.#due < this.#window / 4) return
    this.#credit(this.#due)
    this.#due = 0
  }

  #forget(): void {
    this.#parts = []
    this.#size = 0
    this.#expected = -1
    this.#cost = 0
  }
}

function malformed(what: string, code: 'EPROTO' | 'EMSGSIZE' = 'EPROTO'): SpError {
  return new SpError(code, { message: `the other end of the tunnel sent what it must not: ${what}` })
}
