/** The responses to one `survey()` call, as an iterable with its three endings. */

import { type Cancelable, cancelWith, type Registration } from '../../core/cancellation.ts'
import type { Open } from '../../core/protocol.ts'
import { check, duration, range } from '../../core/rules.ts'
import { checkWaitOptions, startTimer, type Timer } from '../../core/waiting.ts'
import type { Survey } from './survey.ts'

const countRule = range(1)

/** When a survey is over. */
export interface SurveyOptions {
  /** How long answers count, ms. Default: the option `deadline` of the socket. */
  deadline?: number | undefined
  /** Ends after this many answers. Default: no bound. */
  count?: number | undefined
  /** Ends after this many ms without an answer, counted from the survey and from each answer. Default: never. */
  quiet?: number | undefined
  /** Ends the survey; the iteration throws `signal.reason`. */
  signal?: AbortSignal | undefined
}

const finished = { done: true, value: undefined } as const
const ended = Symbol('the survey ended')

export class SurveyResponses<T> implements AsyncIterableIterator<T>, Cancelable {
  readonly #open: Open<T>
  readonly #signal: AbortSignal | undefined
  readonly #quiet: number
  #left: number
  #survey!: Survey
  #silence: Timer
  #aborted = false
  #registration: Registration | undefined

  /** Throws `EINVAL` for wrong options, and the reason of a signal that is aborted already. */
  constructor(open: Open<T>, options: SurveyOptions) {
    const { quiet = Infinity, signal } = options
    this.#quiet = check('quiet', duration, quiet)
    this.#left = check('count', countRule, options.count ?? Infinity)
    checkWaitOptions({ signal })
    this.#signal = signal
    this.#open = open
  }

  start(survey: Survey): this {
    this.#survey = survey
    survey.watcher = { answered: () => this.#awaitSilence(), over: () => this.#over() }
    this.#registration = this.#signal && cancelWith(this.#signal, this)
    this.#awaitSilence()
    return this
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#aborted) throw this.#signal?.reason
    const { inbox } = this.#survey
    if (this.#left === 0) return this.#finish()
    if (this.#survey.state !== 'running') {
      const value = inbox.tryRecv(this.#open)
      return value === undefined ? this.#finish() : this.#take(value)
    }
    try {
      return this.#take(await inbox.recv(this.#open, { timeout: Infinity }))
    } catch {
      // The survey is over, or the socket closed.
      if (this.#aborted) throw this.#signal?.reason
      return this.#finish()
    }
  }

  async return(): Promise<IteratorResult<T>> {
    return this.#finish()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The signal aborts. */
  cancel(): void {
    this.#aborted = true
    this.#end()
  }

  #take(value: T): IteratorResult<T> {
    if (--this.#left === 0) this.#end()
    return { done: false, value }
  }

  #finish(): typeof finished {
    this.#end()
    return finished
  }

  #end(): void {
    this.#stopWatching()
    this.#survey.end(() => ended)
  }

  /** An answer came, or the survey began: silence is counted from here. */
  #awaitSilence(): void {
    if (this.#quiet === Infinity) return
    clearTimeout(this.#silence)
    this.#silence = startTimer(() => this.#survey.expire(), this.#quiet)
  }

  /** Answers that nobody reads, or late, hold up no others. */
  #over(): void {
    this.#stopWatching()
    this.#survey.inbox.discharge()
  }

  #stopWatching(): void {
    clearTimeout(this.#silence)
    this.#registration?.lift()
  }
}
