/** Dialing and accepting on byte streams, shared by TCP, TLS and IPC: from a raw stream to a connection. */
import type { Server, Socket } from 'node:net'
import type { ConnectionInfo } from '../../core/peer.ts'
import { type Connection, type DialRequest, type ListenRequest, Refusal } from '../../core/transport.ts'
import { StreamConnection } from './connection.ts'
import type { Framing } from './framing.ts'
import { hangUp } from './hang-up.ts'
import { shakeHands } from './hello.ts'

/** What a transport knows about a stream before the hello. */
type StreamInfo = Omit<ConnectionInfo, 'peerProtocol'>

export interface StreamKind {
  readonly framing: Framing
  /** Addresses and peer information; called once the stream is connected. */
  describe(stream: Socket): StreamInfo
}

/** Connects `stream`, which is on its way, and shakes hands. */
export async function dialStream(stream: Socket, request: DialRequest, kind: StreamKind): Promise<Connection> {
  const began = performance.now()
  await connected(stream, request.signal)
  const timing = { timeout: request.options.handshakeTimeout, roundTrip: performance.now() - began }
  return greetStream(stream, request, kind, timing)
}

/** Resolves once `stream` is connected; rejects with its error, or when the attempt is given up. */
export function connected(stream: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // For as long as the stream lives: an error between two phases must not go unheard.
    stream.on('error', () => {})
    const leave = (): void => {
      signal.removeEventListener('abort', onAbort)
      stream.off('error', fail)
    }
    const fail = (error: unknown): void => {
      leave()
      stream.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    stream.once('error', fail)
    stream.once('connect', () => {
      leave()
      resolve()
    })
  })
}

export interface GreetTiming {
  /** What is left of `handshakeTimeout`, ms. */
  readonly timeout: number
  /** How long the peer took to answer, ms. */
  readonly roundTrip: number
}

/** Shakes hands with the peer that was dialed. */
export function greetStream(
  stream: Socket,
  request: DialRequest,
  kind: StreamKind,
  { timeout, roundTrip }: GreetTiming
): Promise<Connection> {
  const { signal, protocol, exclusive } = request
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      stream.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const info = kind.describe(stream)
    const hello = {
      self: protocol.self,
      address: info.remote,
      timeout,
      settle: exclusive ? 2 * roundTrip + 10 : undefined,
      peer: protocol.peer
    }
    shakeHands(stream, hello, (result) => {
      signal.removeEventListener('abort', onAbort)
      if (result instanceof Refusal) reject(result)
      else {
        const full = { ...info, peerProtocol: result.peer }
        resolve(new StreamConnection(stream, kind.framing, request, full, result.rest))
      }
    })
  })
}

/** Shakes hands with an accepted stream and hands it over. `timeout` is what is left of the handshake, ms. */
export function acceptStream(
  stream: Socket,
  request: ListenRequest,
  kind: StreamKind,
  handshaking: Set<Socket>,
  timeout: number = request.options.handshakeTimeout
): void {
  const info = kind.describe(stream)
  const busy = request.admit(info.remote)
  if (busy !== undefined) {
    hangUp(stream)
    request.refuse(busy)
    return
  }
  handshaking.add(stream)
  let full: ConnectionInfo | undefined
  const hello = {
    self: request.protocol.self,
    address: info.remote,
    timeout,
    approve:
      request.options.authorize &&
      ((peer: number) => {
        full = { ...info, peerProtocol: peer }
        return request.authorize(full)
      })
  }
  shakeHands(stream, hello, (result) => {
    if (!handshaking.delete(stream)) return
    if (result instanceof Refusal) request.refuse(result)
    else {
      full ??= { ...info, peerProtocol: result.peer }
      request.accept(new StreamConnection(stream, kind.framing, request, full, result.rest))
    }
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

/** Stops accepting and gives up unfinished handshakes; connections that were handed over stay. */
export function closeServer(server: Server, handshaking: Set<Socket>): Promise<void> {
  for (const stream of handshaking) {
    handshaking.delete(stream)
    stream.destroy()
  }
  // The callback of close() waits for every connection; the address is free as soon as it returns.
  server.close()
  return Promise.resolve()
}
