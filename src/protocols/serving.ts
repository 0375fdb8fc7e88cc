/**
 * `serve` and `requests` of REP and RESPONDENT: many requests at a time on one socket, each answered by itself, in any
 * order. What is not taken yet stays in the receive buffers and presses back on who asks.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import { SpError } from '../core/errors.ts'
import { DuplexSocket } from '../core/messaging.ts'
import type { CodecOption, HopOptions, SocketOptions } from '../core/options.ts'
import { turned } from '../core/pace.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Open, ProtocolDefinition } from '../core/protocol.ts'
import { ReceivingIterator } from '../core/receiving-iterator.ts'
import { check, range } from '../core/rules.ts'
import { cookedShape, type Shape } from '../core/shape.ts'
import type { CloseOptions } from '../core/socket.ts'
import { checkWaitOptions, WaitQueue } from '../core/waiting.ts'
import type { ReplierProtocol } from './replier.ts'

/** One request or survey to be answered. */
export interface Request<Out = BodyInput, In = Body> {
  /** The body, as bytes or as the codec decoded it. */
  readonly body: In
  /** Who asked. */
  readonly pipe: Pipe
  /** Aborts when the pipe of who asked is gone or the socket closes: an answer would reach nobody. */
  readonly signal: AbortSignal
  /**
   * Answers. Resolves when the answer is on its way, also when who asked is gone (dropped and counted).
   * Rejects with `EFSM` for a second answer, `EINVAL`, or `EBADF`.
   */
  readonly reply: (body: Out) => Promise<void>
}

/** Answers a request or survey. What it throws is dropped as `handler-error`. */
export type Handler<Out = BodyInput, In = Body> = (
  request: Pick<Request<Out, In>, 'body' | 'pipe' | 'signal'>
) => Out | Promise<Out>

/** How requests are served. */
export interface ServeOptions {
  /** Handlers that may run at a time, 1 to Infinity. Default 64. */
  concurrency?: number | undefined
  /** Stops taking requests; handlers that run may still answer. */
  signal?: AbortSignal | undefined
}

const concurrencyRule = range(1)

/** Base of REP and RESPONDENT. */
export abstract class ReplierSocket<Out, In> extends DuplexSocket<Out, In, ReplierProtocol> {
  readonly #open: Open<PendingRequest<Out, In>>
  /** `serve` calls that run as many handlers as they may. */
  readonly #saturated: WaitQueue<undefined, void> = new WaitQueue('serve')

  constructor(
    definition: ProtocolDefinition<ReplierProtocol>,
    options: (SocketOptions & HopOptions & CodecOption<Out, In>) | undefined
  ) {
    super(definition, cookedShape(options), options)
    this.#open = (body, header, pipe) => {
      const value = this.shape.open(body, header, pipe)
      if (value === undefined) return undefined as never
      return new PendingRequest(value, header, pipe, this.context, this.engine, this.shape)
    }
  }

  /**
   * Yields requests until the socket closes. Each is answered with its `reply`, whenever it is ready; one that is never
   * answered is declined. Leaving the loop leaves the others their turn.
   */
  requests(options?: { signal?: AbortSignal | undefined }): AsyncIterableIterator<Request<Out, In>> {
    checkWaitOptions(options)
    return new ReceivingIterator<Request<Out, In>>(this.context, this.engine.requests, this.#open, {
      signal: options?.signal
    })
  }

  /**
   * Answers every request with what `handler` returns. A handler that throws declines its request (drop reason
   * `handler-error`) and serving goes on. Resolves when the socket closes; rejects with `signal.reason` when aborted,
   * with `EINVAL` for wrong options. A rejection that nobody awaits is not an unhandled one.
   *
   * @example
   * rep.serve(({ body }) => body.toString().toUpperCase(), { concurrency: 8 })
   */
  serve(handler: Handler<Out, In>, options: ServeOptions = {}): Promise<void> {
    const serving = this.#serve(handler, options)
    serving.catch(() => {})
    return serving
  }

  override close(options?: CloseOptions): Promise<void> {
    const closing = super.close(options)
    this.#saturated.rejectAll(() => this.context.closedError())
    return closing
  }

  async #serve(handler: Handler<Out, In>, options: ServeOptions): Promise<void> {
    if (typeof handler !== 'function') throw new SpError('EINVAL', { message: 'the handler of serve is a function' })
    const { signal } = options
    checkWaitOptions({ signal })
    const limit = check('option concurrency', concurrencyRule, options.concurrency ?? 64)
    this.context.assertOpen()
    const wait = { signal, timeout: Infinity }
    const { requests } = this.engine
    let running = 0
    const finished = (): void => {
      running--
      // The others may be calls of their own with their own bound; who has no room waits again.
      this.#saturated.resolveAll()
    }
    try {
      // Awaited, so that no handler runs inside of the call of `serve`.
      let request = await requests.recv(this.#open, wait)
      for (let taken = 1; ; taken++) {
        running++
        request.handle(handler, finished)
        while (running >= limit) await this.#saturated.wait(undefined, wait, Infinity)
        // Everything else has its turn.
        if (taken % 256 === 0) await turned()
        this.context.assertOpen()
        signal?.throwIfAborted()
        request = requests.tryRecv(this.#open) ?? (await requests.recv(this.#open, wait))
      }
    } catch (error) {
      if (!this.context.closed) throw error
    }
  }
}

class PendingRequest<Out, In> implements Request<Out, In> {
  readonly body: In
  readonly pipe: Pipe
  readonly #header: Body
  readonly #context: SocketContext
  readonly #engine: ReplierProtocol
  readonly #shape: Shape<Out, In>
  #answered = false

  constructor(
    body: In,
    header: Body,
    pipe: Pipe,
    context: SocketContext,
    engine: ReplierProtocol,
    shape: Shape<Out, In>
  ) {
    this.body = body
    this.pipe = pipe
    this.#header = header
    this.#context = context
    this.#engine = engine
    this.#shape = shape
  }

  get signal(): AbortSignal {
    return this.pipe.signal
  }

  /** Works without its object too, as `body` and `signal` do. */
  get reply(): (body: Out) => Promise<void> {
    return async (body) => this.#answer(body)
  }

  /** Runs a handler and answers with its result; `finished` is called once when that is over. */
  handle(handler: Handler<Out, In>, finished: () => void): void {
    try {
      const result = handler(this)
      if (isThenable(result)) {
        void this.#await(result, finished)
        return
      }
      this.#answer(result)
    } catch (cause) {
      this.#failed(cause)
    }
    finished()
  }

  async #await(result: Promise<Out>, finished: () => void): Promise<void> {
    try {
      this.#answer(await result)
    } catch (cause) {
      this.#failed(cause)
    }
    finished()
  }

  #failed(cause: unknown): void {
    if (!this.#context.closed) this.#context.drop('handler-error', this.pipe, { cause })
  }

  #answer(body: Out): void {
    if (this.#answered) throw new SpError('EFSM', { message: 'this request was answered already' })
    const bytes = this.#shape.body(body)
    this.#answered = true
    this.#engine.reply(this.#header, bytes)
  }
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
