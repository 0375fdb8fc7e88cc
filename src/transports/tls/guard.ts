/**
 * Functions of the application among the TLS settings. OpenSSL calls them in the middle of a handshake, where an exception
 * would end the process: what they throw, or return in place of an answer, fails that handshake and is reported.
 */
import { SpError } from '../../core/errors.ts'
import type { TlsSettings } from '../../core/platform.ts'
import { show } from '../../core/rules.ts'
import { atOnce, wordsOf } from '../../core/thrown.ts'

type Functions = Pick<TlsSettings, 'pskCallback' | 'SNICallback' | 'ALPNCallback' | 'checkServerIdentity'>
type Call = (...args: never[]) => unknown

/** The functions of `settings` that cannot throw any more; `failed` hears what they threw. */
export function guarded(settings: TlsSettings, failed: (error: unknown) => void): Functions {
  const { pskCallback, SNICallback, ALPNCallback, checkServerIdentity } = settings
  /** Runs a function; undefined after a report when it throws or its answer is none. */
  const ask = (call: Call, args: unknown[], isAnswer: (answer: unknown) => boolean): unknown => {
    try {
      const answer: unknown = atOnce(Reflect.apply(call, undefined, args))
      if (answer === undefined || answer === null || isAnswer(answer)) return answer
      throw new SpError('EINVAL', {
        message: `a function of the tls option returned ${show(answer)}, which is no answer`
      })
    } catch (error) {
      failed(error)
      return undefined
    }
  }
  const functions: Record<string, unknown> = {}
  if (pskCallback !== undefined) functions.pskCallback = (...args: unknown[]) => ask(pskCallback, args, isKey) ?? null
  if (ALPNCallback !== undefined) {
    functions.ALPNCallback = (asked: { protocols: string[] }) =>
      ask(ALPNCallback, [asked], (answer) => asked.protocols.includes(answer as string))
  }
  if (SNICallback !== undefined) {
    functions.SNICallback = (name: string, done: (error: Error | null, context?: unknown) => void) => {
      try {
        SNICallback(name, done as Parameters<typeof SNICallback>[1])
      } catch (error) {
        failed(error)
        done(asError(error))
      }
    }
  }
  if (checkServerIdentity !== undefined) {
    functions.checkServerIdentity = (...args: Parameters<typeof checkServerIdentity>) => {
      try {
        return checkServerIdentity(...args)
      } catch (error) {
        return asError(error)
      }
    }
  }
  return functions as Functions
}

/** A key, as a listener gives it, or a key with its identity, as a dialer does. */
function isKey(answer: unknown): boolean {
  const { psk = answer, identity = '' } = answer as { psk?: unknown; identity?: unknown }
  return ArrayBuffer.isView(psk) && typeof identity === 'string'
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(wordsOf(thrown))
}
