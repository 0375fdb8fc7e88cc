/** What dialers and listeners have in common, and what they need from their socket. */
import type { SocketContext } from './context.ts'
import type { Dialer } from './dialer.ts'
import type { SpError } from './errors.ts'
import type { Listener } from './listener.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { type ConnectionCounts, Counters, type EndpointStats } from './stats.ts'
import type { Connection, EndpointRequest, ParsedUrl, ProtocolIdentity, Refusal } from './transport.ts'

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
  readonly #url: string

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
