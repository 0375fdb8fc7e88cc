/**
 * A survey under way. NATS does not say who got it: asked are those who are known to be there, and those who say that they
 * have it. It is over when all of these have answered, a moment after it was asked, or when nobody wants to know any more.
 */

import { failureError, type OutgoingSurvey } from 'hubless/cluster'
import { header, readFailure } from './answers.ts'
import type { Calls, Waiting } from './calls.ts'
import { bodyOf, isUnheard, type Msg } from './package.ts'

/** Members that nobody knew of have said by then that they are at it, ms. */
const firstAnswers = 250

const idPattern = /^[0-9a-f]{32}$/

export class NatsSurvey implements Waiting {
  readonly #calls: Calls
  readonly #name: string
  readonly #survey: OutgoingSurvey
  readonly #missing: Set<string>
  readonly #number: number
  #early: ReturnType<typeof setTimeout> | undefined
  #over = false

  constructor(calls: Calls, name: string, survey: OutgoingSurvey, known: readonly string[]) {
    this.#calls = calls
    this.#name = name
    this.#survey = survey
    this.#missing = new Set(known)
    this.#number = calls.add(this)
    calls.live.add(this)
    survey.asked(known)
    survey.signal.addEventListener('abort', this.#end, { once: true })
    this.#early = setTimeout(() => {
      this.#early = undefined
      this.#settle()
    }, firstAnswers)
  }

  /** Where the answers go. */
  get reply(): string {
    return this.#calls.subjects.reply(this.#number, this.#survey.deadline - performance.now())
  }

  message(message: Msg): void {
    if (isUnheard(message)) return void this.#end()
    // Answers say who gives them where a reply subject would stand.
    const taken = message.headers?.get(header.taken) ?? ''
    const from = taken || message.reply
    if (!idPattern.test(from)) return void this.#calls.host.dropped('malformed', { size: message.data.length })
    if (taken !== '') {
      if (!this.#missing.has(from)) this.#survey.asked([from])
      this.#missing.add(from)
      return
    }
    const failure = readFailure(message)
    this.#missing.delete(from)
    if (failure === undefined) this.#survey.answer(from, bodyOf(message))
    else this.#survey.failed(from, failureError(this.#name, failure))
    this.#settle()
  }

  ended(): void {
    this.#end()
  }

  connected(): void {}

  close(): void {
    this.#end()
  }

  #settle(): void {
    if (this.#early === undefined && this.#missing.size === 0) this.#end()
  }

  readonly #end = (): void => {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#early)
    this.#calls.delete(this.#number)
    this.#calls.live.delete(this)
    this.#survey.end()
  }
}
