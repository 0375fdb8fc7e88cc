/**
 * Sending and receiving as applications see it. There is one class, and three views of it: a pattern that cannot send has
 * no `send` in its type, and a call from JavaScript fails with `ENOTSUP`.
 */
import type { BodyInput } from './body.ts'
import { SpError } from './errors.ts'
import type { Message } from './message.ts'
import { turned } from './pace.ts'
import type { Body } from './platform.ts'
import type { Port } from './port.ts'
import type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from './protocol.ts'
import { ReceivingIterator } from './receiving-iterator.ts'
import { check, notAllowed, object, range } from './rules.ts'
import type { Shape } from './shape.ts'
import { Socket } from './socket.ts'
import { checkWaitOptions, type WaitOptions } from './waiting.ts'

/** A protocol that sends. */
export interface SendEngine extends Protocol {
  /** Its sending side. */
  readonly sender: Sender
}

/** A protocol that receives. */
export interface RecvEngine extends Protocol {
  /** Its receiving side. */
  readonly receiver: Receiver
}

/** How batches are received. */
export interface BatchOptions {
  /** Most messages in one batch, 1 to Infinity. Default 1024. */
  max?: number | undefined
}

const batchSize = range(1)

/** What all of them have. */
abstract class ShapedSocket<P extends Protocol, Out, In> extends Socket<P> {
  protected readonly shape: Shape<Out, In>

  constructor(definition: ProtocolDefinition<P>, shape: Shape<Out, In>, options: unknown) {
    super(definition, options)
    shape.port?.check(this.options)
    this.shape = shape
  }

  /** Whether this is a raw socket. */
  get raw(): boolean {
    return this.shape.port !== undefined
  }

  /**
   * Takes sending and receiving over until `release()`; calls of the application fail with `EBUSY` meanwhile.
   * For devices. Throws `EBADF`, `EBUSY`, or `ENOTSUP` on a socket that is not raw.
   */
  reserve(): Port {
    this.context.assertUsable()
    const { port: RawPort } = this.shape
    if (RawPort === undefined) throw this.lacks('header, as raw ones have')
    return new RawPort(this.context, this.engine, this.shape as Shape<unknown, unknown>)
  }

  protected lacks(what: string): SpError {
    return new SpError('ENOTSUP', { message: `a ${this.protocol} socket has no ${what}` })
  }
}

/** A socket that sends and receives. */
export abstract class DuplexSocket<
  Out = BodyInput,
  In = Body,
  P extends SendEngine & RecvEngine = SendEngine & RecvEngine
