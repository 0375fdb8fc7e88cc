/**
 * Delays between attempts: the shortest, doubling up to the longest, each varied by 25 % so that many peers of a restarted
 * process do not come back at once.
 */

/** The delay after so many failures before, ms. A `longest` of 0 means that delays do not grow, as in nanomsg. */
export function delayAfter(failures: number, shortest: number, longest: number): number {
  return Math.min(shortest * 2 ** Math.min(failures, 30), longest || shortest) * (0.75 + Math.random() * 0.5)
}
