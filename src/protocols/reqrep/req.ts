/**
 * REQ: asks and gets the reply. `request()` has any number of requests in flight on one socket; `send` and `recv` are
 * nanomsg's one at a time, where a new send replaces the old request. sp-request-reply.
 */
import type { BodyInput } from '../../core/body.ts'
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import type { Incoming } from '../../core/incoming.ts'
import { cookedShape, DuplexSocket } from '../../core/messaging.ts'
import { optionTable } from '../../core/option-table.ts'
import { type CodecOption, checkOption, type ReqOnlyOptions, type SocketOptions } from '../../core/options.ts'
import { done, ready } from '../../core/pace.ts'
import type { Pipe } from '../../core/pipe.ts'
import { type Body, EMPTY } from '../../core/platform.ts'
import type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from '../../core/protocol.ts'
import { checkWaitOptions, timedOut, type WaitOptions, WaitQueue } from '../../core/waiting.ts'
import { Exchange, type ExchangeOptions, type ExchangeOwner } from './exchange.ts'
import { Requester } from './requester.ts'

export interface RequestOptions extends WaitOptions {
  /** false: never sent twice; losing the pipe rejects with `ECONNRESET`. Default: the socket's. */
  retry?: boolean | undefined
  /** true: rejects at once without a REP attached. Default: the socket's. */
  failFast?: boolean | undefined
}

/** One `request()` call; settling it for whatever reason ends its exchange. */
class Call implements ExchangeOwner {
  readonly exchange: Exchange
  readonly open: Open<unknown>
  readonly context: SocketContext
  settle!: { resolve(value: unknown): void; reject(error: unknown): void }

  constructor(context: SocketContext, open: Open<unknown>, options: ExchangeOptions) {
    this.context = context
    this.open = open
    this.exchange = new Exchange(this, options)
  }

  replied(body: Body, pipe: Pipe): void {
    try {
      this.settle.resolve(openReply(this.context, this.open, body, pipe))
    } catch (error) {
      this.settle.reject(error)
    }
  }

  failed(error: unknown): void {
    this.settle.reject(error)
  }
}

class ReqProtocol implements Protocol, Sender, Receiver, ExchangeOwner {
  readonly sender: Sender = this
  readonly receiver: Receiver = this
  readonly #context: SocketContext
  readonly #requester: Requester
  readonly #exchange: Exchange
  /** The reply that nobody has received yet, and the failure that nobody was told of. */
  #reply: { readonly body: Body; readonly pipe: Pipe } | undefined
  #failure: unknown
  readonly #waiters: WaitQueue<Open<unknown>, unknown> = new WaitQueue('recv')
  readonly #calls: WaitQueue<Call, unknown>

  constructor(context: SocketContext) {
    this.#context = context
    this.#requester = new Requester(context)
    this.#exchange = new Exchange(this, context.options)
    this.#calls = new WaitQueue('request', (call) => this.#requester.cancel(call.exchange))
  }

  attach(pipe: Pipe): void {
    this.#requester.attach(pipe)
  }

  detach(pipe: Pipe): void {
    this.#requester.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.#requester.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.#requester.receive(pipe, message)
  }

  sendPriority(): number | null {
    return this.#requester.sendPriority()
  }

  trySend(_header: Uint8Array, body: Body): boolean {
    const unread = this.#reply
    this.#failure = undefined
    this.#requester.start(this.#exchange, body)
    // A peer inside this process may have answered by now.
    if (this.#reply === unread) this.#reply = undefined
    this.#countSent(body)
    return true
  }

  async send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    this.trySend(header, body)
    await done()
  }

