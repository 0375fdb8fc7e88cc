/** What dialers and listeners have in common, and what they need from their socket. */
import type { SocketContext } from './context.ts'
import type { Dialer } from './dialer.ts'
import { SpError } from './errors.ts'
import type { Listener } from './listener.ts'
import { Once } from './once.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { type ConnectionCounts, Counters, type EndpointStats, tally } from './stats.ts'
import {
  type Connection,
  type ConnectionInfo,
  type EndpointRequest,
  type ParsedUrl,
  type ProtocolIdentity,
  Refusal
} from './transport.ts'
import { within } from './waiting.ts'

/** The socket, as its endpoints see it. */
export interface EndpointOwner {
  readonly context: SocketContext
  readonly identity: ProtocolIdentity
  readonly exclusive: boolean
  /** Why no peer can join now. */
  admit(address?: string): Refusal | undefined
  /** Makes a connection a pipe of the socket, or says why not. */
  attach(endpoint: Dialer | Listener, connection: Connection): Refusal | undefined
  /** The endpoint is closed. */
  forget(endpoint: Dialer | Listener): void
}

type Either = Dialer | Listener

/** Base of both kinds: address, options, counters, pipes, and how a connection becomes one. */
export abstract class Endpoint {
  readonly options: ResolvedEndpointOptions
  readonly counters: Counters = new Counters()
  /** The pipes this endpoint has now. For the core. */
  readonly pipes: Set<Pipe> = new Set()
  protected readonly owner: EndpointOwner
  protected address: string
  /** Why the last attempt failed, if it did. For the core. */
  lastError: SpError | undefined
  /** What `authorize` was asked about already. */
  readonly #asked: WeakSet<ConnectionInfo> = new WeakSet()
  readonly #closing = new Once()

  constructor(owner: EndpointOwner, url: string, options: ResolvedEndpointOptions) {
    this.owner = owner
    this.address = url
    this.options = options
  }

  /** The address given; with a URL factory what that returned last. */
  get url(): string {
    return this.address
  }

  abstract get state(): string
  abstract readonly kind: 'dialer' | 'listener'
  /** Stops connecting or listening. */
  protected abstract stop(): unknown

  /** Ends the endpoint and its pipes, delivering what was sent for at most the socket's `linger`. */
  close(): Promise<void> {
    return this.shut(this.owner.context.options.linger)
  }

  /** For the core. */
  shut(linger: number): Promise<void> {
    return this.#closing.run(async () => {
      await Promise.all([this.stop(), ...Array.from(this.pipes, (pipe) => pipe.close(linger))])
      this.owner.forget(this as unknown as Either)
    })
  }

  /** Counts on the endpoint and its socket. For the core. */
  count(what: keyof ConnectionCounts): void {
    this.counters.connections[what]++
    this.owner.context.counters.connections[what]++
  }

  stats(): EndpointStats {
    const { kind, url, state } = this
    return {
      kind,
      url,
      state,
      lastError: this.lastError?.code ?? null,
      currentConnections: this.pipes.size,
      ...this.counters.snapshot()
    }
  }

  /** Makes a connection a pipe if `authorize` and the socket agree. Returns why not, where that is known at once. */
  protected take(connection: Connection): Refusal | undefined {
    const asked = this.authorize(connection.info)
    if (asked === undefined) return this.#join(connection)
    void asked.then((refusal) => this.#join(connection, refusal))
    return undefined
  }

  /** Asks the `authorize` option about a peer, once; `undefined` when there is nothing to ask. Never rejects. */
  protected authorize(info: ConnectionInfo): Promise<Refusal | undefined> | undefined {
    const { authorize, handshakeTimeout } = this.options
    if (authorize === undefined || this.#asked.has(info)) return undefined
    this.#asked.add(info)
    const { remote: address, peerProtocol } = info
    const refusal = (why: string, cause?: unknown): Refusal =>
      new Refusal('unauthorized', `authorize refused ${address || 'the peer'}${why}`, address, cause)
    const ask = async (): Promise<Refusal | undefined> => {
      const yes = await authorize({ address, peerProtocol, info, endpoint: this as unknown as Either })
      return yes === true ? undefined : refusal('')
    }
    return within<Refusal | undefined>(
      handshakeTimeout,
      (decided) => void ask().then(decided, (error: unknown) => decided(refusal(`: ${String(error)}`, error))),
      () => new Refusal('handshake-timeout', `authorize did not finish within ${handshakeTimeout} ms`, address)
    )
  }

  /** Counts a refused connection and tells listeners. */
  protected refused({ reason, message, address, cause }: Refusal): SpError {
    const { context } = this.owner
    const code = reason === 'handshake-timeout' ? 'ETIMEDOUT' : this.kind === 'dialer' ? 'ECONNREFUSED' : 'EPROTO'
    const error = new SpError(code, { message, endpoint: this.url, cause })
    for (const { rejects } of [this.counters, context.counters]) tally(rejects, reason, 1)
    context.events.emit('reject', { reason, endpoint: this as unknown as Either, address, error })
    return error
  }

  protected request(parsed: ParsedUrl): EndpointRequest {
    const { url, options, owner } = this
    const { sendBuffer, recvBuffer } = owner.context.options
    return { ...parsed, url, protocol: owner.identity, options, sendBuffer, recvBuffer }
  }

  #join(connection: Connection, unauthorized?: Refusal): Refusal | undefined {
    const closed = this.state === 'closed'
    const refusal = closed
      ? new Refusal('closed', `${this.url} is closed`, connection.info.remote)
      : (unauthorized ?? this.owner.attach(this as unknown as Either, connection))
    if (refusal === undefined) return undefined
    void connection.close(0)
    if (!closed) {
      this.count('brokenConnections')
      this.refused(refusal)
    }
    return refusal
  }
}
