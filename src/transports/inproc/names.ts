/** Who listens to which inproc name, and who waits for a name to be bound. */
import type { ListenRequest } from '../../core/transport.ts'
import { WaitQueue } from '../../core/waiting.ts'

export const bound: Map<string, ListenRequest> = new Map()

/** Dialers that wait, by name. */
export const waiting: Map<string, WaitQueue<undefined, void>> = new Map()

/** Resolves when the name is bound; rejects with the reason of the signal. */
export function untilBound(name: string, signal: AbortSignal): Promise<void> {
  const left = (): void => {
    if (queue.head === undefined) waiting.delete(name)
  }
  const queue = waiting.get(name) ?? new WaitQueue('connect', undefined, left)
  waiting.set(name, queue)
  return queue.wait(undefined, { signal }, Infinity)
}

export function announce(name: string): void {
  waiting.get(name)?.resolveAll()
}
