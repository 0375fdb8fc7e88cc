/**
 * The `tls` option: options of `node:tls`, or a function that returns them. They are checked when an endpoint is made,
 * and asked for again at every connection: a function that returns another object replaces the certificates of what
 * comes from then on, without touching the connections that exist.
 */
import { createSecureContext, type SecureContext, type Server } from 'node:tls'
import { SpError } from '../../core/errors.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { TlsSettings } from '../../core/platform.ts'

export const oldestVersion = 'TLSv1.2'

/** Throws `EINVAL` for settings that cannot work: garbled keys, TLS below 1.2, a listener without a certificate. */
export function checkTls({ tls }: ResolvedEndpointOptions, role: 'bind' | 'connect', url: string): void {
  const fail = (message: string, cause?: unknown): never => {
    throw new SpError('EINVAL', { message: `${url}: ${message}`, endpoint: url, cause })
  }
  const attempt = <T>(task: () => T): T => {
    try {
      return task()
    } catch (error) {
      return fail(`the tls option does not work: ${error instanceof Error ? error.message : String(error)}`, error)
    }
  }
  const settings = attempt(() => currentSettings(tls))
  if (typeof settings !== 'object' || settings === null) fail('the tls option returned no object')
  const { cert, key, pfx, pskCallback, minVersion, maxVersion, secureProtocol } = settings
  const certified = pfx !== undefined || (cert !== undefined && key !== undefined)
  if (role === 'bind' && !certified && pskCallback === undefined) {
    fail('a listener needs a certificate; give tls: { cert, key }, tls: { pfx } or tls: { pskCallback }')
  }
  if (isOld(minVersion) || isOld(maxVersion) || secureProtocol !== undefined) {
    fail('TLS below 1.2 is not supported; leave out minVersion, maxVersion and secureProtocol')
  }
  attempt(() => contextOf(settings))
}

/** What holds for the next connection. */
export function currentSettings(option: ResolvedEndpointOptions['tls']): TlsSettings {
  return typeof option === 'function' ? option() : (option ?? {})
}

const contexts = new WeakMap<TlsSettings, SecureContext>()

/** Keys are parsed once for each object of settings. */
export function contextOf(settings: TlsSettings): SecureContext {
  let context = contexts.get(settings)
  if (context === undefined) {
    context = createSecureContext({ minVersion: oldestVersion, ...settings })
    contexts.set(settings, context)
  }
  return context
}

/** Lets a server follow its option. `failed` is told when the option throws; the last good certificate stays. */
export function followSettings(
  server: Server,
  option: ResolvedEndpointOptions['tls'],
  failed: (error: unknown) => void
): void {
  if (typeof option !== 'function') return
  let known = currentSettings(option)
  // Before the server's own listener, which takes the certificate for this connection.
  server.prependListener('connection', () => {
    try {
      const settings = currentSettings(option)
      if (settings === known) return
      contextOf(settings)
      server.setSecureContext({ minVersion: oldestVersion, ...settings })
      known = settings
    } catch (error) {
      failed(error)
    }
  })
}

function isOld(version: string | undefined): boolean {
  return version === 'TLSv1' || version === 'TLSv1.1'
}
