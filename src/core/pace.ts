/**
 * Keeps loops of `await` fair. An operation that can finish at once returns a settled promise, and a loop over those
 * runs in microtasks only: it would keep timers and I/O waiting for ever. Every 1024th such operation therefore settles
 * after a turn of the event loop. When the first messages of a process arrive, each takes many times as long, since
 * nothing is compiled yet, so these loops begin with shorter runs.
 */
import { platform } from './platform.ts'

const settled: Promise<void> = Promise.resolve()
let sends = 0
let run = 64
let left = run

/** Resolves after a turn of the event loop. */
export function turned(): Promise<void> {
  return new Promise(platform.turn)
}

/** A promise for an operation that is done. */
export function done(): Promise<void> {
  return ++sends % 1024 === 0 ? turned() : settled
}

/** A promise for a value that is there. */
export function ready<T>(value: T): Promise<T> {
  if (--left > 0) return Promise.resolve(value)
  left = run = Math.min(run + 16, 1024)
  return turned().then(() => value)
}
