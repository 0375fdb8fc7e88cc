/**
 * A tunnel: messages both ways between a caller and one member, in order, with their borders, no faster than they are
 * received. Each side ends its own direction; whatever else ends the tunnel is an error and never looks like an end.
 *
 *   open ──end──► sentEnd ──peer ended──► both ──all received──► closed
 *     └─peer ended─► gotEnd ──end────────► both
 */
import { type Body, type BodyInput, Machine, SpError, type StateTable, type WaitOptions } from 'hubless'
import type { Bytes } from '../bytes.ts'
import type { RemoteDetails, TunnelCarrier, TunnelSink } from '../engine/engine.ts'
import { describeThrown, RemoteError } from '../errors.ts'
import { checkWait } from '../waits.ts'
import { frame, frameHeader, frameType, readAbort } from './frames.ts'
import { Inflow } from './inflow.ts'
import { Outflow } from './outflow.ts'

export type TunnelState = 'open' | 'sentEnd' | 'gotEnd' | 'both' | 'closed'

export const tunnelStates: StateTable<TunnelState, 'end' | 'peerEnd' | 'over'> = {
  name: 'tunnel',
  initial: 'open',
  transitions: {
    open: { end: 'sentEnd', peerEnd: 'gotEnd', over: 'closed' },
    sentEnd: { peerEnd: 'both', over: 'closed' },
    gotEnd: { end: 'both', over: 'closed' },
    both: { over: 'closed' },
    closed: {}
  }
}

export interface TunnelSettings {
  readonly credit: number
  readonly maxSize: number
  /** Default time of `close`, ms. */
  readonly timeout: number
}

interface Receiving<In> {
  readonly resolve: (value: In | undefined) => void
  readonly reject: (error: unknown) => void
}

const none = Buffer.alloc(0) as Body

export class Tunnel<Out = BodyInput, In = Body> implements TunnelSink {
  readonly #carrier: TunnelCarrier
  readonly #service: string
  readonly #bytes: Bytes<Out, In>
  readonly #settings: TunnelSettings
  readonly #machine = new Machine(tunnelStates)
  readonly #out: Outflow
  readonly #in: Inflow
  #receiving: Receiving<In>[] = []
  /** The other end has everything of ours; we have everything of theirs. */
  #delivered = false
  #received = false
  #discards = false
  #failure: SpError | undefined
  #ending: Promise<void> | undefined
  /** Resolves when it is over, however. */
  readonly closed: Promise<void>
  #resolveClosed: () => void = () => {}
  /** Id of the instance at the other end. */
  readonly peer: string

