/**
 * The `tls` option: options of `node:tls`, or a function that returns them. They are checked when an endpoint is made,
 * and asked for again at every connection: a function that returns another object replaces the certificates of what
 * comes from then on, without touching the connections that exist.
 */
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { SpError } from '../../core/errors.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { TlsSettings } from '../../core/platform.ts'
import { isObject, show } from '../../core/rules.ts'
import { atOnce, wordsOf } from '../../core/thrown.ts'
import type { Role } from '../../core/transport.ts'

export const oldestVersion = 'TLSv1.2'

/** Loaded when somebody uses TLS. */
const nodeTls = (): typeof import('node:tls') => process.getBuiltinModule('node:tls')

/** Throws `EINVAL` for settings that cannot work: garbled keys, TLS below 1.2, a listener without a certificate. */
export function checkTls({ tls }: ResolvedEndpointOptions, role: Role, url: string): void {
  const fail = (message: string, cause?: unknown): never => {
    throw new SpError('EINVAL', { message: `${url}: ${message}`, endpoint: url, cause })
  }
  const attempt = <T>(task: () => T): T => {
    try {
      return task()
    } catch (error) {
      const said = wordsOf(error)
      // Node shows the value that it did not like, which may be a key.
      const safe = said.replace(/\.? Received .*/s, '')
      return fail(`the tls option does not work: ${safe}`, safe === said ? error : undefined)
    }
  }
  const settings = attempt(() => currentSettings(tls))
  const { cert, key, pfx, pskCallback, minVersion, maxVersion, secureProtocol } = settings
  if (role === 'bind' && pfx === undefined && pskCallback === undefined && (cert === undefined || key === undefined)) {
    fail('a listener needs a certificate; give tls: { cert, key } or tls: { pfx }, or a pskCallback')
  }
  if (pskCallback !== undefined && typeof pskCallback !== 'function') fail('pskCallback is no function')
  if (isOld(minVersion) || isOld(maxVersion) || secureProtocol !== undefined) {
    fail('TLS below 1.2 is not supported; leave out minVersion, maxVersion and secureProtocol')
  }
  attempt(() => contextOf(settings))
}

/** What holds for the next connection. Throws what a function throws, and for what is no object. */
export function currentSettings(option: ResolvedEndpointOptions['tls']): TlsSettings {
  const settings: unknown = typeof option === 'function' ? atOnce(option()) : (option ?? {})
  if (isObject(settings) && !(settings instanceof Promise)) return settings
  throw new SpError('EINVAL', { message: `the tls option returns an object at once, not ${show(settings)}` })
}

const contexts = new WeakMap<TlsSettings, SecureContext>()

/** Keys are parsed once for each object of settings. */
export function contextOf(settings: TlsSettings): SecureContext {
  let context = contexts.get(settings)
  if (context === undefined) {
    context = nodeTls().createSecureContext({ minVersion: oldestVersion, ...(settings as SecureContextOptions) })
    contexts.set(settings, context)
  }
  return context
}

function isOld(version: string | undefined): boolean {
  return version === 'TLSv1' || version === 'TLSv1.1'
}
