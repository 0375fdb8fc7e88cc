/**
 * What functions of the application do beside returning what they should. They throw anything, also what does not become
 * a string; and where they are to answer at once they return promises, whose rejection would end the process.
 */
import { platform } from './platform.ts'

/** What was thrown, in words. */
export function wordsOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'what was thrown does not become a string'
  }
}

/** Returns what a function returned. Where that is a promise nobody waits for it, and its rejection becomes a warning. */
export function atOnce<T>(returned: T): T {
  if (returned instanceof Promise) returned.catch(platform.warn)
  return returned
}
