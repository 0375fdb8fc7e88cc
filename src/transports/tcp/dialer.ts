/**
 * One attempt to connect. The name is resolved anew every time and all its addresses are tried, the families in turn,
 * so that a dead one does not stand in the way.
 */
import { connect } from 'node:net'
import type { Connection, DialRequest } from '../../core/transport.ts'
import { dialStream } from '../stream/endpoints.ts'
import { parseTcpAddress } from './address.ts'
import { applyTcpOptions, tcpKind } from './stream.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  const { host, port, local } = parseTcpAddress(request.address, 'connect')
  const stream = connect({ host, port, autoSelectFamily: true, ...(local !== undefined && { localAddress: local }) })
  applyTcpOptions(stream, request.options)
  return dialStream(stream, 'connect', request, tcpKind)
}
