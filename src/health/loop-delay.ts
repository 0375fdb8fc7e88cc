/**
 * How late the event loop was, at worst, in the last few seconds: the one thing liveness depends on. A process whose loop
 * stands still cannot answer at all; one that is often late is better restarted.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const resolution = 20
/** Readings are of the present and the previous window, so that one probe does not hide a stall from the next. */
const windowLength = 5000

export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution })
  readonly #timer: NodeJS.Timeout
  #previous = 0

  constructor() {
    this.#histogram.enable()
    this.#timer = setInterval(() => {
      this.#previous = this.#now()
      this.#histogram.reset()
    }, windowLength)
    this.#timer.unref()
  }

  /** Longest delay in the last 5 to 10 s, ms. */
  get worst(): number {
    return Math.max(this.#previous, this.#now())
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }

  #now(): number {
    const { count, max } = this.#histogram
    return count === 0 ? 0 : Math.max(0, max / 1e6 - resolution)
  }
}
