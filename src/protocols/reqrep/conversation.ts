/** `send` and `recv` of REQ: one request at a time, where a new one replaces the old, as in nanomsg. */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import { done, ready } from '../../core/pace.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Open, Receiver, Sender } from '../../core/protocol.ts'
import { checkWaitOptions, type RecvOptions, type Waiter, type WaitOptions, WaitQueue } from '../../core/waiting.ts'
import { Exchange } from './exchange.ts'
import type { Requester } from './requester.ts'

export class Conversation extends Exchange implements Sender, Receiver {
  readonly #requester: Requester
  /** The reply that nobody has received yet, and the failure that nobody was told of. */
  #reply: { readonly body: Body; readonly pipe: Pipe } | undefined
  #failure: unknown
  readonly #waiters: WaitQueue<Open<unknown>, unknown> = new WaitQueue('recv', this.context.why)

  constructor(requester: Requester, context: SocketContext) {
    super(context, context.options)
    this.#requester = requester
  }

  trySend(_header: Uint8Array, body: Body): boolean {
    const unread = this.#reply
    this.#failure = undefined
    this.#requester.start(this, body)
    // A peer inside this process may have answered by now.
    if (this.#reply === unread) this.#reply = undefined
    return true
  }

  async send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    this.trySend(header, body)
    await done()
  }

  tryRecv<R>(open: Open<R>): R | undefined {
    const reply = this.#reply
    const failure = this.#failure
    if (reply !== undefined) {
      this.#reply = undefined
      this.fire('recv')
      return this.open(open, reply.body, reply.pipe)
    }
    if (failure !== undefined) {
      this.#failure = undefined
      throw failure
    }
    if (this.state !== 'idle') return undefined
    throw this.#nothingAsked()
  }

  async recv<R>(open: Open<R>, options?: RecvOptions): Promise<R> {
    checkWaitOptions(options)
    const value = this.tryRecv(open)
    if (value !== undefined) return ready(value)
    return this.#waiters.wait(open, options, this.context.options.recvTimeout) as Promise<R>
  }

  replied(body: Body, pipe: Pipe): void {
    const waiter = this.#takeWaiter()
    if (waiter === undefined) {
      this.#reply = { body, pipe }
      return
    }
    this.fire('recv')
    try {
      waiter.resolve(this.open(waiter.payload, body, pipe))
    } catch (error) {
      waiter.reject(error)
    }
  }

  failed(error: unknown): void {
    const waiter = this.#takeWaiter()
    if (waiter === undefined) this.#failure = error
    else waiter.reject(error)
  }

  close(): void {
    this.#waiters.rejectAll(() => this.context.closedError())
  }

  /** The call that gets the outcome. There is one for each request, so the others find nothing. */
  #takeWaiter(): Waiter<Open<unknown>, unknown> | undefined {
    const waiter = this.#waiters.head
    waiter?.leave()
    this.#waiters.rejectAll(() => this.#nothingAsked())
    return waiter
  }

  #nothingAsked(): SpError {
    return new SpError('EFSM', { message: `${this.context.name} has no request outstanding; send one first` })
  }
}
