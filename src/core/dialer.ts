/**
 * A dialer keeps one connection to one address: it connects in the background, and after every failure or loss waits
 * and tries again, until it is closed. It has at most one pipe.
 */
import { Backoff } from './backoff.ts'
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import { fromSystem, SpError } from './errors.ts'
import { Once } from './once.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { Pipe } from './pipe.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Connection, type ParsedUrl, Refusal } from './transport.ts'
import { checkWaitOptions, startTimer, type Timer, type WaitOptions, WaitQueue } from './waiting.ts'

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
  readonly #backoff: Backoff
  readonly #waiters: WaitQueue<undefined, Pipe> = new WaitQueue('whenConnected')
  #attempt: AbortController | undefined
  #timer: Timer
  #pipe: Pipe | undefined
  readonly #closing = new Once()

  constructor(owner: EndpointOwner, url: string, parsed: ParsedUrl, options: ResolvedEndpointOptions) {
    super(owner, url, parsed, options)
    this.#backoff = new Backoff(options.reconnectInterval, options.reconnectIntervalMax)
  }

  get state(): DialerState {
    return this.#machine.state
  }

  /** The pipe, while connected. */
  get pipe(): Pipe | undefined {
    return this.#pipe
  }

  /**
   * Resolves with the pipe once the peer accepted the handshake; at once when connected.
   * Rejects with `ETIMEDOUT`, `signal.reason`, or `EBADF` when the dialer or socket closes.
   */
  async whenConnected(options?: WaitOptions): Promise<Pipe> {
    checkWaitOptions(options)
    if (this.#machine.state === 'closed') throw this.#closedError()
    return this.#pipe ?? this.#waiters.wait(undefined, options, Infinity)
  }

  /** Stops connecting and closes the pipe, delivering what was sent for at most the socket's `linger`. */
  async close(): Promise<void> {
    await this.shut(this.owner.context.options.linger)
  }

  /** For the core, once the socket knows this dialer. */
  start(): void {
    this.#connect()
  }

  /** For the core. */
  shut(linger: number): Promise<void> {
    return this.#closing.run(() => this.#shut(linger))
  }

  async #shut(linger: number): Promise<void> {
    this.#machine.fire('close')
    clearTimeout(this.#timer)
    this.#attempt?.abort()
    this.#waiters.rejectAll(() => this.#closedError())
    const pipe = this.#pipe
    this.#pipe = undefined
    await pipe?.close(linger)
    this.owner.forget(this)
  }

  ended(pipe: Pipe, cause: SpError | undefined): void {
    if (this.#pipe !== pipe) return
    this.#pipe = undefined
    if (this.#machine.state !== 'connected') return
    this.#machine.fire('lost')
    this.#retryLater(cause ?? new SpError('ECONNRESET', { message: 'the connection ended', endpoint: this.url }))
  }

  #connect(): void {
    const attempt = new AbortController()
    this.#attempt = attempt
    const busy = this.owner.admit()
    if (busy !== undefined) {
      // Not before connect() has returned: listeners may be added after it.
      queueMicrotask(() => this.#failed(busy))
      return
    }
    const request = { ...this.request(), signal: attempt.signal, exclusive: this.owner.exclusive }
    this.parsed.transport.dial(request).then(
      (connection) => this.#established(connection),
      (error: unknown) => this.#failed(error)
    )
  }

  #established(connection: Connection): void {
    if (this.#machine.state !== 'connecting') {
      void connection.close(0)
      return
    }
    this.count('establishedConnections')
    const asked = this.authorize(connection.info)
    if (asked === undefined) this.#join(connection)
    else void asked.then((refusal) => this.#decided(connection, refusal))
  }

  #decided(connection: Connection, refusal: Refusal | undefined): void {
    if (refusal === undefined && this.#machine.state === 'connecting') {
      this.#join(connection)
      return
    }
    void connection.close(0)
    if (refusal === undefined || this.#machine.state !== 'connecting') return
    this.count('brokenConnections')
    this.#refused(refusal)
  }

  #join(connection: Connection): void {
    const result = this.owner.attach(this, connection)
    if (result instanceof Refusal) {
      this.count('brokenConnections')
      this.#refused(result)
    }
  }

  /** The socket took the pipe. For the core, before the `attach` event. */
  joined(pipe: Pipe): void {
    this.#machine.fire('accepted')
    this.#backoff.reset()
    this.lastError = undefined
    this.#pipe = pipe
  }

  /** For the core, after the `attach` event. */
  announce(pipe: Pipe): void {
    while (this.#waiters.head !== undefined) this.#waiters.head.resolve(pipe)
  }

  #failed(error: unknown): void {
    if (this.#machine.state !== 'connecting') return
    if (error instanceof Refusal) {
      if (error.reason !== 'busy' || error.address !== '') {
        this.count('establishedConnections')
        this.count('brokenConnections')
      }
      this.#refused(error)
      return
    }
    this.count('connectErrors')
    this.#machine.fire('failed')
    this.#retryLater(fromSystem(error, this.url, 'connecting to'))
  }

  #refused(refusal: Refusal): void {
    if (this.#machine.state !== 'connecting') return
    const code = refusal.reason === 'handshake-timeout' ? 'ETIMEDOUT' : 'ECONNREFUSED'
    const error = new SpError(code, { message: refusal.message, endpoint: this.url, cause: refusal.cause })
    this.#machine.fire('failed')
    this.refused(refusal, error)
    this.#retryLater(error)
  }

  #retryLater(cause: SpError): void {
    if (this.#machine.state !== 'waiting') return
    this.lastError = cause
    const delay = this.#backoff.next()
    this.#timer = startTimer(() => {
      this.#machine.fire('retryDue')
      this.#connect()
    }, delay)
    this.owner.context.events.emit('retry', { dialer: this, attempt: this.#backoff.failures, delay, cause })
  }

  #closedError(): SpError {
    return new SpError('EBADF', { message: `the dialer to ${this.url} is closed`, endpoint: this.url })
  }
}
