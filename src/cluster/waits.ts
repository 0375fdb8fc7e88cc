/** The options of whatever waits, checked alike in calls and in tunnels: how long, and what may end the wait before. */
import type { WaitOptions } from 'hubless'
import { check, checkKeys, durationRule, invalid } from './rules.ts'

/** Throws `EINVAL`, and the reason of a signal that is aborted already. */
export function checkWait(options: WaitOptions): void {
  checkKeys('the options of a call', ['timeout', 'signal'], options)
  if (options.timeout !== undefined) check('option timeout', durationRule, options.timeout)
  checkSignal(options.signal)
}

/** Throws the reason of a signal that is aborted already. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined
  if (!(signal instanceof AbortSignal)) throw invalid('signal is not an AbortSignal')
  signal.throwIfAborted()
  return signal
}
