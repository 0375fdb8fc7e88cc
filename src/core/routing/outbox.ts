/**
 * The sending side of a socket whose `send` waits for a ready peer (PAIR, PUSH): offers each message to the pattern, and
 * keeps the calls whose message it cannot take now, in call order.
 */
import type { SocketContext } from '../context.ts'
import { done } from '../pace.ts'
import type { Body } from '../platform.ts'
import type { Sender } from '../protocol.ts'
import { checkWaitOptions, type WaitOptions, WaitQueue } from '../waiting.ts'

interface Unsent {
  readonly header: Uint8Array
  readonly body: Body
}

export class Outbox implements Sender {
  readonly #context: SocketContext
  readonly #offer: (header: Uint8Array, body: Body) => boolean
  readonly #waiters: WaitQueue<Unsent, void>

  /** `offer` sends the message, or returns false when nobody can take it now. */
  constructor(context: SocketContext, offer: (header: Uint8Array, body: Body) => boolean) {
    this.#context = context
    this.#offer = offer
    this.#waiters = new WaitQueue('send', context.why)
  }

  trySend(header: Uint8Array, body: Body): boolean {
    if (this.#waiters.head !== undefined || !this.#offer(header, body)) return false
    this.#context.messagesSent++
    this.#context.bytesSent += body.length
    return true
  }

  /** Resolves when a pipe took the message. Rejects with `ETIMEDOUT`, `EBADF` or `signal.reason`. */
  send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    if (this.trySend(header, body)) return done()
    return this.#waiters.wait({ header: new Uint8Array(header), body }, options, this.#context.options.sendTimeout)
  }

  /** Somebody may be ready: offer what waits. */
  flush(): void {
    for (let waiter = this.#waiters.head; waiter !== undefined; waiter = this.#waiters.head) {
      const { header, body } = waiter.payload
      if (!this.#offer(header, body)) return
      this.#context.messagesSent++
      this.#context.bytesSent += body.length
      waiter.resolve()
    }
  }

  /** Ends every call that waits. */
  rejectAll(makeError: () => unknown): void {
    this.#waiters.rejectAll(makeError)
  }
}
