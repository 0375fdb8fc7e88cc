/**
 * One attempt to connect. A page learns of a failure only that there was one, never the HTTP status, so the error lists
 * what to check.
 */
import { SpError } from '../../core/errors.ts'
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { peerSubprotocol } from '../ws/subprotocol.ts'
import { BrowserConnection } from './connection.ts'

export function dial(request: DialRequest): Promise<Connection> {
  const { url, protocol, signal } = request
  return new Promise((resolve, reject) => {
    const busy = request.admit(url)
    if (busy !== undefined) throw busy
    const began = performance.now()
    const subprotocol = peerSubprotocol(protocol)
    const socket = new WebSocket(url, subprotocol)
    socket.binaryType = 'arraybuffer'
    const leave = (): void => {
      socket.onopen = socket.onclose = null
    }
    const fail = (error: unknown): void => {
      leave()
      socket.close()
      reject(error)
    }
    // It aborts while the attempt lasts, or never.
    signal.addEventListener('abort', () => fail(signal.reason))
    socket.onclose = () => {
      const message = `no connection to ${url}; check that it listens for ${subprotocol}, its path, ws: { origins } and certificate`
      fail(new SpError('ECONNREFUSED', { message, endpoint: url }))
    }
    socket.onopen = () => {
      const connection = new BrowserConnection(socket, request)
      const join = (): void => {
        leave()
        resolve(connection)
      }
      if (!request.exclusive) return join()
      // A peer that takes one connection may close a further one right after it opened.
      connection.onFirst = join
      setTimeout(join, Math.min(2 * (performance.now() - began) + 5, 250))
      socket.onclose = () => fail(new Refusal('busy', 'the peer seems to have one', url))
    }
  })
}
