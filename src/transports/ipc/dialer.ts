/** One attempt to connect to a UNIX socket. A path that does not exist yet is a failed attempt like any other. */
import { connect } from 'node:net'
import type { Connection, DialRequest } from '../../core/transport.ts'
import { dialStream } from '../stream/endpoints.ts'
import { parseIpcAddress } from './address.ts'
import { ipcKind } from './stream.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  const stream = connect({ path: parseIpcAddress(request.address) })
  return dialStream(stream, request, ipcKind(request.url))
}
