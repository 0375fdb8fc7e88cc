/**
 * Listening on TLS. The handshakes run beside each other; each has `handshakeTimeout` for TLS and the SP hello together,
 * and a failure of one is a refusal that concerns nobody else.
 */
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { type Binding, type ListenRequest, Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { acceptStream, closeServer } from '../stream/endpoints.ts'
import { formatTcpAddress, parseTcpAddress } from '../tcp/address.ts'
import { listenOn, reachable } from '../tcp/listener.ts'
import { applyTcpOptions } from '../tcp/stream.ts'
import { connectionKey, serverOptions, tlsRefusal, unauthorized } from './server.ts'
import { currentSettings, followSettings } from './settings.ts'
import { tlsKind } from './stream.ts'

/** A TCP connection that has not finished its TLS handshake. */
interface Pending {
  readonly stream: Socket
  readonly address: string
  readonly began: number
  readonly timer: Timer
}

export async function listen(request: ListenRequest): Promise<Binding> {
  const address = parseTcpAddress(request.address, 'bind', request.scheme)
  const { tls, handshakeTimeout } = request.options
  const handshaking = new Set<Socket>()
  const pending = new Map<string, Pending>()
  const server = createServer(serverOptions(currentSettings(tls)))

  const take = (key: string): Pending | undefined => {
    const entry = pending.get(key)
    pending.delete(key)
    clearTimeout(entry?.timer)
    if (entry !== undefined) handshaking.delete(entry.stream)
    return entry
  }
  server.on('connection', (stream: Socket) => {
    const key = connectionKey(stream)
    const { remote } = tlsKind.describe(stream)
    const late = (): void => {
      take(key)
      stream.destroy()
      request.refuse(new Refusal('handshake-timeout', `no TLS handshake within ${handshakeTimeout} ms`, remote))
    }
    const timer = startTimer(late, handshakeTimeout)
    handshaking.add(stream)
    pending.set(key, { stream, address: remote, began: performance.now(), timer })
    stream.once('close', () => {
      if (handshaking.has(stream) && take(key) !== undefined) {
        request.refuse(new Refusal('tls', 'the connection ended during the TLS handshake', remote))
      }
    })
  })
  server.on('tlsClientError', (error, stream) => {
    stream.on('error', () => {})
    stream.destroy()
    const entry = take(connectionKey(stream))
    if (entry !== undefined) request.refuse(tlsRefusal(error, entry.address))
  })
  server.on('secureConnection', (stream: TLSSocket) => {
    const entry = take(connectionKey(stream))
    if (entry === undefined) return void stream.destroy()
    const objection = unauthorized(stream, currentSettings(tls))
    if (objection !== undefined) {
      stream.on('error', () => {})
      stream.destroy()
      request.refuse(new Refusal('tls', objection, entry.address))
      return
    }
    applyTcpOptions(stream, request.options)
    acceptStream(
      stream,
      request,
      tlsKind,
      handshaking,
      Math.max(1, Math.ceil(handshakeTimeout - (performance.now() - entry.began)))
    )
  })

  await listenOn(server, address, request.url)
  server.on('error', (error) => request.failed(error))
  followSettings(server, tls, (error) => request.failed(error))
  const { port } = server.address() as AddressInfo
  return {
    url: `tls+tcp://${formatTcpAddress(reachable(address.host), port)}`,
    close: () => {
      for (const { timer } of pending.values()) clearTimeout(timer)
      pending.clear()
      return closeServer(server, handshaking)
    }
  }
}
