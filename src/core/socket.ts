/**
 * What every socket is: endpoints, pipes, options, events, statistics and an orderly end. Sending and receiving are in
 * `messaging.ts`; what a pattern does with messages is its protocol's business.
 */
import { SocketContext } from './context.ts'
import { Dialer, type UrlFactory } from './dialer.ts'
import type { Endpoint, EndpointOwner } from './endpoint.ts'
import { eventsOf, type SocketEventName, type SocketEvents } from './events.ts'
import { mismatch } from './judge.ts'
import { Listener } from './listener.ts'
import { LivePipe } from './live-pipe.ts'
import { Once } from './once.ts'
import type { EndpointOptions, ResolvedOptions } from './options.ts'
import type { PeerInfo, ProtocolIdentity } from './peer.ts'
import type { Protocol, ProtocolDefinition } from './protocol.ts'
import { resolveEndpointOptions, resolveSocketOptions } from './resolve-options.ts'
import { check, duration, object, range, show } from './rules.ts'
import { Machine, type StateTable } from './state-machine.ts'
import type { SocketStats } from './stats.ts'
import { type Connection, Refusal } from './transport.ts'
import { checkWaitOptions, type WaitOptions, WaitQueue } from './waiting.ts'

/** `closing`: delivers what was accepted. */
export type SocketState = 'open' | 'closing' | 'closed'
export type SocketEvent = 'close' | 'drained'

export const socketStates: StateTable<SocketState, SocketEvent> = {
  name: 'socket',
  initial: 'open',
  transitions: {
    open: { close: 'closing' },
    closing: { drained: 'closed' },
    closed: {}
  }
}

/** How to close. */
export interface CloseOptions {
  /** Deliver what was accepted for at most this many ms; 0 discards it. Default: the option `linger`. */
  linger?: number | undefined
}

const peerCount = range(0, 2 ** 31 - 1)

let sockets = 0

/** What every socket has: endpoints, events, statistics and an end. */
export abstract class Socket<P extends Protocol = Protocol> {
  /** The pattern, such as `req`. */
  readonly protocol: string
  /** Every option with its value in force. */
  readonly options: ResolvedOptions
  /** The pattern's machinery. For patterns. */
  protected readonly engine: P
  /** For patterns. */
  protected readonly context: SocketContext
  readonly #machine = new Machine(socketStates)
  readonly #endpoints: Set<Endpoint> = new Set()
  readonly #pipes: Set<LivePipe> = new Set()
  readonly #peerWaiters: WaitQueue<number, void>
  readonly #owner: EndpointOwner
  /** The attempt to connect for which a socket that takes one peer keeps its place. */
  #expected: Endpoint | undefined
  readonly #closing = new Once()

