/** One attempt to connect: TCP, then TLS, then the hello. */
import type { Connection, DialRequest } from '../../core/transport.ts'
import { greetStream } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { dialEach } from '../tcp/dialer.ts'
import { connectTls, refusedByTls } from './client.ts'
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