  /** For engines and the cluster; applications get theirs from `cluster.tunnel` or a handler. */
  constructor(carrier: TunnelCarrier, service: string, peer: string, bytes: Bytes<Out, In>, settings: TunnelSettings) {
    this.#carrier = carrier
    this.#service = service
    this.peer = peer
    this.#bytes = bytes
    this.#settings = settings
    this.#out = new Outflow(carrier)
    this.#in = new Inflow(settings.credit, settings.maxSize, (bytes) => {
      if (this.state !== 'closed') this.#write(frameType.CREDIT, bytes, this.#in.consumed)
    })
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    carrier.start(this)
    this.#write(frameType.START, settings.credit, settings.maxSize)
  }

  get state(): TunnelState {
    return this.#machine.state
  }

  /** Why it broke; `undefined` while it is open and after an orderly end. */
  get failure(): SpError | undefined {
    return this.#failure
  }

  /** Messages the other end has taken for certain. It is told in large steps. */
  get acknowledged(): number {
    return this.#out.acknowledged
  }

  /** Messages sent. */
  get sent(): number {
    return this.#out.sent
  }

  /** Bytes received that wait to be taken; at most the credit. */
  get waiting(): number {
    return this.#in.held
  }

  /**
   * Sends one message; waits while the other end does not take more. Resolves when it is on its way. A timeout or abort
   * withdraws it. Rejects with `ETIMEDOUT`, `signal.reason`, `EINVAL`, `EMSGSIZE`, `ECONNRESET` when the tunnel broke,
   * `EREMOTE` when the other end broke it off, `EBADF` after `end` or `close`.
   */
  async send(message: Out, options: WaitOptions = {}): Promise<void> {
    checkWait(options)
    const body = this.#bytes.encode(message)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#ending !== undefined || this.state === 'closed') throw closedError()
    return this.#out.send(body, options)
  }

  /**
   * Resolves with the next message, or with `undefined` at the end that the other side made. Rejects with `ETIMEDOUT`,
   * `signal.reason`, or when the tunnel broke with `ECONNRESET` or `EREMOTE`; `EBADF` after `close`.
   */
  async recv(options: WaitOptions = {}): Promise<In | undefined> {
    checkWait(options)
    if (this.#receiving.length === 0) {
      const body = this.#in.take()
      if (body !== undefined) return this.#open(body)
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#discards) throw closedError()
    if (this.#atEnd) return undefined
    return new Promise((resolve, reject) => this.#wait(resolve, reject, options))
  }

  /** Yields messages until the other side ends; throws when the tunnel breaks. Leaving the loop leaves it open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<In, void, undefined> {
    for (;;) {
      const message = await this.recv()
      if (message === undefined) return
      yield message
    }
  }

  /** Nothing more from this side; the other direction stays open. Resolves when everything is on its way. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  /**
   * Ends, waits until the other side has received everything, and closes. Resolves also when the tunnel broke already.
   * What the other side still sends is discarded. Rejects with `ETIMEDOUT` after `timeout` ms (default: that of the
   * cluster), `signal.reason`, or with why it broke meanwhile; then it is broken off.
   */
  async close(options: WaitOptions = {}): Promise<void> {
    checkWait(options)
    if (this.state === 'closed') return
    const { timeout = this.#settings.timeout, signal } = options
    this.#discards = true
    this.#in.discard()
    if (this.#atEnd) this.#allReceived()
    void this.end()
    const over = await Promise.race([this.closed, elapsed(timeout, signal)])
    if (over !== undefined) {
      this.abort({
        name: 'SpError',
        code: 'ECONNRESET',
        message: 'the other end closed the tunnel before everything was received'
      })
      if (timeout > 0) throw over.error
    }
    if (this.#failure !== undefined && timeout > 0) throw this.#failure
  }

  /** Breaks it off at once; the other end gets `EREMOTE` with what is given. */
  abort(reason: unknown = 'broken off'): void {
    if (this.state === 'closed') return
    const details = isDetails(reason) ? reason : describeThrown(reason)
    this.#carrier.send(frame(frameType.ABORT), Buffer.from(JSON.stringify(details)) as Body)
    this.#over(new SpError('ECONNRESET', { message: `the tunnel to ${this.#service} was broken off here` }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** For engines. */
  frame(bytes: Body): void {
    if (this.state === 'closed') return
    const fault =
      bytes.length < frameHeader
        ? new SpError('EPROTO', { message: 'a frame of the tunnel is damaged' })
        : this.#take(bytes)
    if (fault === undefined) return
    this.#carrier.send(frame(frameType.ABORT), Buffer.from(JSON.stringify(describeThrown(fault))) as Body)
    this.#over(fault)
  }

  /** For engines. */
  writable(): void {
    if (this.state !== 'closed') this.#out.writable()
  }

  /** For engines. */
  lost(cause: unknown): void {
    if (this.state === 'closed') return
    const { sent, acknowledged } = this.#out
    const message = `the tunnel to ${this.#service} broke; of ${sent} messages sent ${acknowledged} were received for certain`
    this.#over(new SpError('ECONNRESET', { message, cause }))
  }

  get #atEnd(): boolean {
    return this.state === 'gotEnd' || this.state === 'both' || (this.state === 'closed' && this.#failure === undefined)
  }

  #take(bytes: Body): SpError | undefined {
    const type = bytes[0]
    const first = bytes.readUInt32BE(4)
    const second = bytes.readUInt32BE(8)
    const body = bytes.subarray(frameHeader) as Body
    if (type === frameType.DATA) {
      if (this.#atEnd) return new SpError('EPROTO', { message: 'the other end of the tunnel sent after its end' })
      const fault = this.#in.chunk(bytes[1] as number, first, body)
      if (fault === undefined) this.#serve()
      return fault
    }
    if (type === frameType.CREDIT) this.#out.grant(first, second)
    else if (type === frameType.START) this.#out.start(first, second)
    else if (type === frameType.END) {
      if (!this.#atEnd) this.#machine.fire('peerEnd')
      this.#serve()
    } else if (type === frameType.ENDED) {
      this.#delivered = true
      this.#finish()
    } else if (type === frameType.ABORT) this.#over(new RemoteError(this.#service, readAbort(body)))
    return undefined
  }

  /** Gives what is there to those who wait for it. */
  #serve(): void {
    if (this.#discards) this.#in.discard()
    while (this.#receiving.length > 0 && this.#in.waiting > 0) {
      const { resolve, reject } = this.#receiving.shift() as Receiving<In>
      try {
        resolve(this.#open(this.#in.take() as Body))
      } catch (error) {
        reject(error)
      }
    }
    this.#in.hungry = this.#discards || this.#receiving.length > 0
    if (!this.#atEnd || this.#in.waiting > 0) return
    for (const { resolve } of this.#receiving) resolve(undefined)
    this.#receiving = []
    this.#allReceived()
  }

  #open(body: Body): In {
    const message = this.#bytes.decode(body)
    if (this.#atEnd && this.#in.waiting === 0) this.#allReceived()
    return message
  }

  #allReceived(): void {
    if (this.#received || this.state === 'closed') return
    this.#received = true
    this.#write(frameType.ENDED)
    this.#finish()
  }

  async #end(): Promise<void> {
    await this.#out.flushed()
    if (this.state === 'closed' || this.state === 'sentEnd' || this.state === 'both') return
    this.#machine.fire('end')
    this.#write(frameType.END)
    this.#finish()
  }

  /** Both directions are over, or ours is and we do not want the other. */
  #finish(): void {
    if (this.#delivered && (this.#received || this.#discards)) this.#over(undefined)
  }

  #wait(resolve: (value: In | undefined) => void, reject: (error: unknown) => void, options: WaitOptions): void {
    const { signal, timeout = Infinity } = options
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const entry: Receiving<In> = {
      resolve: (value) => {
        leave()
        resolve(value)
      },
      reject: (error) => {
        leave()
        reject(error)
      }
    }
    const withdraw = (error: unknown): void => {
      this.#receiving = this.#receiving.filter((other) => other !== entry)
      this.#in.hungry = this.#receiving.length > 0
      entry.reject(error)
    }
    const onAbort = (): void => withdraw(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    if (timeout < 2 ** 31) timer = setTimeout(() => withdraw(late('recv', timeout)), timeout)
    this.#receiving.push(entry)
    this.#in.hungry = true
    this.#in.feed()
  }

  #write(type: number, first = 0, second = 0): void {
    this.#carrier.send(frame(type, 0, first, second), none)
  }

  #over(failure: SpError | undefined): void {
    this.#failure = failure
    this.#machine.fire('over')
    this.#carrier.close()
    const makeError = (): SpError => failure ?? closedError()
    this.#out.fail(makeError)
    const receiving = this.#receiving
    this.#receiving = []
    for (const { resolve, reject } of receiving) {
      if (failure === undefined) resolve(undefined)
      else reject(failure)
    }
    this.#resolveClosed()
  }
}

function closedError(): SpError {
  return new SpError('EBADF', { message: 'this end of the tunnel is closed' })
}

function late(what: string, timeout: number): SpError {
  return new SpError('ETIMEDOUT', { message: `${what} did not finish within ${timeout} ms` })
}

function isDetails(reason: unknown): reason is RemoteDetails {
  return (
    Object(reason) === reason && !(reason instanceof Error) && typeof (reason as RemoteDetails).message === 'string'
  )
}

/** Resolves with the error of a wait that is over. */
function elapsed(timeout: number, signal: AbortSignal | undefined): Promise<{ readonly error: unknown }> {
  return new Promise((resolve) => {
    if (timeout < 2 ** 31) setTimeout(() => resolve({ error: late('close', timeout) }), timeout).unref()
    signal?.addEventListener('abort', () => resolve({ error: signal.reason }), { once: true })
  })
}
