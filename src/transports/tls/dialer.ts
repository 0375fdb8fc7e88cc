/** One attempt to connect: TCP, then TLS, then the SP hello, the latter two within `handshakeTimeout`. */
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { greetStream } from '../stream/endpoints.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { connectTls } from './client.ts'
import { explain } from './explain.ts'
import { tlsKind } from './stream.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  const { stream, began } = await connectTls(parseTcpAddress(request.address, 'connect', request.scheme), request)
  const elapsed = performance.now() - began
  const timeout = Math.max(1, Math.ceil(request.options.handshakeTimeout - elapsed))
  try {
    return await greetStream(stream, request, tlsKind, { timeout, roundTrip: elapsed })
  } catch (error) {
    throw error instanceof Refusal ? refusedByTls(error) : error
  }
}

/** In TLS 1.3 the peer judges the client's certificate after the client is done, so its verdict comes with the hello. */
function refusedByTls(refusal: Refusal): Refusal {
  const { cause } = refusal
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (!(cause instanceof Error) || code?.startsWith('ERR_SSL') !== true) return refusal
  return new Refusal('tls', explain(cause), refusal.address, cause)
}
