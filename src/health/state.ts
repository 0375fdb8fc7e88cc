/** The life of a process, as whoever routes work to it sees it. */
export const states = {
  starting: 'It is getting ready; started and ready are false.',
  serving: 'It works.',
  draining: 'It finishes what it has and takes nothing new: ready is false, live is true.',
  down: 'It is done: nothing is true any more.'
} as const
export type HealthState = keyof typeof states

/** Where each state may lead. Draining is not taken back: whoever routes work may have acted on it. */
export const nextStates: Readonly<Record<HealthState, readonly HealthState[]>> = {
  starting: ['serving', 'draining', 'down'],
  serving: ['draining', 'down'],
  draining: ['down'],
  down: []
}
