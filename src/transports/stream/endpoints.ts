/** Dialing and accepting on byte streams, shared by TCP, TLS and IPC: from a raw stream to a connection. */
import type { Server, Socket } from 'node:net'
import {
  type Connection,
  type ConnectionInfo,
  type DialRequest,
  type ListenRequest,
  Refusal
} from '../../core/transport.ts'
import { StreamConnection } from './connection.ts'
import type { Framing } from './framing.ts'
import { shakeHands } from './hello.ts'

/** What a transport knows about a stream before the hello. */
export type StreamInfo = Omit<ConnectionInfo, 'peerProtocol'>

export interface StreamKind {
  readonly framing: Framing
  /** Addresses and peer information; called once the stream is connected. */
  describe(stream: Socket): StreamInfo
}

/** Connects `stream`, which is on its way, and shakes hands. `ready` is its event for being usable. */
export function dialStream(stream: Socket, ready: string, request: DialRequest, kind: StreamKind): Promise<Connection> {
  const { options, signal } = request
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const onAbort = (): void => {
      stream.destroy()
      reject(signal.reason)
    }
    const onError = (error: Error): void => {
      signal.removeEventListener('abort', onAbort)
      stream.destroy()
      reject(error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    stream.once('error', onError)
    stream.once(ready, () => {
      stream.off('error', onError)
      const info = kind.describe(stream)
      const roundTrip = performance.now() - began
      const hello = {
        self: request.protocol.self,
        address: info.remote,
        timeout: options.handshakeTimeout,
        settle: request.exclusive ? Math.min(2 * roundTrip + 5, 250) : undefined,
        peer: request.protocol.peer
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
  })
}

/** Shakes hands with an accepted stream and hands it over. */
export function acceptStream(stream: Socket, request: ListenRequest, kind: StreamKind, handshaking: Set<Socket>): void {
  const info = kind.describe(stream)
  const busy = request.admit()
  if (busy !== undefined) {
    stream.on('error', () => {})
    stream.destroy()
    request.refuse(new Refusal('busy', busy.message, info.remote))
    return
  }
  handshaking.add(stream)
  const hello = { self: request.protocol.self, address: info.remote, timeout: request.options.handshakeTimeout }
  shakeHands(stream, hello, (result) => {
    if (!handshaking.delete(stream)) return
    if (result instanceof Refusal) request.refuse(result)
    else {
      const full = { ...info, peerProtocol: result.peer }
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
