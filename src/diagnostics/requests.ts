/**
 * Requests as tracing channels: `hubless:request` from the call to its reply, at who asks, and `hubless:serve` from a request
 * to the answer of its handler. These are the sockets that Node programs get; with nobody listening a request costs them a
 * look.
 */
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { BodyInput } from '../core/body.ts'
import type { Body } from '../core/platform.ts'
import type { Socket } from '../core/socket.ts'
import { Rep as PlainRep } from '../protocols/reqrep/rep.ts'
import { Req as PlainReq, type RequestOptions } from '../protocols/reqrep/req.ts'
import type { Handler, Request, ServeOptions } from '../protocols/serving.ts'
import { Respondent as PlainRespondent } from '../protocols/survey/respondent.ts'

/** What comes on the channels of `tracingChannel(name)`: the same object from `start` to `asyncEnd`. */
export interface RequestMessages {
  readonly 'hubless:request': {
    readonly socket: Socket
    readonly body: unknown
    readonly options: RequestOptions | undefined
    /** The reply, once it is there. */
    readonly result?: unknown
    /** Why there is none. */
    readonly error?: unknown
  }
  readonly 'hubless:serve': {
    readonly socket: Socket
    readonly request: Pick<Request<unknown, unknown>, 'body' | 'pipe' | 'signal'>
    /** What the handler returned. */
    readonly result?: unknown
    /** What it threw. */
    readonly error?: unknown
  }
}

const asking = tracingChannel<RequestMessages['hubless:request']>('hubless:request')
const serving = tracingChannel<RequestMessages['hubless:serve']>('hubless:serve')

const parts = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

/** Bun's tracing channels do not say it of themselves. */
function isHeard(tracing: TracingChannel): boolean {
  return tracing.hasSubscribers ?? parts.some((part) => tracing[part].hasSubscribers)
}

function traced<Out, In>(socket: Socket, handler: Handler<Out, In>): Handler<Out, In> {
  if (typeof handler !== 'function') return handler
  return (request) => {
    if (!isHeard(serving)) return handler(request)
    return serving.tracePromise(async () => handler(request), { socket, request })
  }
}

/**
 * Asks and gets the reply.
 *
 * @example
 * await using req = new Req()
 * req.connect('tcp://127.0.0.1:5555')
 * const reply = await req.request('what time is it?', { timeout: 500 })
 */
export class Req<Out = BodyInput, In = Body> extends PlainReq<Out, In> {
  override request(body: Out, options?: RequestOptions): Promise<In> {
    if (!isHeard(asking)) return super.request(body, options)
    return asking.tracePromise(() => super.request(body, options), { socket: this, body, options })
  }
}

/**
 * Answers requests: many at a time with `serve` or `requests`, or one at a time with `recv` and `send`.
 *
 * @example
 * await using rep = new Rep()
 * await rep.bind('tcp://*:5555')
 * await rep.serve(({ body }) => `you said ${body}`)
 */
export class Rep<Out = BodyInput, In = Body> extends PlainRep<Out, In> {
  override serve(handler: Handler<Out, In>, options?: ServeOptions): Promise<void> {
    return super.serve(traced(this, handler), options)
  }
}

/**
 * Answers surveys: with `serve` or `requests`, or one at a time with `recv` and `send`.
 *
 * @example
 * await using respondent = new Respondent()
 * respondent.connect('tcp://127.0.0.1:5555')
 * await respondent.serve(() => 'I am here')
 */
export class Respondent<Out = BodyInput, In = Body> extends PlainRespondent<Out, In> {
  override serve(handler: Handler<Out, In>, options?: ServeOptions): Promise<void> {
    return super.serve(traced(this, handler), options)
  }
}
