/** What dialers and listeners have in common, and what they need from their socket. */
import type { SocketContext } from './context.ts'
import type { Dialer } from './dialer.ts'
import type { SpError } from './errors.ts'
import type { Listener } from './listener.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { type ConnectionCounts, Counters, type EndpointStats } from './stats.ts'
import {
  type Connection,
  type ConnectionInfo,
  type EndpointRequest,
  type ParsedUrl,
  type ProtocolIdentity,
  Refusal
} from './transport.ts'
import { startTimer } from './waiting.ts'

/** The socket, as its endpoints see it. */
export interface EndpointOwner {
  readonly context: SocketContext
  readonly identity: ProtocolIdentity
  readonly exclusive: boolean
  /** Why no peer can join now. */
  admit(): Refusal | undefined
  /** Makes a connection a pipe of the socket, or says why not and closes it. */
  attach(endpoint: Dialer | Listener, connection: Connection): Pipe | Refusal
  /** The endpoint is closed. */
  forget(endpoint: Dialer | Listener): void
}

/** Base of both kinds: address, options, counters, pipes. */
export abstract class Endpoint {
  readonly options: ResolvedEndpointOptions
  readonly counters: Counters = new Counters()
  /** The pipes this endpoint has now. For the core. */
  readonly pipes: Set<Pipe> = new Set()
  protected readonly owner: EndpointOwner
  protected readonly parsed: ParsedUrl
  protected lastError: SpError | undefined
  #url: string
  /** What `authorize` was asked about already. */
  readonly #asked: WeakSet<ConnectionInfo> = new WeakSet()

  constructor(owner: EndpointOwner, url: string, parsed: ParsedUrl, options: ResolvedEndpointOptions) {
    this.owner = owner
    this.#url = url
    this.parsed = parsed
    this.options = options
  }

  /** The address given. */
  get url(): string {
    return this.#url
  }

  /** Takes the address that a URL factory returned. For the core. */
  rename(url: string): void {
    this.#url = url
  }

  abstract get state(): string
  abstract readonly kind: 'dialer' | 'listener'
  /** A pipe of this endpoint ended. For the core. */
  abstract ended(pipe: Pipe, cause: SpError | undefined): void

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.lastError !== undefined
  }

  /** Counts on the endpoint and its socket. For the core. */
  count(what: keyof ConnectionCounts): void {
    this.counters.connections[what]++
    this.owner.context.counters.connections[what]++
  }

  stats(): EndpointStats {
    const { kind, url, state, counters } = this
    return {
      kind,
      url,
      state,
      lastError: this.lastError?.code ?? null,
      currentConnections: this.pipes.size,
      ...counters.connections,
      drops: { ...counters.drops },
      rejects: { ...counters.rejects }
    }
  }

  /** Asks the `authorize` option about a peer, once; `undefined` when there is nothing to ask. Never rejects. */
  protected authorize(info: ConnectionInfo): Promise<Refusal | undefined> | undefined {
    const { authorize, handshakeTimeout } = this.options
    if (authorize === undefined || this.#asked.has(info)) return undefined
    this.#asked.add(info)
    const refusal = (message: string, cause?: unknown): Refusal =>
      new Refusal('unauthorized', message, info.remote, cause)
    return new Promise((resolve) => {
      const timer = startTimer(() => {
        const message = `authorize did not decide within ${handshakeTimeout} ms`
        resolve(new Refusal('handshake-timeout', message, info.remote))
      }, handshakeTimeout)
      const { remote: address, peerProtocol } = info
      const peer = { address, peerProtocol, info, endpoint: this as unknown as Dialer | Listener }
      new Promise((decide) => decide(authorize(peer)))
        .then(
          (yes) => resolve(yes === true ? undefined : refusal(`authorize refused ${address || 'the peer'}`)),
          (error: unknown) => resolve(refusal(`authorize refused ${address || 'the peer'}: ${String(error)}`, error))
        )
        .finally(() => clearTimeout(timer))
    })
  }

  /** Counts a refused connection and tells listeners. */
  protected refused(refusal: Refusal, error: SpError): void {
    const { context } = this.owner
    for (const { rejects } of [this.counters, context.counters]) {
      rejects[refusal.reason] = (rejects[refusal.reason] ?? 0) + 1
    }
    context.events.emit('reject', {
      reason: refusal.reason,
      endpoint: this as unknown as Dialer | Listener,
      address: refusal.address,
      error
    })
  }

  protected request(): EndpointRequest {
    return {
      url: this.#url,
      address: this.parsed.address,
      scheme: this.parsed.scheme,
      protocol: this.owner.identity,
      options: this.options,
      sendBuffer: this.owner.context.options.sendBuffer,
      recvBuffer: this.owner.context.options.recvBuffer
    }
  }
}
