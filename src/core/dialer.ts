/**
 * A dialer keeps one connection to one address: it connects in the background, and after every failure or loss waits
 * and tries again, until it is closed. It has at most one pipe.
 */
import { Backoff } from './backoff.ts'
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Connection, type ParsedUrl, parseUrl, Refusal } from './transport.ts'
import { checkWaitOptions, startTimer, type Timer, type WaitOptions, WaitQueue } from './waiting.ts'

/** Returns the URL to connect to, or a promise of it. */
export type UrlFactory = () => string | Promise<string>

export type DialerState = 'connecting' | 'connected' | 'waiting' | 'closed'
export type DialerEvent = 'accepted' | 'failed' | 'lost' | 'retryDue' | 'close'

export const dialerStates: StateTable<DialerState, DialerEvent> = {
  name: 'dialer',
  initial: 'connecting',
  transitions: {
    connecting: { accepted: 'connected', failed: 'waiting', close: 'closed' },
    connected: { lost: 'waiting', close: 'closed' },
    waiting: { retryDue: 'connecting', close: 'closed' },
    closed: {}
  }
}

export class Dialer extends Endpoint {
  readonly kind = 'dialer'
  readonly #machine = new Machine(dialerStates)
  readonly #target: ParsedUrl | UrlFactory
  readonly #backoff: Backoff
  readonly #waiters: WaitQueue<undefined, Pipe> = new WaitQueue('whenConnected')
  #attempt: AbortController | undefined
  #timer: Timer

  constructor(owner: EndpointOwner, url: string, options: ResolvedEndpointOptions, target: ParsedUrl | UrlFactory) {
    super(owner, url, options)
    this.#target = target
    this.#backoff = new Backoff(options.reconnectInterval, options.reconnectIntervalMax)
  }

  get state(): DialerState {
    return this.#machine.state
  }

  /** The pipe, while connected. */
  get pipe(): Pipe | undefined {
    const [pipe] = this.pipes
    return pipe
  }

  /**
   * Resolves with the pipe once the peer accepted the handshake; at once when connected.
   * Rejects with `ETIMEDOUT`, `signal.reason`, or `EBADF` when the dialer or socket closes.
   */
  async whenConnected(options?: WaitOptions): Promise<Pipe> {
    checkWaitOptions(options)
    if (this.#machine.state === 'closed') throw this.#closedError()
    return this.pipe ?? this.#waiters.wait(undefined, options, Infinity)
  }

  /** For the core, once the socket knows this dialer. */
  start(): void {
    this.#attempt = new AbortController()
    const busy = this.owner.admit()
    // Not before connect() has returned: listeners may be added after it.
    if (busy !== undefined) {
      queueMicrotask(() => {
        if (this.#machine.state === 'connecting') this.refused(busy)
      })
      return
    }
    const { signal } = this.#attempt
    const target = this.#target
    const dialed = typeof target === 'function' ? this.#ask(target, signal) : this.#dial(target, signal)
    dialed.then(
      (connection) => this.#established(connection),
      (error: unknown) => this.#failed(error)
    )
  }

  /** The socket took the pipe. For the core, before the `attach` event. */
  joined(): void {
    this.#machine.fire('accepted')
    this.#backoff.reset()
    this.lastError = undefined
  }

  /** For the core, after the `attach` event. */
  announce(pipe: Pipe): void {
    this.#waiters.resolveAll(pipe)
  }

  /** The pipe ended. For the core. */
  ended(cause: SpError): void {
    if (this.#machine.state !== 'connected') return
    this.#machine.fire('lost')
    this.#retryLater(cause)
  }

  protected stop(): void {
    this.#machine.fire('close')
    clearTimeout(this.#timer)
    this.#attempt?.abort()
    this.#waiters.rejectAll(() => this.#closedError())
  }

  protected override refused(refusal: Refusal): SpError {
    this.#machine.fire('failed')
    const error = super.refused(refusal)
    this.#retryLater(error)
    return error
  }

  /** A URL factory is asked anew every time, so that signed or discovered URLs stay fresh. */
  async #ask(factory: UrlFactory, signal: AbortSignal): Promise<Connection> {
    const url = await factory()
    signal.throwIfAborted()
    const target = parseUrl(url, 'connect', this.options)
    this.address = url
    return this.#dial(target, signal)
  }

  #dial(target: ParsedUrl, signal: AbortSignal): Promise<Connection> {
    return target.transport.dial({ ...this.request(target), signal, exclusive: this.owner.exclusive })
  }

  #established(connection: Connection): void {
    if (this.#machine.state === 'closed') {
      void connection.close(0)
      return
    }
    this.count('establishedConnections')
    this.take(connection)
  }

  #failed(error: unknown): void {
    if (this.#machine.state === 'closed') return
    if (error instanceof Refusal) {
      this.count('establishedConnections')
      this.count('brokenConnections')
      this.refused(error)
      return
    }
    this.count('connectErrors')
    this.#machine.fire('failed')
    this.#retryLater(fromSystem(error, this.url, 'connecting to'))
  }

  #retryLater(cause: SpError): void {
    // A listener of the event that told of it may have closed the dialer.
    if (this.#machine.state !== 'waiting') return
    this.lastError = cause
    const delay = this.#backoff.next()
    this.#timer = startTimer(() => {
      this.#machine.fire('retryDue')
      this.start()
    }, delay)
    this.owner.context.events.emit('retry', { dialer: this, attempt: this.#backoff.failures, delay, cause })
  }

  #closedError(): SpError {
    return new SpError('EBADF', { message: `the dialer to ${this.url} is closed`, endpoint: this.url })
  }
}
