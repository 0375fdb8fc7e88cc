/**
 * One attempt to connect: TCP, TLS for `wss://`, then the upgrade, the latter two within `handshakeTimeout`. Whatever
 * the peer answers but a correct 101 is a refusal, after which the dialer tries again.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import type { ConnectionInfo } from '../../core/peer.ts'
import { type Connection, type DialRequest, Refusal } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { connectTcp } from '../tcp/dialer.ts'
import { describeTcp } from '../tcp/stream.ts'
import { connectTls } from '../tls/client.ts'
import { describeTls } from '../tls/info.ts'
import { parseWsAddress, type WsAddress } from './address.ts'
import { maxPayload, WsConnection } from './connection.ts'
import { reasonOf } from './status.ts'
import { peerSubprotocol } from './subprotocol.ts'

export async function dial(request: DialRequest): Promise<Connection> {
  const address = parseWsAddress(request.address, request.scheme, 'connect')
  if (request.scheme === 'ws') return upgrade(await connectTcp(address, request), address, request, 0)
  const { stream, began } = await connectTls(address, request)
  return upgrade(stream, address, request, performance.now() - began)
}

/** `elapsed`: how much of the handshake is over, ms. */
function upgrade(stream: Socket, address: WsAddress, request: DialRequest, elapsed: number): Promise<Connection> {
  const { options, protocol, signal } = request
  const { local, remote } = describeTcp(request.scheme, stream)
  const began = performance.now()
  let headers: IncomingMessage['headers'] = {}
  return new Promise((resolve, reject) => {
    const socket = new WebSocket('ws://peer/', [peerSubprotocol(protocol)], {
      createConnection: () => stream,
      headers: { ...options.ws?.headers, Host: address.authority },
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: maxPayload(options.recvMaxSize),
      // `ws` would put a normalised path on the wire.
      finishRequest: (asked: ClientRequest) => {
        asked.path = address.path.startsWith('/') ? address.path : `/${address.path}`
        asked.end()
      }
    })
    const leave = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: unknown): void => {
      leave()
      stream.destroy()
      reject(error)
    }
    const refuse = (reason: Refusal['reason'], message: string, cause?: unknown): void =>
      fail(new Refusal(reason, message, remote, cause))
    const onAbort = (): void => fail(signal.reason)
    const onTimeout = (): void =>
      refuse('handshake-timeout', `no answer to the WebSocket upgrade within ${options.handshakeTimeout} ms`)
    const timer = startTimer(onTimeout, Math.max(0, options.handshakeTimeout - elapsed))
    signal.addEventListener('abort', onAbort, { once: true })

    socket.on('error', (error) => refuse(isHangUp(error) ? 'closed' : 'websocket', explain(error), error))
    socket.on('unexpected-response', (_asked, response) => {
      readLine(response, (line) => {
        const status = `${response.statusCode} ${response.statusMessage ?? ''}`.trimEnd()
        const text = line === '' ? '' : `: ${line}`
        refuse(reasonOf(response.statusCode ?? 0), `the peer refused the WebSocket upgrade with ${status}${text}`)
      })
    })
    socket.on('upgrade', (response) => {
      headers = response.headers
      if (/(^|,)\s*upgrade\s*(,|$)/i.test(headers.connection ?? '')) return
      refuse('websocket', 'the answer to the WebSocket upgrade lacks the header Connection: Upgrade')
    })
    socket.once('open', () => {
      const url = address.path === '' ? '/' : address.path
      const info: ConnectionInfo = {
        local,
        remote,
        peerProtocol: protocol.peer,
        ws: { url, headers },
        ...(stream instanceof TLSSocket && { tls: describeTls(stream) })
      }
      const connection = new WsConnection(socket, stream, request, info, true)
      const join = (): void => {
        leave()
        resolve(connection)
      }
      if (request.exclusive) settle(socket, performance.now() - began, join, (why) => refuse('busy', why))
      else join()
    })
  })
}

/** A peer that takes one connection may close a further one right after the upgrade: waits to see. */
function settle(socket: WebSocket, roundTrip: number, join: () => void, refuse: (why: string) => void): void {
  const leave = (): void => {
    clearTimeout(timer)
    socket.off('message', onMessage).off('close', onClose)
  }
  const onMessage = (): void => {
    leave()
    join()
  }
  const onClose = (): void => {
    leave()
    refuse('the peer closed the connection; it takes one peer at a time and seems to have one')
  }
  const timer = setTimeout(onMessage, Math.min(2 * roundTrip + 5, 250))
  socket.on('message', onMessage).on('close', onClose)
}

function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE'
}

function explain(error: Error): string {
  if (isHangUp(error)) return 'the peer closed the connection during the WebSocket upgrade'
  return `the WebSocket upgrade failed: ${error.message}`
}

/** The first line of an answer's body, as far as it comes with it. */
function readLine(response: IncomingMessage, done: (line: string) => void): void {
  let text = ''
  const finish = (): void => {
    response.off('end', finish).off('close', finish).destroy()
    done((text.split(/[\r\n]/)[0] ?? '').slice(0, 200))
  }
  response.setEncoding('latin1')
  response.on('error', () => {})
  response.on('end', finish).on('close', finish)
  response.on('data', (chunk: string) => {
    text += chunk
    if (text.length > 200 || text.includes('\n')) finish()
  })
}
