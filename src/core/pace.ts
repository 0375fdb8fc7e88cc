/**
 * Keeps loops of `await` fair. An operation that can finish at once returns a settled promise, and a loop over those
 * runs in microtasks only: it would keep timers and I/O waiting for ever. Every 1024th such operation therefore settles
 * after a turn of the event loop; the first ones of a process, which take many times as long before they are compiled,
 * in shorter runs.
 */
import { platform } from './platform.ts'

const settled: Promise<void> = Promise.resolve()
let run = 64
let left = run

/** Whether this operation is the one that takes a turn. */
function due(): boolean {
  if (--left > 0) return false
  left = run = Math.min(run + 16, 1024)
  return true
}

/** A promise for an operation that is done. */
export function done(): Promise<void> {
  return due() ? new Promise(platform.turn) : settled
}

/** A promise for a value that is there. */
export function ready<T>(value: T): Promise<T> {
  return due() ? new Promise<void>(platform.turn).then(() => value) : Promise.resolve(value)
}
