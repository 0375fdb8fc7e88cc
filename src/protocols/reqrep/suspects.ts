/**
 * Requests that have lost their pipe more than once: too big for the peer, deadly to it, slower than a proxy allows, or
 * innocent beside one that is. Each waits longer from loss to loss, and then in a line behind all others. From that line few
 * are on trial at a time, so that a loss tells who it was: one at first, one more for each that is answered, one again
 * after a loss. A trial that takes long is over, so that a slow answer holds up nobody.
 *
 *   lost again ──► delayed ──► line ──► on trial ──► answered, or lost again
 */
import { delayAfter } from '../../core/backoff.ts'
import { LinkedList } from '../../core/linked-list.ts'
import { startTimer } from '../../core/waiting.ts'
import type { Exchange } from './exchange.ts'

/** The first delay and the longest, ms. */
const shortest = 100
const longest = 5000

/** How long a request is on trial, ms. */
const trial = 1000

export class Suspects {
  readonly line = new LinkedList<Exchange>()
  readonly #onReady: () => void
  #allowed = 1
  #onTrial = 0

  /** `onReady` is called when there may be a `next`. */
  constructor(onReady: () => void) {
    this.#onReady = onReady
  }

  /** The one that may be sent now, when nobody else waits. */
  get next(): Exchange | undefined {
    return this.#onTrial < this.#allowed ? this.line.head : undefined
  }

  /** It has lost its pipe again. */
  delay(exchange: Exchange): void {
    exchange.fire('lostAgain')
    this.#allowed = 1
    exchange.timer = startTimer(
      () => {
        exchange.timer = undefined
        exchange.fire('delayOver')
        this.line.push(exchange)
        this.#onReady()
      },
      delayAfter(exchange.losses - 2, shortest, longest)
    )
  }

  /** It is on its way. */
  try(exchange: Exchange): void {
    this.#onTrial++
    exchange.timer = startTimer(() => {
      this.leave(exchange)
      this.#onReady()
    }, trial)
  }

  /** It is neither delayed nor on trial any more. */
  leave(exchange: Exchange): void {
    if (exchange.timer === undefined) return
    clearTimeout(exchange.timer)
    exchange.timer = undefined
    if (exchange.state === 'sent') this.#onTrial--
  }

  /** One of them was answered. */
  answered(): void {
    this.#allowed++
    this.#onReady()
  }
}
