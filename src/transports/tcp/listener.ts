/** Listening on TCP: `*` is every interface, IPv6 and IPv4; port 0 picks a free port. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { SpError } from '../../core/errors.ts'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { acceptStream, closeServer, listening } from '../stream/endpoints.ts'
import { formatTcpAddress, parseTcpAddress, type TcpAddress } from './address.ts'
import { applyTcpOptions, tcpKind } from './stream.ts'

export async function listen(request: ListenRequest): Promise<Binding> {
  const address = parseTcpAddress(request.address, 'bind')
  const handshaking = new Set<Socket>()
  const server = createServer((stream) => {
    applyTcpOptions(stream, request.options)
    acceptStream(stream, request, tcpKind, handshaking)
  })
  await listenOn(server, address, request.url)
  server.on('error', (error) => request.failed(error))
  const { port } = server.address() as AddressInfo
  return {
    url: `tcp://${formatTcpAddress(reachable(address.host), port)}`,
    close: () => closeServer(server, handshaking)
  }
}

/** Binds a server to an address; also for TLS. */
export async function listenOn(server: Server, { host, port }: TcpAddress, url: string): Promise<void> {
  const listen = (at: string): Promise<void> => listening(server, () => server.listen({ host: at, port, backlog: 511 }))
  try {
    if (host !== '*') return await listen(host)
    // `::` takes both families; a machine without IPv6 has only the other.
    return await listen('::').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL') throw error
      return listen('0.0.0.0')
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOTFOUND' && code !== 'EAI_AGAIN') throw error
    throw new SpError('EADDRNOTAVAIL', {
      message: `${host} does not resolve (${message}); bind to an address of this machine or to *`,
      endpoint: url,
      cause: error
    })
  }
}

/** A host to connect to for a host that was bound. */
export function reachable(host: string): string {
  if (host === '*' || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
