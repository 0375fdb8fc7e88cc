/** Listening on TCP: `*` is every interface, IPv6 and IPv4; port 0 picks a free port, in every process another one. */
import { type AddressInfo, createServer, type Server } from 'node:net'
import { SpError } from '../../core/errors.ts'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { acceptStream, listening } from '../stream/endpoints.ts'
import { Handshakes } from '../stream/handshakes.ts'
import type { Wire } from '../stream/wire.ts'
import { formatTcpAddress, parseTcpAddress, type TcpAddress } from './address.ts'
import { applyTcpOptions, tcpKind } from './stream.ts'

export async function listen(request: ListenRequest, wire: Wire): Promise<Binding> {
  const { scheme, options } = request
  const address = parseTcpAddress(request.address, 'bind', scheme)
  const kind = tcpKind(scheme, wire)
  const handshakes = new Handshakes()
  const server = createServer((stream) => {
    applyTcpOptions(stream, options)
    const handshake = handshakes.receive(stream, kind.describe(stream).remote, request)
    if (handshake !== undefined) acceptStream(handshake, request, kind)
  })
  const place = await listenOn(server, address, request)
  server.on('error', (error) => request.failed(error))
  return bindingOf(place, `${scheme}://${formatTcpAddress(reachable(address.host), place.port)}`, handshakes)
}

/** Where a server listens. */
export interface Place {
  readonly port: number
  /** Listens no more; the address is free when it returns, and connections stay. */
  close(): void
}

/** Closing gives up unfinished handshakes; connections that were handed over stay. */
export function bindingOf(place: Place, url: string, handshakes: Handshakes): Binding {
  return {
    url,
    close: async () => {
      handshakes.close()
      place.close()
    }
  }
}

/**
 * Binds a server to an address; also for TLS and WebSocket. `localhost` is both families, whatever the table of hosts says
 * first, since those who connect may try the other one.
 */
export async function listenOn(server: Server, address: TcpAddress, request: Asked): Promise<Place> {
  if (address.host.toLowerCase() !== 'localhost') return placeOf(await listenAt(server, address, request), server)
  for (let left = attempts; ; left--) {
    const port = await listenAt(server, { ...address, host: '127.0.0.1' }, request)
    // The connections of both families are those of the server.
    const beside = createServer((stream) => server.emit('connection', stream))
    try {
      await listenAt(beside, { host: '::1', port }, request)
      beside.on('error', (error) => server.emit('error', error))
      return placeOf(port, server, beside)
    } catch (error) {
      if (lacksFamily(error)) return placeOf(port, server)
      await new Promise((resolve) => server.close(resolve))
      // The port that the system picked is taken in the other family.
      if (address.port !== 0 || left === 0) throw error
    }
  }
}

/** How often port 0 may turn out to be taken in the other family. */
const attempts = 5

type Asked = Pick<ListenRequest, 'url' | 'options'>

function placeOf(port: number, ...servers: readonly Server[]): Place {
  return {
    port,
    close: () => {
      // The callback of each would wait for its connections.
      for (const server of servers) server.close()
    }
  }
}

/** Whether there is no IPv6 here. */
function lacksFamily(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
}

async function listenAt(server: Server, { host, port }: TcpAddress, { url, options }: Asked): Promise<number> {
  // Workers of node:cluster share the port they name; one that the system picks belongs to its worker.
  const exclusive = port === 0 || options.exclusive === true
  const listen = (at: string): Promise<void> =>
    listening(server, () => server.listen({ host: at, port, exclusive, backlog: 511 }))
  try {
    // `::` takes both families; a machine without IPv6 has only the other.
    await listen(host === '*' ? '::' : host).catch((error: unknown) => {
      if (host !== '*' || !lacksFamily(error)) throw error
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
  return (server.address() as AddressInfo).port
}

/** A host to connect to for a host that was bound. */
export function reachable(host: string): string {
  if (host === '*' || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
