/** Exclusive use of a socket's sending and receiving, for what runs on a socket in the application's place. */
import type { SocketContext } from './context.ts'
import { SpError } from './errors.ts'
import type { Message } from './message.ts'
import type { ResolvedOptions } from './options.ts'
import type { Body } from './platform.ts'
import type { Open, Protocol } from './protocol.ts'
import type { DropReason } from './reasons.ts'
import type { WaitOptions } from './waiting.ts'

/** What a port needs of the shape of its socket. */
interface PortShape {
  header(message: unknown): Uint8Array
  body(message: unknown): Body
  readonly openMessage: Open<Message<unknown>>
}

/** Sending and receiving of a raw socket, taken over by what runs in the application's place; see `reserve()`. */
export class Port {
  readonly #context: SocketContext
  readonly #engine: Protocol
  readonly #shape: PortShape

  /** Throws `EINVAL` for options that a raw socket cannot have. */
  static check({ name, codec }: ResolvedOptions): void {
    if (codec === undefined) return
    throw new SpError('EINVAL', { message: `${name} is raw and has no option "codec"; it moves bytes` })
  }

  constructor(context: SocketContext, engine: Protocol, shape: PortShape) {
    this.#context = context
    this.#engine = engine
    this.#shape = shape
    context.reserved = true
  }

  /** Whether the pattern sends. */
  get canSend(): boolean {
    return this.#engine.sender !== undefined
  }

  /** Whether the pattern receives. */
  get canRecv(): boolean {
    return this.#engine.receiver !== undefined
  }

  /** Whether the socket was closed. */
  get closed(): boolean {
    return this.#context.closed
  }

  /** The next message. Rejects with `ETIMEDOUT`, `signal.reason`, or `EBADF` when the socket closes. */
  async recv(options?: WaitOptions): Promise<Message> {
    this.#context.assertOpen()
    return this.#engine.receiver?.recv(this.#shape.openMessage as Open<Message>, options) as Promise<Message>
  }

  /** Sends, and waits for room without end. Rejects with `EINVAL`, or `EBADF` when the socket closes. */
  async send(message: unknown): Promise<void> {
    this.#context.assertOpen()
    const wait = { timeout: Infinity }
    await this.#engine.sender?.send(this.#shape.header(message), this.#shape.body(message), wait)
  }

  /** Counts a received message that goes nowhere. */
  drop(reason: DropReason, { pipe, body }: Message, cause?: unknown): void {
    this.#context.drop(reason, pipe, { size: body.length, cause })
  }

  /** Calls `listener` when the socket begins to close. */
  onClosing(listener: () => void): void {
    this.#context.onClosing = listener
  }

  /** Gives the socket back. */
  release(): void {
    this.#context.onClosing = undefined
    this.#context.reserved = false
  }
}
