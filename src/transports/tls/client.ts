/** Connecting with TLS; for `tls+tcp://` and `wss://`. */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type DialRequest, Refusal } from '../../core/transport.ts'
import { connected } from '../stream/endpoints.ts'
import type { TcpAddress } from '../tcp/address.ts'
import { socketOptions } from '../tcp/dialer.ts'
import { applyTcpOptions } from '../tcp/stream.ts'
import { explain } from './explain.ts'
import { contextOf, currentSettings } from './settings.ts'

/**
 * Connects to a numeric address. Verifies the peer's certificate against `name`, which is also the server name asked for,
 * unless the settings say otherwise. Rejects with the error of TCP, or with a `Refusal` from the moment that stands.
 */
export async function connectTls({ options, signal, url }: DialRequest, to: TcpAddress, name: string): Promise<TLSSocket> {
  const settings = currentSettings(options.tls)
  const stream = connect({
    servername: isIP(name) === 0 ? name : '',
    ...settings,
    ...socketOptions(to),
    secureContext: contextOf(settings)
  })
  await connected(stream, signal)
  applyTcpOptions(stream, options)
  try {
    await connected(stream, signal, 'secureConnect')
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    throw new Refusal('tls', explain(error), url, error)
  }
  return stream
}
