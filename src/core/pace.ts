/**
 * Keeps loops of `await` fair. An operation that can finish at once returns a settled promise, and a loop over those
 * runs in microtasks only: it would keep timers and I/O waiting for ever. Every 1024th such operation therefore settles
 * after a turn of the event loop.
 */
import { platform } from './platform.ts'

const interval = 1024
const settled: Promise<void> = Promise.resolve()
let operations = 0

/** A promise for an operation that is done. */
export function done(): Promise<void> {
  if ((++operations & (interval - 1)) !== 0) return settled
  return new Promise((resolve) => platform.turn(resolve))
}

/** A promise for a value that is there. */
export function ready<T>(value: T): Promise<T> {
  if ((++operations & (interval - 1)) !== 0) return Promise.resolve(value)
  return new Promise((resolve) => platform.turn(() => resolve(value)))
}
