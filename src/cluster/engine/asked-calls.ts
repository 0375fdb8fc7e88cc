/** The calls that one member was asked and has not answered, by number, and how it answers. */
import { follow } from '../mean.ts'
import { Slots } from './slots.ts'
import { type Asking, windowOfCalls } from './target.ts'

/** The time of one in so many answers is taken. */
const timedAnswers = 8

export class AskedCalls {
  readonly #slots: Slots<Asking> = new Slots()
  sent = 0
  answered = 0
  /** Of the last answers, ms. */
  meanTime: number | null = null
  /** There was no room for one call more, and is. */
  readonly #freed: () => void

  constructor(freed: () => void) {
    this.#freed = freed
  }

  get size(): number {
    return this.#slots.size
  }

  /** No further number can be given. */
  get full(): boolean {
    return this.#slots.full
  }

  /** Returns its number. Only while it is not full. */
  add(asking: Asking): number {
    this.sent++
    return this.#slots.add(asking)
  }

  /** It is over. Returns who waits for it, if anybody does. */
  take(number: number): Asking | undefined {
    const asking = this.#slots.take(number)
    if (asking !== undefined && this.#slots.size === windowOfCalls - 1) this.#freed()
    return asking
  }

  /** It took from `began`. Of one in so many answers: looking at the clock costs as well. */
  took(began: number): void {
    if (this.answered % timedAnswers !== 1 || !Number.isFinite(began)) return
    this.meanTime = follow(this.meanTime, performance.now() - began)
  }

  /** The member gives no sign of life. */
  all(): readonly Asking[] {
    return this.#slots.all()
  }

  /** The member is gone. Returns who waited. */
  drain(): readonly Asking[] {
    return this.#slots.drain()
  }
}
