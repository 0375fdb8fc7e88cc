/** Dialing and accepting on byte streams, shared by TCP, TLS, IPC and WebSocket: from a raw stream to a connection. */
import type { Server, Socket } from 'node:net'
import type { ConnectionInfo } from '../../core/peer.ts'
import { type Connection, type DialRequest, type ListenRequest, Refusal } from '../../core/transport.ts'
import { StreamConnection } from './connection.ts'
import type { Handshake } from './handshakes.ts'
import { hangUp } from './hang-up.ts'
import type { SessionInfo, Wire } from './wire.ts'

/** What is known about a stream before anything was said on it. */
export type StreamInfo = Omit<ConnectionInfo, 'peerProtocol'>

export interface StreamKind {
  readonly wire: Wire
  /** Addresses and peer information; called once the stream is connected. */
  describe(stream: Socket): StreamInfo
}

/** Resolves once `stream` is connected; rejects with its error, or when the attempt is given up. */
export function connected(stream: Socket, signal: AbortSignal, event = 'connect'): Promise<void> {
  return new Promise((resolve, reject) => {
    // For as long as the stream lives: an error between two phases must not go unheard.
    stream.on('error', () => {})
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort)
      stream.off('error', fail).off('close', onClose)
    }
    const fail = (error: unknown): void => {
      leave()
      stream.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    const onClose = (): void => fail(new Error('the peer closed the connection'))
    signal.addEventListener('abort', onAbort, { once: true })
    stream.once('error', fail).once('close', onClose)
    stream.once(event, () => {
      leave()
      resolve()
    })
    if (signal.aborted) onAbort()
  })
}

/** Shakes hands with the peer that was dialed. `roundTrip`: how long it took to answer so far, ms. */
export function greetStream(
  stream: Socket,
  request: DialRequest,
  { wire, describe }: StreamKind,
  roundTrip: number
): Promise<Connection> {
  const { signal, protocol, options, exclusive } = request
  return new Promise((resolve, reject) => {
    let over = false
    const onAbort = (): void => {
      over = true
      hangUp(stream)
      reject(signal.reason)
    }
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const info = describe(stream)
    const address = info.remote
    const admit = (): Refusal | undefined => request.admit(address)
    const greeting = {
      protocol,
      role: 'connect',
      options,
      address,
      timeout: Infinity,
      admit,
      exclusive,
      roundTrip
    } as const
    wire.greet(stream, greeting, (result) => {
      signal.removeEventListener('abort', onAbort)
      // What the peer says now is read and thrown away.
      if (over) stream.resume()
      else if (result instanceof Refusal) reject(result)
      else resolve(new StreamConnection(stream, result, request, { ...info, ...result.info }))
    })
  })
}

/** Shakes hands with an accepted stream and hands it over. */
export function acceptStream(handshake: Handshake, request: ListenRequest, { wire, describe }: StreamKind): void {
  const { stream, address } = handshake
  const { protocol, options, exclusive } = request
  const info = describe(stream)
  let full: ConnectionInfo | undefined
  const merge = (told: SessionInfo): ConnectionInfo => (full ??= { ...info, ...told })
  const admit = (): Refusal | undefined => request.admit(address)
  const approve = options.authorize && ((told: SessionInfo) => request.authorize(merge(told)))
  const timeout = handshake.left
  const greeting = {
    protocol,
    role: 'bind',
    options,
    address,
    timeout,
    admit,
    exclusive,
    roundTrip: 0,
    approve
  } as const
  wire.greet(stream, greeting, (result) => {
    if (!handshake.finish()) return
    if (result instanceof Refusal) request.refuse(result)
    else request.accept(new StreamConnection(stream, result, request, merge(result.info)))
  })
}

/** Resolves once `server` listens; rejects with its error. */
export function listening(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    start()
  })
}
