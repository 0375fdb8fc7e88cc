/**
 * The HTTP servers that hubless opens for `ws://` and `wss://`: one for each host and port, shared by the listeners of
 * different paths, gone with the last of them. It serves upgrades and nothing else.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import { SpError } from '../../core/errors.ts'
import { type ListenRequest, Refusal } from '../../core/transport.ts'
import { closeServer } from '../stream/endpoints.ts'
import { listenOn } from '../tcp/listener.ts'
import { describeTcp } from '../tcp/stream.ts'
import { connectionKey, serverOptions, tlsRefusal, unauthorized } from '../tls/server.ts'
import { currentSettings, followSettings } from '../tls/settings.ts'
import type { WsAddress } from './address.ts'
import { Handshakes } from './handshakes.ts'
import { answer, type Route } from './route.ts'
import { Router } from './router.ts'
import type { Verdict } from './status.ts'

/** Servers by scheme, host and port; a promise while they begin to listen. */
const servers = new Map<string, Promise<OwnServer>>()

/** The server of an address, with `route` among its listeners. */
export async function openServer(address: WsAddress, route: Route): Promise<OwnServer> {
  const keyOf = (port: number): string => `${route.request.scheme}|${address.host}|${port}`
  const known = address.port === 0 ? undefined : servers.get(keyOf(address.port))
  if (known !== undefined) return (await known).share(route)
  const opening = OwnServer.open(address, route)
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

export class OwnServer {
  readonly router: Router = new Router()
  readonly #host: string
  readonly #server: Server
  readonly #tls: unknown
  readonly #handshakes: Handshakes

  private constructor(host: string, request: ListenRequest) {
    this.#host = host
    const { tls, handshakeTimeout } = request.options
    this.#tls = tls
    this.#handshakes = new Handshakes(request.scheme, handshakeTimeout, (refusal) => this.#refuse(refusal))
    this.#server = request.scheme === 'wss' ? this.#secureServer(request) : createServer()
    const server = this.#server
    server.on('connection', (stream: Socket) => {
      if (!(stream as Partial<TLSSocket>).encrypted) this.#handshakes.begin(stream)
    })
    server.on('upgrade', (asked, stream: Socket, head: Buffer) => this.#upgrade(asked, stream, head))
    server.on('request', (asked) => this.#answer(asked.socket, plainRequest(asked)))
    server.on('clientError', (error: NodeJS.ErrnoException, stream: Socket) => this.#garbled(error, stream))
  }

  static async open(address: WsAddress, route: Route): Promise<OwnServer> {
    const own = new OwnServer(address.host, route.request)
    own.router.add(route)
    await listenOn(own.#server, address, route.request.url)
    own.#server.on('error', (error) => own.router.first?.request.failed(error))
    return own
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** This server for a further listener. */
  share(route: Route): this {
    const { options, url } = route.request
    if (options.tls === this.#tls) {
      this.router.add(route)
      return this
    }
    throw new SpError('EINVAL', {
      message: `${url}: listeners that share a port share one tls option; pass the same object`,
      endpoint: url
    })
  }

  /** Takes a listener away, and stops listening when no listener is left. */
  remove(route: Route): Promise<void> {
    this.router.remove(route)
    if (!this.router.empty) return Promise.resolve()
    servers.delete(`${route.request.scheme}|${this.#host}|${this.port}`)
    return closeServer(this.#server, this.#handshakes.stop())
  }

  #secureServer(request: ListenRequest): Server {
    const { tls } = request.options
    const server = createSecureServer(serverOptions(currentSettings(tls)))
    const tlsServer: TlsServer = server
    followSettings(tlsServer, tls, (error) => this.router.first?.request.failed(error))
    tlsServer.on('tlsClientError', (error, stream) => {
      stream.on('error', () => {})
      stream.destroy()
      const pending = this.#handshakes.finish(connectionKey(stream))
      if (pending !== undefined) this.#refuse(tlsRefusal(error, pending.address))
    })
    tlsServer.prependListener('secureConnection', (stream: TLSSocket) => {
      const objection = unauthorized(stream, currentSettings(tls))
      if (objection === undefined) return this.#handshakes.secure(connectionKey(stream))
      const pending = this.#handshakes.finish(connectionKey(stream))
      stream.on('error', () => {})
      stream.destroy()
      this.#refuse(new Refusal('tls', objection, pending?.address ?? ''))
    })
    return server
  }

  #upgrade(asked: IncomingMessage, stream: Socket, head: Buffer): void {
    if (this.#handshakes.finish(connectionKey(stream)) === undefined) return void stream.destroy()
    if (this.router.upgrade(asked, stream, head)) return
    const message = `nothing listens at the path ${JSON.stringify(asked.url)}`
    this.#answer(stream, { status: 404, reason: 'not-found', message })
  }

  #garbled(error: NodeJS.ErrnoException, stream: Socket): void {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
    if (error.code === 'ECONNRESET' || !stream.writable) stream.destroy()
    else this.#answer(stream, { status, reason: 'websocket', message: `this is no HTTP request: ${error.message}` })
  }

  #answer(stream: Socket, verdict: Verdict): void {
    const { remote } = describeTcp(this.router.first?.request.scheme ?? 'ws', stream)
    this.#handshakes.finish(connectionKey(stream))
    answer(stream, verdict)
    this.#refuse(new Refusal(verdict.reason, verdict.message, remote))
  }

  #refuse(refusal: Refusal): void {
    this.router.first?.request.refuse(refusal)
  }
}

function plainRequest({ method }: IncomingMessage): Verdict {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, reason: 'websocket', message: `${method} is not served here`, headers: { Allow: 'GET' } }
  }
  const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
  return { status: 426, reason: 'websocket', message: 'this port speaks WebSocket', headers }
}
