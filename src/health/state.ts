/** The life of a process, as whoever routes work to it sees it. */
export type HealthState = 'starting' | 'serving' | 'draining' | 'down'

/**
 * Where each state may lead.
 *
 *   starting   getting ready: started and ready are false
 *   serving    at work
 *   draining   finishing what it has and taking nothing new: ready is false, live is true. It is not taken back:
 *              whoever routes work may have acted on it
 *   down       done: nothing is true any more
 */
export const nextStates: Readonly<Record<HealthState, readonly HealthState[]>> = {
  starting: ['serving', 'draining', 'down'],
  serving: ['draining', 'down'],
  draining: ['down'],
  down: []
}
