/** One listener behind an HTTP server: takes the upgrades of its path from the request to the connection. */
import type { ConnectionInfo } from '../../core/peer.ts'
import { type ListenRequest, Refusal } from '../../core/transport.ts'
import { StreamConnection } from '../stream/connection.ts'
import type { Handshake } from '../stream/handshakes.ts'
import type { Greeting, SessionInfo } from '../stream/wire.ts'
import { applyTcpOptions } from '../tcp/stream.ts'
import { describeSecure } from '../tls/stream.ts'
import { acceptKey } from './accept-key.ts'
import { keepHeaders, type UpgradeRequest } from './head.ts'
import { judgeHost, judgeOrigin, judgeRequest, offeredBy } from './judge.ts'
import type { Speech } from './speech.ts'
import { answer, refusalOf, refused, type Verdict } from './verdict.ts'

export class Route {
  /** The path that was bound; empty takes every path. */
  readonly path: string
  readonly request: ListenRequest
  /** Nobody listens here any more; upgrades that are not decided yet are given up. */
  closed = false

  readonly #speech: Speech

  constructor(path: string, request: ListenRequest, speech: Speech) {
    this.path = path
    this.request = request
    this.#speech = speech
  }

  /** Answers a request, whose handshake goes on: 101 and what is spoken then, or an error and a refusal. */
  async upgrade(asked: UpgradeRequest, handshake: Handshake, rest: Uint8Array): Promise<void> {
    const { protocol, options } = this.request
    const { stream, address } = handshake
    const upgrade = { url: asked.url || '/', headers: keepHeaders(asked.headers) }
    const told: SessionInfo = { peerProtocol: protocol.peer, ws: upgrade }
    const described = describeSecure(this.request.scheme, stream)
    let info: ConnectionInfo | undefined
    const merge = (more: SessionInfo): ConnectionInfo => (info ??= { ...described, ...more })
    const chosen = this.#judge(asked, handshake)
    const objection =
      typeof chosen !== 'string'
        ? chosen
        : ((this.#speech.tellsAll ? await this.#authorize(merge(told)) : undefined) ?? this.#busy(address))
    // Whoever left meanwhile was told of already.
    if (!handshake.leave() || this.closed) {
      handshake.finish()
      return void stream.destroy()
    }
    if (typeof chosen !== 'string' || objection !== undefined) {
      handshake.finish()
      const why = objection as Verdict
      answer(stream, why)
      this.request.refuse(refusalOf(why, address))
      return
    }
    applyTcpOptions(stream, options)
    stream.setTimeout(0)
    stream.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptKey(String(asked.headers['sec-websocket-key']))}\r\n` +
        `Sec-WebSocket-Protocol: ${chosen}\r\n\r\n`
    )
    const greeting: Greeting = {
      protocol,
      role: 'bind',
      options,
      address,
      timeout: handshake.left,
      admit: () => this.request.admit(address),
      exclusive: this.request.exclusive,
      roundTrip: 0,
      approve: options.authorize && ((more) => this.request.authorize(merge({ ...told, ...more })))
    }
    this.#speech.open({ stream, subprotocol: chosen, info: told, rest, greeting }, (result) => {
      if (!handshake.finish()) return
      if (result instanceof Refusal) this.request.refuse(result)
      else this.request.accept(new StreamConnection(stream, result, this.request, merge({ ...told, ...result.info })))
    })
  }

  /** The subprotocol to speak, or what is wrong with the request. */
  #judge(asked: UpgradeRequest, handshake: Handshake): string | Verdict {
    const { options } = this.request
    const { stream, address } = handshake
    const objection = judgeRequest(asked) ?? judgeHost(asked, stream, options.ws?.hosts)
    if (objection !== undefined) return objection
    const chosen = this.#speech.choose(offeredBy(asked), this.request)
    if (typeof chosen !== 'string') return chosen
    const objects = judgeOrigin(asked, options.ws?.origins) ?? this.#busy(address)
    const refusal = objects === undefined ? handshake.arrive(this.request) : undefined
    return objects ?? (refusal && refused(refusal)) ?? chosen
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
