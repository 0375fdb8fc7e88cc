/**
 * Sending and receiving as applications see it. The three classes differ only in what exists: a pattern that cannot
 * send has no `send` in its type, and a call from JavaScript throws `ENOTSUP` (`unsupported.ts`).
 */
import { BatchIterator, type BatchOptions, sendAll } from './batches.ts'
import type { BodyInput } from './body.ts'
import { SpError } from './errors.ts'
import type { Message } from './message.ts'
import type { Body } from './platform.ts'
import type { Port } from './port.ts'
import type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from './protocol.ts'
import { ReceivingIterator } from './receiving-iterator.ts'
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

/** A socket with a shape; the public classes below choose what it can do. */
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
    if (RawPort !== undefined) return new RawPort(this.context, this.engine, this.shape as Shape<unknown, unknown>)
    throw new SpError('ENOTSUP', { message: `${this.name} is not raw` })
  }

  protected offer(sender: Sender, message: Out, options: WaitOptions | undefined): Promise<void> {
    try {
      this.context.assertUsable()
      return sender.send(this.shape.header(message), this.shape.body(message), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  protected tryOffer(sender: Sender, message: Out): boolean {
    this.context.assertUsable()
    return sender.trySend(this.shape.header(message), this.shape.body(message))
  }

  protected async offerAll(sender: Sender, messages: readonly Out[], options: WaitOptions | undefined): Promise<void> {
    this.context.assertUsable()
    checkWaitOptions(options)
    if (!Array.isArray(messages)) throw new SpError('EINVAL', { message: 'sendBatch takes an array of messages' })
    // All of them first: of a batch with something that cannot be sent nothing is.
    const { shape } = this
    const parts = messages.map((message) => ({ header: shape.header(message), body: shape.body(message) }))
    const { timeout = this.options.sendTimeout, signal } = options ?? {}
    const end = performance.now() + timeout
    await sendAll(messages.length, (index) => {
      const { header, body } = parts[index] as (typeof parts)[number]
      this.context.assertUsable()
      if (sender.waits !== true && sender.trySend(header, body)) return undefined
      return sender.send(header, body, { signal, timeout: Math.max(0, end - performance.now()) })
    })
  }
}

/** A socket that only sends: PUSH, PUB. */
export abstract class SendSocket<Out = BodyInput, P extends SendEngine = SendEngine> extends ShapedSocket<
  P,
  Out,
  unknown
> {
  /**
   * Resolves when the message is accepted into a send buffer. The body belongs to hubless from then on.
   * Rejects with `EINVAL`, `ETIMEDOUT`, `signal.reason`, or `EBADF` on a closed socket.
   */
  send(message: Out, options?: WaitOptions): Promise<void> {
    return this.offer(this.engine.sender, message, options)
  }

  /** Sends at once, or returns false where `send` would wait. Throws `EINVAL`, `EBADF`. nanomsg: NN_DONTWAIT. */
  trySend(message: Out): boolean {
    return this.tryOffer(this.engine.sender, message)
  }

  /**
   * Sends each of `messages`, in order, with the guarantees of as many sends. Resolves when the last is accepted.
   * Rejects as `send` does, for the first that is not accepted; those before it are on their way. `timeout` is for all.
   * With one that cannot be sent (`EINVAL`) nothing is sent.
   */
  sendBatch(messages: readonly Out[], options?: WaitOptions): Promise<void> {
    return this.offerAll(this.engine.sender, messages, options)
  }
}

/** A socket that only receives: PULL, SUB. Also the receiving half of the others. */
export abstract class RecvSocket<In = Body, P extends RecvEngine = RecvEngine, Out = never> extends ShapedSocket<
  P,
  Out,
  In
> {
  /**
   * Resolves with the next message, as bytes that belong to the caller or as the codec decoded them.
   * Rejects with `ETIMEDOUT`, `signal.reason`, `EFSM` where the pattern demands a request first, or `EBADF`. A call that
   * rejects takes no message.
   */
  recv(options?: WaitOptions): Promise<In> {
    return this.take(this.shape.open, options)
  }

  /** The next message if one is there, otherwise `undefined`. Throws `EFSM`, `EBADF`. nanomsg: NN_DONTWAIT. */
  tryRecv(): In | undefined {
    this.context.assertUsable()
    return this.engine.receiver.tryRecv(this.shape.open)
  }

  /** As `recv`, with the pipe it came from. */
  recvMessage(options?: WaitOptions): Promise<Message<In>> {
    return this.take(this.shape.openMessage as Open<Message<In>>, options)
  }

  /** Yields messages until the socket closes. Leaving the loop takes no message and leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<In> {
    return new ReceivingIterator(this.context, this.engine.receiver, this.shape.open)
  }

  /**
   * Yields what is there, in batches of at least one message and at most `max`, until the socket closes. Leaving the loop
   * takes no further message. Throws `EINVAL` for a wrong `max`.
   *
   * @example
   * for await (const rows of pull.batches({ max: 500 })) await database.insert(rows)
   */
  batches(options?: BatchOptions): AsyncIterableIterator<In[]> {
    const { shape, engine } = this
    return new BatchIterator(this[Symbol.asyncIterator](), engine.receiver, shape.open, options)
  }

  protected take<R>(open: Open<R>, options: WaitOptions | undefined): Promise<R> {
    try {
      this.context.assertUsable()
      return this.engine.receiver.recv(open, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/** A socket that sends and receives. */
export abstract class DuplexSocket<
  Out = BodyInput,
  In = Body,
  P extends SendEngine & RecvEngine = SendEngine & RecvEngine
> extends RecvSocket<In, P, Out> {
  /**
   * Resolves when the message is accepted into a send buffer. The body belongs to hubless from then on.
   * Rejects with `EINVAL`, `ETIMEDOUT`, `signal.reason`, `EFSM` where there is nothing to reply to, or `EBADF`.
   */
  send(message: Out, options?: WaitOptions): Promise<void> {
    return this.offer(this.engine.sender, message, options)
  }

  /** Sends at once, or returns false where `send` would wait. Throws `EINVAL`, `EFSM`, `EBADF`. nanomsg: NN_DONTWAIT. */
  trySend(message: Out): boolean {
    return this.tryOffer(this.engine.sender, message)
  }

  /**
   * Sends each of `messages`, in order, with the guarantees of as many sends. Resolves when the last is accepted.
   * Rejects as `send` does, for the first that is not accepted; those before it are on their way. `timeout` is for all.
   * With one that cannot be sent (`EINVAL`) nothing is sent.
   */
  sendBatch(messages: readonly Out[], options?: WaitOptions): Promise<void> {
    return this.offerAll(this.engine.sender, messages, options)
  }
}
