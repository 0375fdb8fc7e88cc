/** One `request()` call: an exchange with its promise. Reply, failure, timeout and abort each end it in one pass. */
import type { Cancelable } from '../../core/cancellation.ts'
import type { SocketContext } from '../../core/context.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Open } from '../../core/protocol.ts'
import type { Bounds } from '../../core/waiting.ts'
import { Exchange, type ExchangeOptions } from './exchange.ts'
import type { Requester } from './requester.ts'

export class Call<R> extends Exchange implements Cancelable {
  readonly promise: Promise<R>
  /** Its timeout and signal. */
  bounds: Bounds | undefined
  readonly #requester: Requester
  readonly #open: Open<R>
  #resolve!: (value: R) => void
  #reject!: (error: unknown) => void

  constructor(requester: Requester, context: SocketContext, options: ExchangeOptions, open: Open<R>) {
    super(context, options)
    this.#requester = requester
    this.#open = open
    this.promise = new Promise<R>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  replied(body: Body, pipe: Pipe): void {
    this.bounds?.lift()
    try {
      this.#resolve(this.open(this.#open, body, pipe))
    } catch (error) {
      this.#reject(error)
    }
  }

  failed(error: unknown): void {
    this.bounds?.lift()
    this.#reject(error)
  }

  /** Its timeout has passed, or its signal aborts. */
  cancel(error: unknown): void {
    this.#requester.cancel(this)
    this.failed(error)
  }
}
