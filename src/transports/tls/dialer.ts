/** One attempt to connect: TCP, then TLS, then the hello. */
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { greetStream } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { dialEach } from '../tcp/dialer.ts'
import { connectTls } from './client.ts'
import { explain } from './explain.ts'
import { tlsKind } from './stream.ts'

export function dial(request: DialRequest, wire: Wire): Promise<Connection> {
  const kind = tlsKind(request.scheme, wire)
  const address = parseTcpAddress(request.address, 'connect', request.scheme)
  return dialEach(address, request, async (one, to) => {
    const began = performance.now()
    const stream = await connectTls(one, to, address.host)
    return greetStream(stream, one, kind, performance.now() - began).catch(refusedByTls)
  })
}

/** In TLS 1.3 the peer judges the client's certificate after the client is done, so its verdict comes with the hello. */
function refusedByTls(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  const { cause } = error
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (!(cause instanceof Error) || code?.startsWith('ERR_SSL') !== true) throw error
  throw new Refusal('tls', explain(cause), error.address, cause)
}
