/**
 * Delays between attempts to connect: the interval, doubling up to a maximum, each varied by 25 % so that many peers of
 * a restarted process do not come back at once. Reset by a connection that was of use; that one was accepted is not enough.
 */

export class Backoff {
  /** Attempts that failed since the last reset. */
  failures = 0
  readonly #interval: number
  readonly #max: number

  /** A `max` of 0 means that delays do not grow, as in nanomsg. */
  constructor(interval: number, max: number) {
    this.#interval = interval
    this.#max = max === 0 ? interval : max
  }

  /** The delay before the next attempt, ms. */
  next(): number {
    const delay = Math.min(this.#interval * 2 ** Math.min(this.failures++, 30), this.#max)
    return delay * (0.75 + Math.random() * 0.5)
  }

  reset(): void {
    this.failures = 0
  }
}
