/** The client side of a TLS handshake over a connected stream; for `tls+tcp://` and `wss://`. */
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type DialRequest, Refusal } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { contextOf, currentSettings } from './settings.ts'

/**
 * Verifies the peer's certificate against `host`, which is also the server name asked for, unless the settings say
 * otherwise. Rejects with a `Refusal`; `timeout` is what is left of the handshake.
 */
export function secure(stream: Socket, host: string, request: DialRequest, timeout: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const settings = currentSettings(request.options.tls)
    const secured = connect({
      host,
      servername: isIP(host) === 0 ? host : '',
      ...settings,
      secureContext: contextOf(settings),
      socket: stream
    })
    const leave = (): void => {
      clearTimeout(timer)
      request.signal.removeEventListener('abort', onAbort)
      secured.off('error', onError).off('close', onClose)
    }
    const fail = (error: unknown): void => {
      leave()
      secured.on('error', () => {})
      secured.destroy()
      stream.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(request.signal.reason)
    const onError = (error: Error): void => fail(new Refusal('tls', explain(error), request.url, error))
    const onClose = (): void =>
      fail(new Refusal('tls', 'the peer closed the connection during the TLS handshake', request.url))
    const onTimeout = (): void => {
      const message = `no TLS handshake within ${request.options.handshakeTimeout} ms`
      fail(new Refusal('handshake-timeout', message, request.url))
    }
    const timer = Number.isFinite(timeout) ? startTimer(onTimeout, Math.max(0, timeout)) : undefined
    request.signal.addEventListener('abort', onAbort, { once: true })
    secured.on('error', onError).on('close', onClose)
    secured.once('secureConnect', () => {
      leave()
      resolve(secured)
    })
  })
}

/** What went wrong, and for the usual mistakes what to do. */
export function explain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  // OpenSSL's own message is a line of its source code.
  const said = `the TLS handshake failed: ${(error as { reason?: string }).reason ?? error.message}`
  return code in advice ? `${said}; ${advice[code]}` : said
}

const untrusted = 'give the authority that signed it as tls: { ca }'
const noTls = 'the peer does not speak TLS here'
const advice: Record<string, string> = {
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect by a name in the certificate or give tls: { servername }',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls
}
