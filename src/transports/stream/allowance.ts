/**
 * How much may wait to be sent on a connection: `sendBuffer`. Where a listener has many peers that do not read, all of them
 * together reach `sendBudget`, and those of many sockets that of the process: from then on each has a sixteenth of it, so that one
 * that reads is served as before, and where even these are too many a 256th.
 */
import type { EndpointRequest, Sending } from '../../core/transport.ts'
import { countWaiting, sendBudget } from './send-budget.ts'

/** So many times `sendBuffer` may wait for the peers of a listener, where it does not say how much. */
const manyBuffers = 64

/** What a writer needs to know of it. */
export interface SendLimit {
  /** So many may wait now. */
  readonly bytes: number
  /** So many do. Told of every chunk that is written or has left, and not of every message. */
  wait(bytes: number): void
}

export const unlimited: SendLimit = { bytes: Infinity, wait: () => {} }

export class Allowance implements SendLimit {
  bytes: number
  readonly #limit: number
  readonly #budget: number
  /** Of a dialer nobody else has a part. */
  readonly #sending: Sending
  /** What of that is ours. */
  #counted = 0
  #ended = false

  constructor({ sendBuffer, options, door }: Pick<EndpointRequest, 'sendBuffer' | 'options' | 'door'>) {
    this.#limit = sendBuffer
    this.#budget = door === undefined ? Infinity : (options.sendBudget ?? manyBuffers * sendBuffer)
    this.#sending = door?.sending ?? { waiting: 0 }
    this.bytes = this.#part()
  }

  wait(bytes: number): void {
    if (this.#ended) return
    this.#count(bytes)
    this.bytes = this.#part()
  }

  /** The stream is gone, and with it what waited. */
  end(): void {
    this.#count(0)
    this.#ended = true
  }

  #count(bytes: number): void {
    const change = bytes - this.#counted
    this.#counted = bytes
    this.#sending.waiting += change
    countWaiting(change)
  }

  #part(): number {
    const parts = Math.max(
      partsOf(this.#sending.waiting, this.#budget),
      partsOf(sendBudget.waiting, sendBudget.bytes / 2)
    )
    return this.#limit / parts
  }
}

function partsOf(waiting: number, budget: number): 1 | 16 | 256 {
  if (waiting <= budget) return 1
  return waiting <= 2 * budget ? 16 : 256
}
