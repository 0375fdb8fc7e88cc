/** Connecting with TLS; for `tls+tcp://` and `wss://`. */
import { isIP } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { type DialRequest, Refusal } from '../../core/transport.ts'
import { connected } from '../stream/endpoints.ts'
import type { TcpAddress } from '../tcp/address.ts'
import { streamFrom } from '../tcp/agent.ts'
import { applyTcpOptions, socketOptions } from '../tcp/stream.ts'
import { explain } from './explain.ts'
import { guarded } from './guard.ts'
import { contextOf, currentSettings } from './settings.ts'

/**
 * Connects to a numeric address, or through an agent. Verifies the peer's certificate against `name`, which is also the server name asked for,
 * unless the settings say otherwise. Rejects with the error of TCP, or with a `Refusal` from the moment that stands.
 */
export async function connectTls(request: DialRequest, to: TcpAddress, name: string): Promise<TLSSocket> {
  const { options, signal, url } = request
  const socket = options.agent && (await streamFrom(options.agent, to, request))
  const settings = currentSettings(options.tls)
  let thrown: unknown
  const functions = guarded(settings, (error) => {
    thrown = error
  })
  const stream = connect({
    servername: isIP(name) === 0 ? name : '',
    ...(settings as ConnectionOptions),
    ...(functions as ConnectionOptions),
    ...(socket === undefined ? socketOptions(to) : { socket }),
    secureContext: contextOf(settings)
  })
  if (socket === undefined) await connected(stream, signal)
  applyTcpOptions(stream, options)
  try {
    await connected(stream, signal, 'secureConnect')
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    throw new Refusal('tls', explain(error), url, thrown ?? error)
  }
  return stream
}

/** In TLS 1.3 the peer judges the client's certificate after the client is done, so its verdict comes with the hello. */
export function refusedByTls(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  const { cause } = error
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (!(cause instanceof Error) || code?.startsWith('ERR_SSL') !== true) throw error
  throw new Refusal('tls', explain(cause), error.address, cause)
}
