/** One listener behind an HTTP server: takes the upgrades of its path from the request to the connection. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ConnectionInfo } from '../../core/peer.ts'
import { type ListenRequest, Refusal } from '../../core/transport.ts'
import { applyTcpOptions, describeTcp } from '../tcp/stream.ts'
import { describeTls } from '../tls/info.ts'
import { maxPayload, WsConnection } from './connection.ts'
import { judgeOrigin, judgeRequest, judgeSubprotocol } from './judge.ts'
import type { Verdict } from './status.ts'
import { ownSubprotocol } from './subprotocol.ts'

export class Route {
  /** The path that was bound; empty takes every path. */
  readonly path: string
  readonly request: ListenRequest
  readonly #subprotocol: string
  readonly #upgrades: WebSocketServer
  readonly #deciding: Set<Socket> = new Set()

  constructor(path: string, request: ListenRequest) {
    this.path = path
    this.request = request
    this.#subprotocol = ownSubprotocol(request.protocol)
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: maxPayload(request.options.recvMaxSize),
      handleProtocols: () => this.#subprotocol
    })
  }

  /** Answers a request: 101 and a connection, or an error and a refusal. */
  async upgrade(request: IncomingMessage, stream: Socket, head: Buffer): Promise<void> {
    const { protocol, options } = this.request
    const { local, remote } = describeTcp(this.request.scheme, stream)
    const info: ConnectionInfo = {
      local,
      remote,
      peerProtocol: protocol.peer,
      ws: { url: request.url ?? '/', headers: request.headers },
      ...(stream instanceof TLSSocket && { tls: describeTls(stream) })
    }
    const objection =
      judgeRequest(request) ??
      judgeSubprotocol(request, protocol) ??
      judgeOrigin(request, options.ws?.origins) ??
      this.#busy() ??
      (await this.#unauthorized(stream, info))
    if (stream.destroyed) {
      this.request.refuse(new Refusal(objection?.reason ?? 'closed', objection?.message ?? 'the peer left', remote))
    } else if (objection !== undefined) {
      answer(stream, objection)
      this.request.refuse(new Refusal(objection.reason, objection.message, remote))
    } else {
      this.#upgrades.handleUpgrade(request, stream, head, (socket: WebSocket) => {
        applyTcpOptions(stream, options)
        this.request.accept(new WsConnection(socket, stream, this.request, info, false))
      })
    }
  }

  /** Gives up the upgrades that are not decided yet. */
  close(): void {
    for (const stream of this.#deciding) stream.destroy()
    this.#upgrades.close()
  }

  #busy(): Verdict | undefined {
    const refusal = this.request.admit()
    return refusal && { status: 409, reason: refusal.reason, message: refusal.message }
  }

  async #unauthorized(stream: Socket, info: ConnectionInfo): Promise<Verdict | undefined> {
    const asked = this.request.authorize(info)
    if (asked === undefined) return undefined
    const ignore = (): void => {}
    stream.on('error', ignore)
    this.#deciding.add(stream)
    const refusal = await asked
    this.#deciding.delete(stream)
    stream.off('error', ignore)
    const status = refusal?.reason === 'unauthorized' ? 403 : 503
    return refusal && { status, reason: refusal.reason, message: refusal.message }
  }
}

/** Answers a request that stays HTTP, and ends its connection. */
export function answer(stream: Socket, { status, message, headers }: Verdict): void {
  const text = `${message.replace(/[\r\n]+/g, ' ')}\n`
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  ]
  stream.on('error', () => {})
  stream.once('finish', () => stream.destroy())
  stream.end(`${lines.join('\r\n')}\r\n\r\n${text}`)
}
