/**
 * What waits to be sent over all streams of this process, whosever they are: no option of a socket bounds how many sockets
 * there are. Counted by chunks and not by messages.
 */
import { totalmem } from 'node:os'
import { check, range } from '../../core/rules.ts'

/** What may wait to be sent over all streams of a process together; see `sendBudget`. */
export interface SendBudget {
  /**
   * Bytes that may wait. From half of it on each connection may have a sixteenth of its `sendBuffer`, and from all of it on a
   * 256th: what does not fit waits or is dropped as for a peer that is full, and one that reads is served. Default: a quarter of
   * the memory that the process may have. Setting it throws `EINVAL` for anything but a whole number from 1, or Infinity.
   */
  bytes: number
  /** Bytes that wait now. */
  readonly waiting: number
  /** How often half of `bytes` was reached. */
  readonly reached: number
}

const rule = range(1, Infinity, ' of bytes')
let [waiting, reached] = [0, 0]
let bytes: number | undefined

/**
 * The budget of this process (of this thread, where there are workers) for what waits to be sent over streams, dialed or not,
 * beside the option of that name, which is of a listener. There is none in pages.
 *
 * @example
 * import { sendBudget } from 'hubless'
 * sendBudget.bytes = 256 * 1024 * 1024
 * console.log(sendBudget.waiting)
 */
export const sendBudget: SendBudget = {
  get bytes() {
    bytes ??= quarter()
    return bytes
  },
  set bytes(given) {
    bytes = check('sendBudget.bytes', rule, given)
  },
  get waiting() {
    return waiting
  },
  get reached() {
    return reached
  }
}

/** So many more wait now. @internal */
export function countWaiting(change: number): void {
  const half = sendBudget.bytes / 2
  if (waiting <= half && waiting + change > half) reached++
  waiting += change
}

function quarter(): number {
  const total = totalmem()
  // Where nothing is bounded it is 0, or more than there is.
  const constrained = process.constrainedMemory?.() || total
  return Math.floor(Math.min(total, constrained) / 4)
}
