/** The life of a process, as whoever routes work to it sees it. */
import { SpError } from '../errors.ts'
import type { Aspect } from './aspects.ts'

/**
 *   starting   getting ready: started and ready are false
 *   serving    at work
 *   draining   finishing what it has and taking nothing new: ready is false, live is true. It is not taken back:
 *              whoever routes work may have acted on it
 *   down       done: nothing is true any more
 */
export const states = ['starting', 'serving', 'draining', 'down'] as const
/** Where a process is between its start and its end. It goes one way. */
export type HealthState = (typeof states)[number]

interface Rules {
  /** Where it may lead. */
  readonly next: readonly HealthState[]
  /** What may be true, whatever the checks say. */
  readonly allows: readonly Aspect[]
}

const rules: Readonly<Record<HealthState, Rules>> = {
  starting: { next: ['serving', 'draining', 'down'], allows: ['live'] },
  serving: { next: ['draining', 'down'], allows: ['live', 'ready', 'started'] },
  draining: { next: ['down'], allows: ['live', 'started'] },
  down: { next: [], allows: [] }
}

export class Life {
  #state: HealthState = 'starting'

  get state(): HealthState {
    return this.#state
  }

  /** Throws `EINVAL` for a state that cannot follow; the present one may be entered again. */
  enter(state: HealthState): void {
    const { next } = rules[this.#state]
    if (state !== this.#state && !next.includes(state)) {
      const allowed = next.join(', ') || 'nothing any more'
      const message = `a process that is ${this.#state} cannot become ${state}; allowed is ${allowed}`
      throw new SpError('EINVAL', { message })
    }
    this.#state = state
  }

  allows(aspect: Aspect): boolean {
    return rules[this.#state].allows.includes(aspect)
  }
}
