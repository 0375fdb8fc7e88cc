/** One attempt to connect: every address of the name gets its turn, and is judged by its handshake. */
import { connect, type Socket } from 'node:net'
import type { Connection, DialRequest } from '../../core/transport.ts'
import { connected, greetStream } from '../stream/endpoints.ts'
import type { Wire } from '../stream/wire.ts'
import { parseTcpAddress, type TcpAddress } from './address.ts'
import { streamFrom } from './agent.ts'
import { addressesOf, firstOf } from './race.ts'
import { applyTcpOptions, socketOptions, tcpKind } from './stream.ts'

export function dial(request: DialRequest, wire: Wire): Promise<Connection> {
  const kind = tcpKind(request.scheme, wire)
  return dialEach(parseTcpAddress(request.address, 'connect', request.scheme), request, async (one, to) => {
    const began = performance.now()
    const stream = await connectTcp(one, to)
    return greetStream(stream, one, kind, performance.now() - began)
  })
}

/** Runs `attempt` for each address of the host, with a request of its own; also for TLS and WebSocket. */
export async function dialEach(
  address: TcpAddress,
  request: DialRequest,
  attempt: (request: DialRequest, to: TcpAddress) => Promise<Connection>
): Promise<Connection> {
  const hosts = request.options.agent === undefined ? await addressesOf(address, request.signal) : [address.host]
  request.signal.throwIfAborted()
  return firstOf(hosts, request.signal, (host, signal) => attempt({ ...request, signal }, { ...address, host }))
}

/** A connected stream. */
export async function connectTcp(request: DialRequest, to: TcpAddress): Promise<Socket> {
  const { options, signal } = request
  if (options.agent !== undefined) {
    const stream = await streamFrom(options.agent, to, request)
    applyTcpOptions(stream, options)
    return stream
  }
  const stream = connect(socketOptions(to))
  applyTcpOptions(stream, options)
  await connected(stream, signal)
  if (stream.localPort === stream.remotePort && stream.localAddress === stream.remoteAddress) {
    stream.destroy()
    throw Object.assign(new Error(`nobody listens on port ${to.port}, and the connection led to itself`), {
      code: 'ECONNREFUSED'
    })
  }
  return stream
}
