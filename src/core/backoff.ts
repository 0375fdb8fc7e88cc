/**
 * Delays between attempts to connect: the interval, doubling up to a maximum, each varied by 25 % so that many peers of
 * a restarted process do not come back at once. Reset by a connection that was of use; that one was accepted is not enough.
 */

/** The delay after so many failures before: `shortest`, doubling up to `longest`, varied by 25 %. ms. */
export function delayAfter(failures: number, shortest: number, longest: number): number {
  return Math.min(shortest * 2 ** Math.min(failures, 30), longest) * (0.75 + Math.random() * 0.5)
}

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
    return delayAfter(this.failures++, this.#interval, this.#max)
  }

  reset(): void {
    this.failures = 0
  }
}