> extends ShapedSocket<P, Out, In> {
  /**
   * Resolves when the message is accepted into a send buffer. The body belongs to hubless from then on.
   * Rejects with `EINVAL`, `ETIMEDOUT`, `signal.reason`, `EFSM` where there is nothing to reply to, or `EBADF`.
   */
  send(message: Out, options?: WaitOptions): Promise<void> {
    try {
      return this.#sender.send(this.shape.header(message), this.shape.body(message), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Sends at once, or returns false where `send` would wait. Throws `EINVAL`, `EFSM`, `EBADF`. nanomsg: NN_DONTWAIT. */
  trySend(message: Out): boolean {
    return this.#sender.trySend(this.shape.header(message), this.shape.body(message))
  }

  /**
   * Sends each of `messages`, in order, with the guarantees of as many sends. Resolves when the last is accepted.
   * Rejects as `send` does, for the first that is not accepted; those before it are on their way. `timeout` is for all.
   * With one that cannot be sent (`EINVAL`) nothing is sent.
   */
  async sendBatch(messages: readonly Out[], options?: WaitOptions): Promise<void> {
    const { shape } = this
    const sender = this.#sender
    checkWaitOptions(options)
    if (!Array.isArray(messages)) throw notAllowed('a batch', messages, 'an array')
    // All of them first: of a batch with something that cannot be sent nothing is.
    const parts = messages.map((message) => ({ header: shape.header(message), body: shape.body(message) }))
    const { timeout = this.options.sendTimeout, signal } = options ?? {}
    const end = performance.now() + timeout
    let sent = 0
    for (const { header, body } of parts) {
      this.context.assertUsable()
      if (sender.waits === true || !sender.trySend(header, body)) {
        await sender.send(header, body, { signal, timeout: Math.max(0, end - performance.now()) })
      }
      // Everything else has its turn.
      if (++sent % 1024 === 0) await turned()
    }
  }

  /**
   * Resolves with the next message, as bytes that belong to the caller or as the codec decoded them.
   * Rejects with `ETIMEDOUT`, `signal.reason`, `EFSM` where the pattern demands a request first, or `EBADF`. A call that
   * rejects takes no message.
   */
  recv(options?: WaitOptions): Promise<In> {
    return this.#recv(this.shape.open, options)
  }

  /** The next message if one is there, otherwise `undefined`. Throws `EFSM`, `EBADF`. nanomsg: NN_DONTWAIT. */
  tryRecv(): In | undefined {
    return this.#receiver.tryRecv(this.shape.open)
  }

  /** As `recv`, with the pipe it came from. */
  recvMessage(options?: WaitOptions): Promise<Message<In>> {
    return this.#recv(this.shape.openMessage as Open<Message<In>>, options)
  }

  /** Yields messages until the socket closes. Leaving the loop takes no message and leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<In> {
    return new ReceivingIterator<In>(this.context, this.#receiving, this.shape.open)
  }

  /**
   * Yields what is there, in batches of at least one message and at most `max`, until the socket closes. Leaving the loop
   * takes no further message. Throws `EINVAL` for a wrong `max`.
   *
   * @example
   * for await (const rows of pull.batches({ max: 500 })) await database.insert(rows)
   */
  batches(options: BatchOptions = {}): AsyncIterableIterator<In[]> {
    const { max = 1024 } = check('options', object, options)
    const size = { max: check('option max', batchSize, max) }
    return new ReceivingIterator<In, In[]>(this.context, this.#receiving, this.shape.open, size)
  }

  get #sender(): Sender {
    this.context.assertUsable()
    const { sender } = this.engine as Protocol
    if (sender === undefined) throw this.lacks('send')
    return sender
  }

  get #receiver(): Receiver {
    this.context.assertUsable()
    return this.#receiving
  }

  /** Also of a socket that is closed or that a device uses: loops over it end, or wait. */
  get #receiving(): Receiver {
    const { receiver } = this.engine as Protocol
    if (receiver === undefined) throw this.lacks('recv')
    return receiver
  }

  #recv<R>(open: Open<R>, options: WaitOptions | undefined): Promise<R> {
    try {
      return this.#receiver.recv(open, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/** `DuplexSocket` as a pattern sees it that only sends. */
declare abstract class Sending<Out = BodyInput, P extends SendEngine = SendEngine> extends ShapedSocket<
  P,
  Out,
  unknown
> {
  /**
   * Resolves when the message is accepted into a send buffer. The body belongs to hubless from then on.
   * Rejects with `EINVAL`, `ETIMEDOUT`, `signal.reason`, or `EBADF` on a closed socket.
   */
  send(message: Out, options?: WaitOptions): Promise<void>

  /** Sends at once, or returns false where `send` would wait. Throws `EINVAL`, `EBADF`. nanomsg: NN_DONTWAIT. */
  trySend(message: Out): boolean

  /**
   * Sends each of `messages`, in order, with the guarantees of as many sends. Resolves when the last is accepted.
   * Rejects as `send` does, for the first that is not accepted; those before it are on their way. `timeout` is for all.
   * With one that cannot be sent (`EINVAL`) nothing is sent.
   */
  sendBatch(messages: readonly Out[], options?: WaitOptions): Promise<void>
}

/** A socket that only sends: PUSH, PUB. */
export type SendSocket<Out = BodyInput, P extends SendEngine = SendEngine> = Sending<Out, P>
/** A socket that only sends, as the class that patterns extend. */
export const SendSocket: typeof Sending = DuplexSocket as unknown as typeof Sending

/** `DuplexSocket` as a pattern sees it that only receives. */
declare abstract class Receiving<In = Body, P extends RecvEngine = RecvEngine> extends ShapedSocket<P, never, In> {
  /**
   * Resolves with the next message, as bytes that belong to the caller or as the codec decoded them.
   * Rejects with `ETIMEDOUT`, `signal.reason`, or `EBADF`. A call that rejects takes no message.
   */
  recv(options?: WaitOptions): Promise<In>

  /** The next message if one is there, otherwise `undefined`. Throws `EBADF`. nanomsg: NN_DONTWAIT. */
  tryRecv(): In | undefined

  /** As `recv`, with the pipe it came from. */
  recvMessage(options?: WaitOptions): Promise<Message<In>>

  /** Yields messages until the socket closes. Leaving the loop takes no message and leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<In>

  /**
   * Yields what is there, in batches of at least one message and at most `max`, until the socket closes. Leaving the loop
   * takes no further message. Throws `EINVAL` for a wrong `max`.
   *
   * @example
   * for await (const rows of pull.batches({ max: 500 })) await database.insert(rows)
   */
  batches(options?: BatchOptions): AsyncIterableIterator<In[]>
}

/** A socket that only receives: PULL, SUB. */
export type RecvSocket<In = Body, P extends RecvEngine = RecvEngine> = Receiving<In, P>
/** A socket that only receives, as the class that patterns extend. */
export const RecvSocket: typeof Receiving = DuplexSocket as unknown as typeof Receiving