  constructor(definition: ProtocolDefinition<P>, options: unknown) {
    this.protocol = definition.name
    this.options = resolveSocketOptions(options, definition.options, `${definition.name}-${++sockets}`)
    this.context = new SocketContext(this.options, eventsOf(this), () => {
      // Nobody knows where somebody is connected.
      if (this.#pipes.size === 0) return [...this.#endpoints].find((e) => e.lastError)?.lastError
    })
    this.#peerWaiters = new WaitQueue('waitForPeers', this.context.why)
    this.engine = definition.create(this.context)
    this.#owner = {
      context: this.context,
      identity: definition,
      exclusive: definition.exclusive === true,
      admit: (address, attempt) => this.#admit(address, attempt),
      giveUp: (attempt) => {
        if (this.#expected === attempt) this.#expected = undefined
      },
      attach: (endpoint, connection) => this.#attach(endpoint, connection),
      left: (pipe, reason, cause) => {
        this.#pipes.delete(pipe)
        this.context.events.emit('detach', { pipe, reason, ...(cause !== undefined && { cause }) })
      },
      forget: (endpoint) => this.#endpoints.delete(endpoint)
    }
  }

  /** Endpoint ids, own and of the peers, as they stand in the SP hello. */
  get identity(): ProtocolIdentity {
    return this.#owner.identity
  }

  /** Option `name`, or the pattern and a number; for messages and statistics. */
  get name(): string {
    return this.options.name
  }

  /** Whether it is open, closing or closed. */
  get state(): SocketState {
    return this.#machine.state
  }

  /** A snapshot of the attached pipes. */
  get peers(): readonly PeerInfo[] {
    return [...this.#pipes]
  }

  /**
   * Listens at an address; resolves once it listens. Port 0 picks a free port, `listener.url` has it.
   * Rejects with `EINVAL`, `EPROTONOSUPPORT`, `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, `ENOENT`, `ENOTSUP` or `EBADF`.
   */
  async bind(url: string, options?: EndpointOptions): Promise<Listener> {
    this.context.assertOpen()
    const resolved = resolveEndpointOptions(options, this.options, `the listener ${show(url)}`)
    const listener = new Listener(this.#owner, url, resolved)
    this.#endpoints.add(listener)
    await listener.start()
    this.context.events.emit('listen', { listener, url: listener.url })
    return listener
  }

  /**
   * Connects in the background and keeps reconnecting; see `dialer.whenConnected()`.
   * A function in place of the URL is asked for it at every attempt; `dialer.url` is what it returned last.
   * Throws `EINVAL` for a wrong address or option, `EPROTONOSUPPORT`, `EBADF`; network trouble never throws.
   */
  connect(target: string | UrlFactory, options?: EndpointOptions): Dialer {
    this.context.assertOpen()
    const resolved = resolveEndpointOptions(options, this.options, `the dialer ${show(target)}`)
    const dialer = new Dialer(this.#owner, target, resolved)
    this.#endpoints.add(dialer)
    dialer.start()
    return dialer
  }

  /**
   * Resolves as soon as `count` pipes are attached.
   * Rejects with `ETIMEDOUT`, `signal.reason`, `EINVAL`, or `EBADF` when the socket closes.
   */
  async waitForPeers(count: number, options?: WaitOptions): Promise<void> {
    this.context.assertOpen()
    checkWaitOptions(options)
    check('count', peerCount, count)
    if (this.#pipes.size >= count) return
    await this.#peerWaiters.wait(count, options, Infinity)
  }

  /** Calls `listener` at every `event`. */
  on<E extends SocketEventName>(event: E, listener: SocketEvents[E]): this {
    this.context.events.on(event, listener)
    return this
  }

  /** Calls `listener` at the next `event` only. */
  once<E extends SocketEventName>(event: E, listener: SocketEvents[E]): this {
    this.context.events.on(event, listener, true)
    return this
  }

  /** Removes a listener. */
  off<E extends SocketEventName>(event: E, listener: SocketEvents[E]): this {
    this.context.events.off(event, listener)
    return this
  }

  /** Plain JSON: nanomsg's statistics, and drops and refusals by reason, for the socket, its endpoints and its pipes. */
  stats(): SocketStats {
    const { context } = this
    const endpoints = [...this.#endpoints]
    return {
      name: this.name,
      protocol: this.protocol,
      state: this.state,
      currentConnections: this.#pipes.size,
      inProgressConnections: endpoints.filter((e) => e.state === 'connecting').length,
      currentEndpointErrors: endpoints.filter((e) => e.lastError).length,
      ...context.messageCounts(),
      currentSendPriority: this.engine.sendPriority?.() ?? null,
      resends: context.resends,
      ...context.counters.snapshot(),
      endpoints: endpoints.map((e) => e.stats()),
      pipes: [...this.#pipes].map((p) => p.stats())
    }
  }

  /**
   * Delivers what was accepted for at most `linger` ms, then closes. Whatever waits rejects with `EBADF`. Closing again
   * resolves with the first. Throws `EINVAL` for a wrong `linger`.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { linger = this.options.linger } = check('options', object, options)
    check('linger', duration, linger)
    return this.#closing.run(() => this.#close(linger))
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(linger: number): Promise<void> {
    this.#machine.fire('close')
    this.context.closed = true
    this.context.onClosing?.()
    this.engine.close()
    this.#peerWaiters.rejectAll(() => this.context.closedError())
    await Promise.all(Array.from(this.#endpoints, (endpoint) => endpoint.shut(linger)))
    this.#machine.fire('drained')
    this.context.events.emit('close', {})
  }

  #admit(address = '', attempt?: Endpoint): Refusal | undefined {
    const taken = this.#expected !== undefined && this.#expected !== attempt
    if (taken || this.engine.busy?.()) return new Refusal('busy', `${this.name} takes one peer and has it`, address)
    // A transport may still ask for an attempt that is over: no place is kept for that.
    if (this.#owner.exclusive && attempt?.state === 'connecting') this.#expected = attempt
    return undefined
  }

  #attach(endpoint: Endpoint, connection: Connection): Refusal | undefined {
    const refusal = mismatch(this.identity, connection.info) ?? this.#admit(connection.info.remote, endpoint)
    this.#owner.giveUp(endpoint)
    if (refusal !== undefined) return refusal
    const pipe = new LivePipe(this.context, this.engine, endpoint, connection)
    this.#pipes.add(pipe)
    endpoint.pipes.add(pipe)
    endpoint.joined(pipe)
    pipe.join()
    this.context.events.emit('attach', { pipe })
    endpoint.announce?.(pipe)
    for (let waiter = this.#peerWaiters.head; waiter !== undefined; ) {
      const following = waiter.next
      if (this.#pipes.size >= waiter.payload) waiter.resolve()
      waiter = following
    }
    pipe.begin()
    return undefined
  }
}
