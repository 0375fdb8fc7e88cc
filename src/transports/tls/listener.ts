/**
 * Listening on TLS. The handshakes run beside each other; each has `handshakeTimeout` for TLS and the hello together, and
 * a failure of one is a refusal that concerns nobody else.
 */
import { createServer } from 'node:net'
import type { Binding, ListenRequest } from '../../core/transport.ts'
import { acceptStream } from '../stream/endpoints.ts'
import { Handshakes } from '../stream/handshakes.ts'
import type { Wire } from '../stream/wire.ts'
import { formatTcpAddress, parseTcpAddress } from '../tcp/address.ts'
import { bindingOf, listenOn, reachable } from '../tcp/listener.ts'
import { applyTcpOptions, describeTcp } from '../tcp/stream.ts'
import { TlsAcceptor } from './acceptor.ts'
import { tlsKind } from './stream.ts'

export async function listen(request: ListenRequest, wire: Wire): Promise<Binding> {
  const { scheme, options } = request
  const address = parseTcpAddress(request.address, 'bind', scheme)
  const kind = tlsKind(scheme, wire)
  const acceptor = new TlsAcceptor(options.tls, (error) => request.failed(error))
  const handshakes = new Handshakes()
  const server = createServer((raw) => {
    applyTcpOptions(raw, options)
    const handshake = handshakes.receive(raw, describeTcp(scheme, raw).remote, request)
    if (handshake !== undefined) acceptor.secure(handshake, () => acceptStream(handshake, request, kind))
  })
  const place = await listenOn(server, address, request)
  server.on('error', (error) => request.failed(error))
  return bindingOf(place, `${scheme}://${formatTcpAddress(reachable(address.host), place.port)}`, handshakes)
}
