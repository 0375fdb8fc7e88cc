/** What calls and tunnels share about waiting: how long, what may end it before, and with which error. */
import { SpError, type WaitOptions } from 'hubless'
import { abortSignal, check, checkNames, duration } from '../rules.ts'

/** Throws `EINVAL`, and the reason of a signal that is aborted already. */
export function checkWait(options: WaitOptions): void {
  checkNames('a call', ['timeout', 'signal'], options)
  if (options.timeout !== undefined) check('option timeout', duration, options.timeout)
  checkSignal(options.signal)
}

/** Throws the reason of a signal that is aborted already. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined
  const checked = check('signal', abortSignal, signal) as AbortSignal
  checked.throwIfAborted()
  return checked
}

export function late(what: string, timeout: number): SpError {
  return new SpError('ETIMEDOUT', { message: `${what} did not finish within ${timeout} ms` })
}

/** Resolves with the error of a wait that is over. */
export function elapsed(
  what: string,
  timeout: number,
  signal: AbortSignal | undefined
): Promise<{ readonly error: unknown }> {
  return new Promise((resolve) => {
    if (timeout < 2 ** 31) setTimeout(() => resolve({ error: late(what, timeout) }), timeout).unref()
    signal?.addEventListener('abort', () => resolve({ error: signal.reason }), { once: true })
  })
}
