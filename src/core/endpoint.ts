/** What dialers and listeners have in common, and what they need from their socket. */
import { admission, type Judge } from './admission.ts'
import type { SocketContext } from './context.ts'
import { SpError } from './errors.ts'
import type { LivePipe, PipeEndpoint } from './live-pipe.ts'
import { Once } from './once.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { ProtocolIdentity } from './peer.ts'
import type { DetachReason } from './reasons.ts'
import { type ConnectionCounts, Counters, type EndpointStats, tally } from './stats.ts'
import { type Connection, type EndpointRequest, type ParsedUrl, parseUrl, Refusal, type Role } from './transport.ts'

/** The socket, as its endpoints see it. */
export interface EndpointOwner {
  readonly context: SocketContext
  readonly identity: ProtocolIdentity
  readonly exclusive: boolean
  /** Why no peer can join now; with `attempt`, the place of a socket that takes one peer is kept free for that. */
  admit(address?: string, attempt?: Endpoint): Refusal | undefined
  /** That attempt is over. */
  giveUp(attempt: Endpoint): void
  /** Makes a connection a pipe of the socket, or says why not. */
  attach(endpoint: Endpoint, connection: Connection): Refusal | undefined
  /** A pipe ended. */
  left(pipe: LivePipe, reason: DetachReason, cause: unknown): void
  /** The endpoint is closed. */
  forget(endpoint: Endpoint): void
}

/** Base of both kinds: address, options, counters, pipes, and how a connection becomes one. */
export abstract class Endpoint implements PipeEndpoint {
  /** Every option with its value in force. */
  readonly options: ResolvedEndpointOptions
  /** @internal */
  readonly counters: Counters = new Counters()
  /** The pipes this endpoint has now. @internal */
  readonly pipes: Set<LivePipe> = new Set()
  protected readonly owner: EndpointOwner
  protected address: string
  /** Why the last attempt failed, if it did. @internal */
  lastError: SpError | undefined
  protected readonly judge: Judge | undefined = admission.Judge && new admission.Judge(this)
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
  /** Why it takes no further peer from there now, where peers are limited. */
  protected full?(address: string): Refusal | undefined

  /** Stops connecting or listening. */
  protected abstract stop(): unknown

  /** The socket took a pipe of it: before the `attach` event. @internal */
  abstract joined(pipe: LivePipe): void

  /** The same, after that event. @internal */
  announce?(pipe: LivePipe): void

  /** @internal */
  left(pipe: LivePipe, reason: DetachReason, cause: unknown): void {
    this.pipes.delete(pipe)
    this.count(reason === 'closed-locally' ? 'droppedConnections' : 'brokenConnections')
    this.owner.left(pipe, reason, cause)
  }

  /** Ends the endpoint and its pipes, delivering what was sent for at most the socket's `linger`. */
  close(): Promise<void> {
    return this.shut(this.owner.context.options.linger)
  }

  /** @internal */
  shut(linger: number): Promise<void> {
    return this.#closing.run(async () => {
      await Promise.all([this.stop(), ...Array.from(this.pipes, (pipe) => pipe.close(linger))])
      this.owner.forget(this)
    })
  }

  /** Counts on the endpoint and its socket. @internal */
  count(what: keyof ConnectionCounts): void {
    this.counters.connections[what]++
    this.owner.context.counters.connections[what]++
  }

  /** Counters of this endpoint, as plain JSON. */
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
    const asked = this.judge?.ask(connection.info)
    if (asked === undefined) return this.#join(connection)
    void asked.then((refusal) => this.#join(connection, refusal))
    return undefined
  }

  /** Counts a refused connection and tells listeners. */
  protected refused({ reason, message, address, cause }: Refusal): SpError {
    const { context } = this.owner
    const code = reason === 'handshake-timeout' ? 'ETIMEDOUT' : this.kind === 'dialer' ? 'ECONNREFUSED' : 'EPROTO'
    const error = new SpError(code, { message, endpoint: this.url, cause })
    for (const { rejects } of [this.counters, context.counters]) tally(rejects, reason, 1)
    context.events.emit('reject', { reason, endpoint: this, address, error })
    return error
  }

  /** Throws `EINVAL`, `EPROTONOSUPPORT`. */
  protected parse(url: unknown, role: Role): ParsedUrl {
    return parseUrl(url, role, { options: this.options, protocol: this.owner.identity })
  }

  protected request(parsed: ParsedUrl): EndpointRequest {
    const { url, options, owner } = this
    const { sendBuffer, recvBuffer } = owner.context.options
    return { ...parsed, url, protocol: owner.identity, options, sendBuffer, recvBuffer }
  }

  #join(connection: Connection, unauthorized?: Refusal): Refusal | undefined {
    const closed = this.state === 'closed'
    const { remote } = connection.info
    const refusal = closed
      ? new Refusal('closed', `${this.url} is closed`, remote)
      : (unauthorized ?? this.full?.(remote) ?? this.owner.attach(this, connection))
    if (refusal === undefined) return undefined
    void connection.close(0)
    if (!closed) {
      this.count('brokenConnections')
      this.refused(refusal)
    }
    return refusal
  }
}
