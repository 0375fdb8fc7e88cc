/**
 * How much may wait to be sent on a connection: `sendBuffer`. Where a listener has many peers that do not read, all of them
 * together reach `sendBudget`; from then on each has a sixteenth of that, so that one that reads is served as before.
 */
import type { EndpointRequest, Sending } from '../../core/transport.ts'

/** So many times `sendBuffer` may wait for the peers of a listener, where it does not say how much. */
const manyBuffers = 64
const leastPart = 16

/** What a writer needs to know of it. */
export interface SendLimit {
  /** So many bytes wait now: whether that is all there may be. Asked whenever it changes. */
  full(waiting: number): boolean
}

export const unlimited: SendLimit = { full: () => false }

export class Allowance implements SendLimit {
  readonly #limit: number
  readonly #budget: number
  /** Absent on connections that were dialed, and on those that have ended. */
  #sending: Sending | undefined
  /** What of that is ours. */
  #counted = 0

  constructor({ sendBuffer, options, door }: Pick<EndpointRequest, 'sendBuffer' | 'options' | 'door'>) {
    this.#limit = sendBuffer
    this.#budget = options.sendBudget ?? manyBuffers * sendBuffer
    this.#sending = door?.sending
  }

  full(waiting: number): boolean {
    const sending = this.#sending
    if (sending === undefined) return waiting >= this.#limit
    sending.waiting += waiting - this.#counted
    this.#counted = waiting
    return waiting >= (sending.waiting > this.#budget ? this.#limit / leastPart : this.#limit)
  }

  /** The stream is gone, and with it what waited. */
  end(): void {
    if (this.#sending !== undefined) this.#sending.waiting -= this.#counted
    this.#sending = undefined
  }
}
