/** Connecting with TLS; for `tls+tcp://` and `wss://`. */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type DialRequest, Refusal } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { connected } from '../stream/endpoints.ts'
import type { TcpAddress } from '../tcp/address.ts'
import { tcpOptions } from '../tcp/dialer.ts'
import { applyTcpOptions } from '../tcp/stream.ts'
import { explain } from './explain.ts'
import { contextOf, currentSettings } from './settings.ts'

export interface SecureStream {
  readonly stream: TLSSocket
  /** When the TCP connection stood, on the clock of `performance.now()`: the handshake began. */
  readonly began: number
}

/**
 * Verifies the peer's certificate against the host, which is also the server name asked for, unless the settings say
 * otherwise. Rejects with the error of TCP, or with a `Refusal` from the moment that stands.
 */
export async function connectTls(address: TcpAddress, request: DialRequest): Promise<SecureStream> {
  const { host } = address
  const settings = currentSettings(request.options.tls)
  const stream = connect({
    servername: isIP(host) === 0 ? host : '',
    ...settings,
    ...tcpOptions(address),
    secureContext: contextOf(settings)
  })
  await connected(stream, request.signal)
  applyTcpOptions(stream, request.options)
  const began = performance.now()
  await secured(stream, request)
  return { stream, began }
}

function secured(stream: TLSSocket, { url, signal, options }: DialRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      stream.off('error', onError).off('close', onClose)
    }
    const fail = (error: unknown): void => {
      leave()
      stream.on('error', () => {})
      stream.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    const onError = (error: Error): void => fail(new Refusal('tls', explain(error), url, error))
    const onClose = (): void => fail(new Refusal('tls', 'the peer closed the connection during the TLS handshake', url))
    const onTimeout = (): void =>
      fail(new Refusal('handshake-timeout', `no TLS handshake within ${options.handshakeTimeout} ms`, url))
    const timer = startTimer(onTimeout, options.handshakeTimeout)
    signal.addEventListener('abort', onAbort, { once: true })
    stream.on('error', onError).on('close', onClose)
    stream.once('secureConnect', () => {
      leave()
      resolve()
    })
  })
}
