/**
 * One attempt to connect. The name is resolved anew every time and all its addresses are tried, the families in turn,
 * so that a dead one does not stand in the way.
 */
import dns from 'node:dns'
import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net'
import type { Connection, DialRequest } from '../../core/transport.ts'
import { connected, dialStream } from '../stream/endpoints.ts'
import { parseTcpAddress, type TcpAddress } from './address.ts'
import { applyTcpOptions, tcpKind } from './stream.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  return dialStream(open(parseTcpAddress(request.address, 'connect'), request), request, tcpKind)
}

/** A connected stream; for TLS and WebSocket. */
export async function connectTcp(address: TcpAddress, request: DialRequest): Promise<Socket> {
  const stream = open(address, request)
  await connected(stream, request.signal)
  return stream
}

/** What `node:net` and `node:tls` need to know of an address. */
export function tcpOptions({ host, port, local }: TcpAddress): TcpNetConnectOpts {
  if (local === undefined) return { host, port, autoSelectFamily: true }
  return { host, port, localAddress: local, family: isIP(local), lookup: lookUpOne }
}

function open(address: TcpAddress, { options }: DialRequest): Socket {
  const stream = connect(tcpOptions(address))
  applyTcpOptions(stream, options)
  return stream
}

/** Node tries a single address when it binds its own: a random one each time, so that a dead one is not tried for ever. */
const lookUpOne: LookupFunction = (host, options, done) => {
  dns.lookup(host, { ...options, all: true }, (error, addresses) => {
    const chosen = error === null ? addresses[Math.floor(Math.random() * addresses.length)] : undefined
    done(error, chosen?.address ?? '', chosen?.family)
  })
}
