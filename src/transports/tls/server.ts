/** The listening side of TLS handshakes; for `tls+tcp://` and `wss://`. */
import type { Socket } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { TlsSettings } from '../../core/platform.ts'
import { Refusal } from '../../core/transport.ts'
import { explain } from './explain.ts'
import { contextOf, oldestVersion } from './settings.ts'

/** Client certificates are verified in `unauthorized`, which can say why one was refused. */
export function serverOptions(settings: TlsSettings): TlsOptions {
  contextOf(settings)
  return { minVersion: oldestVersion, ...settings, rejectUnauthorized: false }
}

/** Why a client that finished its handshake may not come in: its certificate is missing or not trusted. */
export function unauthorized(stream: TLSSocket, settings: TlsSettings): string | undefined {
  if (settings.requestCert !== true || settings.rejectUnauthorized === false || stream.authorized) return undefined
  const why = String(stream.authorizationError ?? 'there is none')
  return `the TLS handshake failed: the client's certificate is not acceptable: ${why}`
}

/** The refusal for a handshake that failed. */
export function tlsRefusal(error: Error, address: string): Refusal {
  return new Refusal('tls', explain(error), address, error)
}

/** Names one live connection, encrypted or not. */
export function connectionKey(stream: Socket): string {
  return `${stream.remoteAddress}|${stream.remotePort}`
}