  tryRecv<R>(open: Open<R>): R | undefined {
    if (this.#reply !== undefined) return this.#takeReply(open)
    if (this.#failure !== undefined) throw this.#takeFailure()
    if (this.#exchange.state === 'idle') throw noRequest(this.#context.name)
    return undefined
  }

  async recv<R>(open: Open<R>, options?: WaitOptions): Promise<R> {
    checkWaitOptions(options)
    const value = this.tryRecv(open)
    if (value !== undefined) return ready(value)
    return this.#waiters.wait(open, options, this.#context.options.recvTimeout) as Promise<R>
  }

  request<R>(body: Body, open: Open<R>, options: RequestOptions | undefined): Promise<R> {
    checkWaitOptions(options)
    if (options?.timeout === 0) throw timedOut('request', 0)
    const call = new Call(this.#context, open, callOptions(this.#context.options, options))
    const waiter = this.#calls.add(call, options, Infinity)
    call.settle = waiter
    try {
      this.#requester.start(call.exchange, body)
      this.#countSent(body)
    } catch (error) {
      waiter.reject(error)
    }
    return waiter.promise as Promise<R>
  }

  replied(body: Body, pipe: Pipe): void {
    this.#reply = { body, pipe }
    const waiter = this.#waiters.head
    if (waiter === undefined) return
    try {
      waiter.resolve(this.#takeReply(waiter.payload))
    } catch (error) {
      waiter.reject(error)
    }
  }

  failed(error: unknown): void {
    const waiter = this.#waiters.head
    if (waiter === undefined) this.#failure = error
    else waiter.reject(error)
  }

  close(): void {
    const makeError = (): unknown => this.#context.closedError()
    this.#requester.close(makeError)
    this.#waiters.rejectAll(makeError)
    this.#calls.rejectAll(makeError)
  }

  #countSent(body: Body): void {
    this.#context.messagesSent++
    this.#context.bytesSent += body.length
  }

  #takeReply<R>(open: Open<R>): R {
    const { body, pipe } = this.#reply as { body: Body; pipe: Pipe }
    this.#reply = undefined
    this.#exchange.fire('recv')
    return openReply(this.#context, open, body, pipe)
  }

  #takeFailure(): unknown {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }
}

/** The reply as the application gets it. A codec that fails is counted and thrown: whoever waits would wait for ever. */
function openReply<R>(context: SocketContext, open: Open<R>, body: Body, pipe: Pipe): R {
  try {
    const value = open(body, EMPTY, pipe)
    if (value === undefined) throw new SpError('EPROTO', { message: 'the codec decoded the reply to undefined' })
    context.messagesReceived++
    context.bytesReceived += body.length
    return value
  } catch (cause) {
    context.drop('codec', pipe, { size: body.length, cause })
    throw cause
  }
}

function callOptions(socket: ExchangeOptions, call: RequestOptions | undefined): ExchangeOptions {
  if (call === undefined || (call.retry === undefined && call.failFast === undefined)) return socket
  const { retry = socket.retry, failFast = socket.failFast } = call
  checkOption('retry', optionTable.retry, retry)
  checkOption('failFast', optionTable.failFast, failFast)
  return { retry, failFast }
}

function noRequest(name: string): SpError {
  return new SpError('EFSM', { message: `${name} has no request outstanding; send one first` })
}

export const reqIdentity = { name: 'req', self: 0x30, peer: 0x31, peerName: 'rep' } as const

const definition: ProtocolDefinition<ReqProtocol> = {
  ...reqIdentity,
  options: ['resendInterval', 'retry', 'failFast'],
  create: (context) => new ReqProtocol(context)
}

/**
 * Asks and gets the reply.
 *
 * @example
 * await using req = new Req()
 * req.connect('tcp://127.0.0.1:5555')
 * const reply = await req.request('what time is it?', { timeout: 500 })
 */
export class Req<Out = BodyInput, In = Body> extends DuplexSocket<Out, In, ReqProtocol> {
  constructor(options?: SocketOptions & ReqOnlyOptions & CodecOption<Out, In>) {
    super(definition, cookedShape(options), options)
  }

  /**
   * Sends a request and resolves with its reply. Any number may be in flight; each gets its own reply, in any order.
   * Without a REP it is kept and sent when one attaches. A timeout or abort cancels it.
   * Rejects with `ETIMEDOUT`, `signal.reason`, `ECONNRESET` (`retry: false`), `EHOSTUNREACH` (`failFast`), `EINVAL`,
   * `EBADF`, or with what the codec threw at the reply.
   */
  request(body: Out, options?: RequestOptions): Promise<In> {
    try {
      this.context.assertOpen()
      return this.engine.request(this.shape.body(body), this.shape.open, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
