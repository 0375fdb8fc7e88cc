/**
 * A dialer keeps one connection to one address: it connects in the background, and after every failure or loss waits
 * and tries again, until it is closed. It has at most one pipe. One clock bounds an attempt from its first step to the
 * hello of the peer.
 */
import { delayAfter } from './backoff.ts'
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import type { LivePipe } from './live-pipe.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { PeerInfo } from './peer.ts'
import type { DetachReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Connection, type ParsedUrl, Refusal } from './transport.ts'
import { checkWaitOptions, startTimer, type Timer, type WaitOptions, WaitQueue } from './waiting.ts'

/** Returns the URL to connect to, or a promise of it. */
export type UrlFactory = () => string | Promise<string>

/** `waiting`: until the next attempt. */
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

/** Keeps one connection to an address, and makes it anew when it is lost; what `connect` returns. */
export class Dialer extends Endpoint {
  /** That it dials. */
  readonly kind = 'dialer'
  readonly #machine = new Machine(dialerStates)
  readonly #target: ParsedUrl | UrlFactory
  readonly #waiters: WaitQueue<undefined, PeerInfo> = new WaitQueue('whenConnected', () => this.lastError)
  /** The attempt that is under way. */
  #attempt: AbortController | undefined
  /** Ends the attempt, or the wait for the next. */
  #timer: Timer
  #joinedAt = 0
  /** Attempts that failed since a connection was of use; that one was accepted is not enough. */
  #failures = 0

  constructor(owner: EndpointOwner, target: string | UrlFactory, options: ResolvedEndpointOptions) {
    super(owner, typeof target === 'function' ? '' : target, options)
    this.#target = typeof target === 'function' ? target : this.parse(target, 'connect')
  }

  /** Whether it is connected, on its way, waits before the next attempt, or is closed. */
  get state(): DialerState {
    return this.#machine.state
  }

  /** The pipe, while connected. */
  get pipe(): PeerInfo | undefined {
    const [pipe] = this.pipes
    return pipe
  }

  /**
   * Resolves with the pipe once the peer accepted the handshake; at once when connected.
   * Rejects with `ETIMEDOUT`, whose `cause` is why the last attempt failed, `signal.reason`, or `EBADF` when the dialer
   * or socket closes.
   */
  async whenConnected(options?: WaitOptions): Promise<PeerInfo> {
    checkWaitOptions(options)
    if (this.#machine.state === 'closed') throw this.#closedError()
    return this.pipe ?? this.#waiters.wait(undefined, options, Infinity)
  }

  /** For the core, once the socket knows this dialer. */
  start(): void {
    const busy = this.owner.admit()
    // Not before connect() has returned: listeners may be added after it.
    if (busy !== undefined) {
      queueMicrotask(() => {
        if (this.#machine.state === 'connecting') this.refused(busy)
      })
      return
    }
    this.#connect()
  }

  joined(): void {
    this.#machine.fire('accepted')
    this.#joinedAt = performance.now()
    this.lastError = undefined
  }

  override announce(pipe: LivePipe): void {
    this.#waiters.resolveAll(pipe)
  }

  override left(pipe: LivePipe, reason: DetachReason, cause: unknown): void {
    super.left(pipe, reason, cause)
    if (this.#machine.state !== 'connected') return
    const lasted = performance.now() - this.#joinedAt >= this.options.reconnectIntervalMax
    if (lasted || pipe.messagesReceived > 0) this.#failures = 0
    this.#machine.fire('lost')
    const message = `the connection to ${pipe.address} ended (${reason})`
    this.#retryLater(new SpError('ECONNRESET', { message, endpoint: this.url, cause }))
  }

  protected stop(): void {
    this.#machine.fire('close')
    const attempt = this.#attempt
    this.#endAttempt()
    attempt?.abort()
    this.#waiters.rejectAll(() => this.#closedError())
  }

  protected override refused(refusal: Refusal): SpError {
    this.#endAttempt()
    this.#machine.fire('failed')
    const error = super.refused(refusal)
    this.#retryLater(error)
    return error
  }

  /** One attempt. It is over in time, whatever the transport or a URL factory does; a connection that comes late is closed. */
  #connect(): void {
    const attempt = new AbortController()
    const { signal } = attempt
    const { handshakeTimeout } = this.options
    this.#attempt = attempt
    this.#timer = startTimer(() => {
      attempt.abort(new Refusal('handshake-timeout', `not connected within ${handshakeTimeout} ms`, this.url))
    }, handshakeTimeout)
    const failed = (error: unknown): void => {
      if (this.#attempt === attempt) this.#failed(error)
    }
    signal.addEventListener('abort', () => failed(signal.reason))
    this.#dial(signal).then((connection) => {
      if (this.#attempt !== attempt) {
        void connection.close(0)
        return
      }
      clearTimeout(this.#timer)
      this.#attempt = undefined
      this.count('establishedConnections')
      this.take(connection)
    }, failed)
  }

  /** Opens in the same turn, but for a URL factory: what a listener over inproc sends at once finds its peer. */
  #dial(signal: AbortSignal, target = this.#target): Promise<Connection> {
    try {
      if (typeof target === 'function') return this.#ask(target, signal)
      if (target.transport.patient) clearTimeout(this.#timer)
      return target.transport.dial({
        ...this.request(target),
        signal,
        exclusive: this.owner.exclusive,
        admit: (address) => this.owner.admit(address, this)
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** A URL factory is asked anew every time, so that signed or discovered URLs stay fresh. */
  async #ask(factory: UrlFactory, signal: AbortSignal): Promise<Connection> {
    const url = await factory()
    signal.throwIfAborted()
    const target = this.parse(url, 'connect')
    this.address = url
    return this.#dial(signal, target)
  }

  #failed(error: unknown): void {
    if (error instanceof Refusal) {
      this.count('establishedConnections')
      this.count('brokenConnections')
      this.refused(error)
      return
    }
    this.#endAttempt()
    this.count('connectErrors')
    this.#machine.fire('failed')
    this.#retryLater(fromSystem(error, this.url, 'connecting to'))
  }

  #endAttempt(): void {
    clearTimeout(this.#timer)
    this.#attempt = undefined
    this.owner.giveUp(this)
  }

  #retryLater(cause: SpError): void {
    // A listener of the event that told of it may have closed the dialer.
    if (this.#machine.state !== 'waiting') return
    this.lastError = cause
    const { reconnectInterval, reconnectIntervalMax } = this.options
    const delay = delayAfter(this.#failures++, reconnectInterval, reconnectIntervalMax)
    this.#timer = startTimer(() => {
      this.#machine.fire('retryDue')
      this.start()
    }, delay)
    this.owner.context.events.emit('retry', { dialer: this, attempt: this.#failures, delay, cause })
  }

  #closedError(): SpError {
    return new SpError('EBADF', { endpoint: this.url })
  }
}
