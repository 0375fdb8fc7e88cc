/** Who listens to which inproc name, and who waits for a name to be bound. */
import type { ListenRequest } from '../../core/transport.ts'

export const bound: Map<string, ListenRequest> = new Map()

/** Dialers that wait, by name; each is told once when the name is bound. */
export const waiting: Map<string, Set<() => void>> = new Map()

export function announce(name: string): void {
  const callbacks = waiting.get(name)
  waiting.delete(name)
  for (const callback of callbacks ?? []) callback()
}
