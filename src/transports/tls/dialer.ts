/** One attempt to connect: TCP, then TLS, then the SP hello, the latter two within `handshakeTimeout`. */
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { greetStream } from '../stream/endpoints.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { connectTcp } from '../tcp/dialer.ts'
import { explain, secure } from './client.ts'
import { tlsKind } from './stream.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  const address = parseTcpAddress(request.address, 'connect', request.scheme)
  const began = performance.now()
  const stream = await connectTcp(address, request)
  const connected = performance.now()
  const timeout = request.options.handshakeTimeout
  const secured = await secure(stream, address.host, request, timeout)
  const now = performance.now()
  try {
    return await greetStream(secured, request, tlsKind, {
      timeout: timeout - (now - connected),
      roundTrip: now - began
    })
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
