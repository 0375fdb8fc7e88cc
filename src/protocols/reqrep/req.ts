/**
 * REQ: asks and gets the reply. `request()` has any number of requests in flight on one socket; `send` and `recv` are
 * nanomsg's one at a time, where a new send replaces the old request. sp-request-reply.
 */
import type { BodyInput } from '../../core/body.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { CodecOption, ReqOnlyOptions, SocketOptions } from '../../core/options.ts'
import type { Body } from '../../core/platform.ts'
import type { Open, ProtocolDefinition } from '../../core/protocol.ts'
import { boolean, check, duration, type OptionRule, option } from '../../core/rules.ts'
import { cookedShape } from '../../core/shape.ts'
import { bound, checkWaitOptions, timedOut, type Waiting, type WaitOptions } from '../../core/waiting.ts'
import { Call } from './call.ts'
import { Conversation } from './conversation.ts'
import type { ExchangeOptions } from './exchange.ts'
import { Requester } from './requester.ts'

/** How one request is made. */
export interface RequestOptions extends WaitOptions {
  /** false: never sent twice; losing the pipe rejects with `ECONNRESET`. Default: the socket's. */
  retry?: boolean | undefined
  /** true: rejects at once without a REP attached. Default: the socket's. */
  failFast?: boolean | undefined
}

export const reqOptions: Record<keyof ReqOnlyOptions, OptionRule> = {
  resendInterval: option(60000, duration),
  retry: option(true, boolean),
  failFast: option(false, boolean)
}

class ReqProtocol extends Requester implements Waiting {
  readonly what = 'request'
  readonly why: () => unknown = this.context.why
  readonly receiver: Conversation = new Conversation(this, this.context)
  readonly sender: Conversation = this.receiver

  request<R>(body: Body, open: Open<R>, options: RequestOptions | undefined): Promise<R> {
    checkWaitOptions(options)
    if (options?.timeout === 0) throw timedOut(this, 0)
    const call = new Call(this, this.context, callOptions(this.context.options, options), open)
    call.bounds = bound(call, this, options)
    try {
      this.start(call, body)
    } catch (error) {
      call.failed(error)
    }
    return call.promise
  }

  override close(): void {
    this.receiver.close()
    super.close()
  }
}

function callOptions(socket: ExchangeOptions, call: RequestOptions | undefined): ExchangeOptions {
  if (call?.retry === undefined && call?.failFast === undefined) return socket
  const { retry = socket.retry, failFast = socket.failFast } = call
  check('option retry', boolean, retry)
  check('option failFast', boolean, failFast)
  return { retry, failFast }
}

export const reqIdentity = { name: 'req', self: 0x30, peer: 0x31, peerName: 'rep' } as const

const definition: ProtocolDefinition<ReqProtocol> = {
  ...reqIdentity,
  options: reqOptions,
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
