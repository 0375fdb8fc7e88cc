/** One attempt to connect to a UNIX socket. A path that does not exist yet is a failed attempt like any other. */
import { connect } from 'node:net'
import type { Connection, DialRequest } from '../../core/transport.ts'
import { connected, greetStream } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { pathOf, reachable, urlOf } from './address.ts'
import { ipcKind } from './stream.ts'

export async function dial(request: DialRequest, wire: Wire): Promise<Connection> {
  const path = pathOf(request)
  const began = performance.now()
  const stream = connect({ path: reachable(path) })
  await connected(stream, request.signal)
  return greetStream(stream, request, ipcKind(urlOf(path, request), wire), performance.now() - began)
}
