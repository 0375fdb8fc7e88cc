/** One survey: who was asked, its deadline, and the answers that came before it and were not received yet. */
import { SpError } from '../../core/errors.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Inbox } from '../../core/routing/inbox.ts'
import { Machine, type StateTable } from '../../core/state-machine.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'

export const surveyStates: StateTable<'running' | 'expired' | 'over', 'deadline' | 'told' | 'end'> = {
  name: 'survey',
  initial: 'running',
  transitions: {
    running: { deadline: 'expired', end: 'over' },
    expired: { told: 'over', end: 'over' },
    over: {}
  }
}

export class Survey {
  readonly id: number
  readonly inbox: Inbox
  /** Ids of the pipes that it was sent to; nobody else may answer. */
  readonly asked: Set<number> = new Set()
  readonly #machine = new Machine(surveyStates)
  readonly #onEnd: () => void
  readonly #deadline: number
  readonly #timer: Timer
  /** Told of every answer, and once when no further answer counts. */
  watcher: { answered(): void; over(): void } | undefined

  /** `onEnd` is called once, when no further answer counts. */
  constructor(id: number, inbox: Inbox, deadline: number, onEnd: () => void) {
    this.id = id
    this.inbox = inbox
    this.#onEnd = onEnd
    this.#deadline = deadline
    this.#timer = startTimer(() => this.expire(), deadline)
  }

  get state(): 'running' | 'expired' | 'over' {
    return this.#machine.state
  }

  answered(pipe: Pipe, body: Body): void {
    this.watcher?.answered()
    this.inbox.push(pipe, body)
  }

  /** Says that the deadline has passed; the one who is told is the last to hear of the survey. */
  tellExpired(): SpError {
    this.#machine.fire('told')
    return this.#expired()
  }

  /** Ends it now: answers that wait are discarded. Calls that wait reject, or go on where there is no error for them. */
  end(makeError?: () => unknown): void {
    if (this.#machine.state === 'over') return
    const running = this.#machine.state === 'running'
    this.#machine.fire('end')
    if (running) this.#over()
    this.inbox.clear()
    if (makeError !== undefined) this.inbox.rejectAll(makeError)
  }

  /** No further answer counts; those that wait can still be received. At the deadline, or after silence. */
  expire(): void {
    if (this.#machine.state !== 'running') return
    this.#machine.fire('deadline')
    this.#over()
    if (!this.inbox.awaited) return
    this.#machine.fire('told')
    this.inbox.rejectAll(() => this.#expired())
  }

  #over(): void {
    clearTimeout(this.#timer)
    this.#onEnd()
    this.watcher?.over()
  }

  #expired(): SpError {
    return new SpError('ETIMEDOUT', { message: `the survey is over: its deadline of ${this.#deadline} ms has passed` })
  }
}
