/**
 * A tunnel: messages both ways between a caller and one member, in order, with their borders, no faster than they are
 * received. Each side ends its own direction (`ending.ts`); whatever else ends the tunnel is an error and never looks
 * like an end. This class decides about frames, hands out messages, and asks its halves for the rest.
 */
import { type Body, type BodyInput, SpError, type WaitOptions } from 'hubless'
import type { Bytes } from '../bytes.ts'
import type { TunnelCarrier, TunnelSink } from '../engine/engine.ts'
import { describeReason, RemoteError } from '../errors.ts'
import { checkWait, elapsed } from '../waits.ts'
import { Ending, type TunnelState } from './ending.ts'
import { frame, frameHeader, frameType, readAbort } from './frames.ts'
import { Inflow } from './inflow.ts'
import { Outflow } from './outflow.ts'
import { Receivers } from './receivers.ts'

export { type TunnelState, tunnelStates } from './ending.ts'

export interface TunnelSettings {
  readonly credit: number
  readonly maxSize: number
  /** Default time of `close`, ms. */
  readonly timeout: number
}

const none = Buffer.alloc(0) as Body

/** Messages both ways between two members, in order, with back-pressure, half-close and errors. */
export class Tunnel<Out = BodyInput, In = Body> implements TunnelSink {
  readonly #carrier: TunnelCarrier
  readonly #service: string
  readonly #bytes: Bytes<Out, In>
  readonly #settings: TunnelSettings
  readonly #life = new Ending()
  readonly #out: Outflow
  readonly #in: Inflow
  readonly #receivers: Receivers<In> = new Receivers(() => {
    this.#in.hungry = this.#receivers.length > 0
    if (this.#in.hungry) this.#in.feed()
  })
  #ending: Promise<void> | undefined
  /** Resolves when it is over, however. */
  readonly closed: Promise<void> = this.#life.closed
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
      if (!this.#life.over) this.#write(frameType.CREDIT, bytes, this.#in.consumed)
    })
    carrier.start(this)
    this.#write(frameType.START, settings.credit, settings.maxSize)
  }

  /** Which ends have been said. */
  get state(): TunnelState {
    return this.#life.state
  }

  /** Why it broke; `undefined` while it is open and after an orderly end. */
  get failure(): SpError | undefined {
    return this.#life.failure
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
    if (this.#life.failure !== undefined) throw this.#life.failure
    if (this.#ending !== undefined || this.#life.over) throw closedError()
    return this.#out.send(body, options)
  }

  /**
   * Resolves with the next message, or with `undefined` at the end that the other side made. Rejects with `ETIMEDOUT`,
   * `signal.reason`, or when the tunnel broke with `ECONNRESET` or `EREMOTE`; `EBADF` after `close`.
   */
  async recv(options: WaitOptions = {}): Promise<In | undefined> {
    checkWait(options)
    if (this.#receivers.length === 0) {
      const body = this.#in.take()
      if (body !== undefined) return this.#open(body)
    }
    if (this.#life.failure !== undefined) throw this.#life.failure
    if (this.#life.discards) throw closedError()
    if (this.#life.atEnd) return undefined
    return this.#receivers.wait(options)
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
    if (this.#life.over) return
    const { timeout = this.#settings.timeout, signal } = options
    this.#life.discards = true
    this.#in.discard()
    if (this.#life.atEnd) this.#allReceived()
    void this.end()
    const over = await Promise.race([this.closed, elapsed('close', timeout, signal)])
    if (over !== undefined) {
      this.abort({
        name: 'SpError',
        code: 'ECONNRESET',
        message: 'the other end closed the tunnel before everything was received'
      })
      if (timeout > 0) throw over.error
    }
    if (this.#life.failure !== undefined && timeout > 0) throw this.#life.failure
  }

  /** Breaks it off at once; the other end gets `EREMOTE` with what is given. */
  abort(reason: unknown = 'broken off'): void {
    if (this.#life.over) return
    this.#breakOff(reason, new SpError('ECONNRESET', { message: `the tunnel to ${this.#service} was broken off here` }))
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** For engines. */
  frame(bytes: Body): void {
    if (this.#life.over) return
    const damaged = bytes.length < frameHeader
    const fault = damaged ? new SpError('EPROTO', { message: 'a frame of the tunnel is damaged' }) : this.#take(bytes)
    if (fault !== undefined) this.#breakOff(fault, fault)
  }

  /** For engines. */
  writable(): void {
    if (!this.#life.over) this.#out.writable()
  }

  /** For engines. */
  lost(cause: unknown): void {
    if (this.#life.over) return
    const { sent, acknowledged } = this.#out
    const message = `the tunnel to ${this.#service} broke; of ${sent} messages sent ${acknowledged} were received for certain`
    this.#over(new SpError('ECONNRESET', { message, cause }))
  }

  /** The other end is told what is wrong. */
  #breakOff(said: unknown, failure: SpError): void {
    this.#carrier.send(frame(frameType.ABORT), Buffer.from(JSON.stringify(describeReason(said))) as Body)
    this.#over(failure)
  }

  /** Returns what is wrong with the frame, if anything. */
  #take(bytes: Body): SpError | undefined {
    const type = bytes[0]
    const first = bytes.readUInt32BE(4)
    const second = bytes.readUInt32BE(8)
    const body = bytes.subarray(frameHeader) as Body
    if (type === frameType.DATA) {
      if (this.#life.atEnd) return new SpError('EPROTO', { message: 'the other end of the tunnel sent after its end' })
      const fault = this.#in.chunk(bytes[1] as number, first, body)
      if (fault === undefined) this.#serve()
      return fault
    }
    if (type === frameType.CREDIT) this.#out.grant(first, second)
    else if (type === frameType.START) this.#out.start(first, second)
    else if (type === frameType.END) {
      this.#life.peerEnd()
      this.#serve()
    } else if (type === frameType.ENDED) {
      this.#life.delivered = true
      this.#finish()
    } else if (type === frameType.ABORT) this.#over(new RemoteError(this.#service, readAbort(body)))
    return undefined
  }

  /** Gives what is there to those who wait for it. */
  #serve(): void {
    if (this.#life.discards) this.#in.discard()
    while (this.#receivers.length > 0 && this.#in.waiting > 0) {
      this.#receivers.serve(() => this.#open(this.#in.take() as Body))
    }
    this.#in.hungry = this.#life.discards || this.#receivers.length > 0
    if (!this.#life.atEnd || this.#in.waiting > 0) return
    this.#receivers.finish()
    this.#allReceived()
  }

  #open(body: Body): In {
    const message = this.#bytes.decode(body)
    if (this.#life.atEnd && this.#in.waiting === 0) this.#allReceived()
    return message
  }

  #allReceived(): void {
    if (this.#life.received || this.#life.over) return
    this.#life.received = true
    this.#write(frameType.ENDED)
    this.#finish()
  }

  async #end(): Promise<void> {
    await this.#out.flushed()
    if (!this.#life.end()) return
    this.#write(frameType.END)
    this.#finish()
  }

  #finish(): void {
    if (this.#life.complete) this.#over(undefined)
  }

  #write(type: number, first = 0, second = 0): void {
    this.#carrier.send(frame(type, 0, first, second), none)
  }

  #over(failure: SpError | undefined): void {
    this.#life.close(failure)
    this.#carrier.close()
    this.#out.fail(() => failure ?? closedError())
    this.#receivers.finish(failure)
  }
}

function closedError(): SpError {
  return new SpError('EBADF', { message: 'this end of the tunnel is closed' })
}
