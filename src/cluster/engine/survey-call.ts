/** A survey under way: asked of every member at once, over when all have answered or nobody wants to know any more. */
import type { Body } from 'hubless'
import { failureError } from '../errors.ts'
import type { Failure, OutgoingSurvey } from './engine.ts'
import type { Asking, Target } from './target.ts'

export class SurveyCall implements Asking {
  readonly #name: string
  readonly #survey: OutgoingSurvey
  readonly #asked: Map<Target, number> = new Map()
  #over = false

  constructor(name: string, survey: OutgoingSurvey) {
    this.#name = name
    this.#survey = survey
  }

  start(targets: readonly Target[], body: Body): void {
    const { signal, deadline } = this.#survey
    const able = targets.filter((target) => target.alive && target.max >= body.length)
    this.#survey.asked(able.map((target) => target.id))
    signal.addEventListener('abort', () => this.#end(), { once: true })
    // All are asked before an answer can end it.
    for (const target of able) this.#asked.set(target, -1)
    for (const target of able) {
      const number = target.ask('survey', this.#name, body, deadline, this)
      if (this.#asked.has(target)) this.#asked.set(target, number)
    }
    if (this.#asked.size === 0) this.#end()
  }

  answer(from: Target, body: Body): void {
    if (this.#over || !this.#asked.delete(from)) return
    this.#survey.answer(from.id, body)
    if (this.#asked.size === 0) this.#end()
  }

  fail(from: Target, failure: Failure): void {
    this.#without(from, failureError(this.#name, failure))
  }

  lost(from: Target): void {
    this.#without(from, undefined)
  }

  silent(): void {}

  #without(from: Target, error: unknown): void {
    if (this.#over || !this.#asked.delete(from)) return
    this.#survey.failed(from.id, error)
    if (this.#asked.size === 0) this.#end()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    for (const [target, number] of this.#asked) target.cancel(number)
    this.#asked.clear()
    this.#survey.end()
  }
}
