/** One listener behind an HTTP server: takes the upgrades of its path from the request to the connection. */
import type { ConnectionInfo } from '../../core/peer.ts'
import type { ListenRequest, Refusal } from '../../core/transport.ts'
import { StreamConnection } from '../stream/connection.ts'
import type { Handshake } from '../stream/handshakes.ts'
import { applyTcpOptions } from '../tcp/stream.ts'
import { describeSecure } from '../tls/stream.ts'
import { acceptKey } from './accept-key.ts'
import { keepHeaders, type UpgradeRequest } from './head.ts'
import { judgeHost, judgeOrigin, judgeRequest, judgeSubprotocol } from './judge.ts'
import { openSession } from './session.ts'
import { ownSubprotocol } from './subprotocol.ts'
import { answer, refusalOf, refused, type Verdict } from './verdict.ts'

export class Route {
  /** The path that was bound; empty takes every path. */
  readonly path: string
  readonly request: ListenRequest
  /** Nobody listens here any more; upgrades that are not decided yet are given up. */
  closed = false

  constructor(path: string, request: ListenRequest) {
    this.path = path
    this.request = request
  }

  /** Answers a request, whose handshake goes on: 101 and a connection, or an error and a refusal. */
  async upgrade(asked: UpgradeRequest, handshake: Handshake, rest: Uint8Array): Promise<void> {
    const { protocol, options } = this.request
    const { stream, address } = handshake
    const peerProtocol = protocol.peer
    const upgrade = { url: asked.url || '/', headers: keepHeaders(asked.headers) }
    const info: ConnectionInfo = { ...describeSecure(this.request.scheme, stream), peerProtocol, ws: upgrade }
    const objection = this.#judge(asked, handshake) ?? (await this.#authorize(info)) ?? this.#busy(address)
    // Whoever left meanwhile was told of already.
    if (!handshake.finish() || this.closed) return void stream.destroy()
    if (objection !== undefined) {
      answer(stream, objection)
      this.request.refuse(refusalOf(objection, address))
      return
    }
    applyTcpOptions(stream, options)
    stream.setTimeout(0)
    stream.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptKey(String(asked.headers['sec-websocket-key']))}\r\n` +
        `Sec-WebSocket-Protocol: ${ownSubprotocol(protocol)}\r\n\r\n`
    )
    const session = openSession({ peerProtocol }, rest, false, options.ws)
    this.request.accept(new StreamConnection(stream, session, this.request, info))
  }

  #judge(asked: UpgradeRequest, { stream, address }: Handshake): Verdict | undefined {
    const { protocol, options } = this.request
    return (
      judgeRequest(asked) ??
      judgeHost(asked, stream, options.ws?.hosts) ??
      judgeSubprotocol(asked, protocol) ??
      judgeOrigin(asked, options.ws?.origins) ??
      this.#busy(address)
    )
  }

  #busy(address: string): Verdict | undefined {
    const refusal = this.request.admit(address)
    return refusal && refused(refusal)
  }

  async #authorize(info: ConnectionInfo): Promise<Verdict | undefined> {
    const refusal: Refusal | undefined = await this.request.authorize(info)
    return refusal && refused(refusal)
  }
}
