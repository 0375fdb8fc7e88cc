/**
 * The servers that hubless opens for `ws://` and `wss://`: one for each host and port, shared by the listeners of
 * different paths, gone with the last of them. They serve upgrades and nothing else: every connection gets one answer.
 */
import { createServer, type Socket } from 'node:net'
import { SpError } from '../../core/errors.ts'
import type { ListenRequest, Refusal } from '../../core/transport.ts'
import type { Handshake, Phase } from '../stream/handshakes.ts'
import { listenOn, type Place } from '../tcp/listener.ts'
import type { TlsAcceptor } from '../tls/acceptor.ts'
import { describeSecure } from '../tls/stream.ts'
import { isSecure, type WsAddress } from './address.ts'
import { type Head, type HeadFault, longestHead, parseRequest, readHead } from './head.ts'
import { judgeRequest } from './judge.ts'
import type { Route } from './route.ts'
import { Router } from './router.ts'
import { answer, refusalOf, type Verdict, verdict } from './verdict.ts'

/** Servers by scheme, host and port; a promise while they begin to listen. */
const servers = new Map<string, Promise<OwnServer>>()

/** The server of an address, with `route` among its listeners. */
export async function openServer(address: WsAddress, route: Route): Promise<OwnServer> {
  const { request } = route
  const keyOf = (port: number): string => `${request.scheme}|${address.host}|${port}`
  for (let known = servers.get(keyOf(address.port)); known !== undefined; known = servers.get(keyOf(address.port))) {
    const server = await known.catch(() => undefined)
    if (server?.share(route)) return server
  }
  const opening = OwnServer.open(address, route, (port) => servers.delete(keyOf(port)))
  if (address.port !== 0) servers.set(keyOf(address.port), opening)
  try {
    const server = await opening
    servers.set(keyOf(server.port), opening)
    return server
  } catch (error) {
    servers.delete(keyOf(address.port))
    throw error
  }
}

const phase: Phase = {
  what: 'WebSocket upgrade',
  broken: 'the peer closed the connection before its upgrade request',
  reason: 'closed'
}

export class OwnServer {
  readonly #router: Router
  readonly #place: Place
  readonly #tls: unknown
  readonly #forget: (port: number) => void

  private constructor(place: Place, router: Router, tls: unknown, forget: (port: number) => void) {
    this.#place = place
    this.#router = router
    this.#tls = tls
    this.#forget = forget
  }

  get port(): number {
    return this.#place.port
  }

  static async open(address: WsAddress, route: Route, forget: (port: number) => void): Promise<OwnServer> {
    const { request } = route
    const router = new Router()
    router.add(route)
    const failed = (error: unknown): void => router.first?.request.failed(error)
    const acceptor = isSecure(request.scheme) ? await openAcceptor(request, failed) : undefined
    const server = createServer((stream) => new Arrival(stream, router, request).begin(acceptor))
    const place = await listenOn(server, address, request)
    server.on('error', failed)
    return new OwnServer(place, router, request.options.tls, forget)
  }

  /** Takes a further listener; false when the last one has gone. */
  share(route: Route): boolean {
    if (this.#router.empty) return false
    const { options, url } = route.request
    if (options.tls !== this.#tls) {
      const message = `${url}: listeners that share a port share one tls option; pass the same object`
      throw new SpError('EINVAL', { message, endpoint: url })
    }
    this.#router.add(route)
    return true
  }

  /** Takes a listener away, and stops listening when no listener is left. */
  async remove(route: Route): Promise<void> {
    this.#router.remove(route)
    if (!this.#router.empty) return
    this.#forget(this.port)
    this.#router.handshakes.close()
    this.#place.close()
  }
}

async function openAcceptor({ options }: ListenRequest, failed: (error: unknown) => void): Promise<TlsAcceptor> {
  const { TlsAcceptor } = await import('../tls/acceptor.ts')
  return new TlsAcceptor(options.tls, failed)
}

const isMethod = (text: string): boolean => /^[A-Z]{1,9}( |$)/.test(text)

/** A connection on its way to one of the listeners. */
class Arrival {
  readonly #router: Router
  readonly #handshake: Handshake
  readonly #longest: number

  constructor(stream: Socket, router: Router, { scheme, options }: ListenRequest) {
    this.#router = router
    this.#longest = options.ws?.maxHeaderSize ?? longestHead
    const { remote } = describeSecure(scheme, stream)
    this.#handshake = router.handshakes.begin(stream, remote, options, this.#refuse)
    stream.on('error', () => {})
  }

  begin(acceptor: TlsAcceptor | undefined): void {
    if (acceptor === undefined) this.#listen()
    else acceptor.secure(this.#handshake, () => this.#listen())
  }

  #listen(): void {
    const { stream } = this.#handshake
    stream.on('error', () => {})
    this.#handshake.enter(phase)
    readHead(stream, this.#longest, isMethod, (head) => this.#answer(head))
  }

  #answer(head: Head | HeadFault): void {
    const asked = typeof head === 'string' ? head : parseRequest(head.text)
    if (asked === 'no HTTP') this.#end(verdict(400, 'websocket', 'this is no HTTP request'))
    else if (asked === 'too long') this.#end(verdict(431, 'websocket', 'the header is too long'))
    else {
      const route = this.#router.find(asked)
      const rest = (head as Head).rest
      if (route !== undefined) void route.upgrade(asked, this.#handshake, rest)
      else {
        const message = `nothing listens at the path ${JSON.stringify(asked.url)}`
        this.#end(
          judgeRequest(asked) ?? { ...verdict(404, 'not-found', message), told: 'nothing listens at this path' }
        )
      }
    }
  }

  #end(found: Verdict): void {
    if (!this.#handshake.finish()) return
    answer(this.#handshake.stream, found)
    this.#refuse(refusalOf(found, this.#handshake.address))
  }

  readonly #refuse = (refusal: Refusal): void => this.#router.first?.request.refuse(refusal)
}
