/**
 * What each pipe carries, in order of transmission: what is lost with it, and what is due to be sent again. Losing a pipe
 * costs what it carried, the interval a look at the oldest of each pipe.
 *
 *   pipe A:  again [x x x]  once [x]
 *   pipe B:  again [x]      once []
 */
import { LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import { startTimer, type Timer, unref } from '../../core/waiting.ts'
import type { Exchange } from './exchange.ts'

class Load {
  /** May be sent again. */
  readonly again = new LinkedList<Exchange>()
  /** May not. */
  readonly once = new LinkedList<Exchange>()
}

/** Who takes what is carried no more. */
interface Owner {
  /** Its pipe is gone. */
  lost(exchange: Exchange): void
  /** It was sent `resendInterval` ago. */
  due(exchange: Exchange): void
  /** All that were due have been told. */
  ready(): void
}

export class Carried {
  readonly #owner: Owner
  readonly #resendInterval: number
  readonly #loads: Map<Pipe, Load> = new Map()
  #timer: Timer

  constructor(owner: Owner, resendInterval: number) {
    this.#owner = owner
    this.#resendInterval = resendInterval
  }

  attach(pipe: Pipe): void {
    this.#loads.set(pipe, new Load())
  }

  detach(pipe: Pipe): void {
    const { again, once } = this.#loads.get(pipe) as Load
    this.#loads.delete(pipe)
    for (const list of [again, once]) {
      for (let oldest = list.head; oldest !== undefined; oldest = list.head) {
        list.remove(oldest)
        this.#owner.lost(oldest)
      }
    }
  }

  /** The pipe of a request has sent it. False when that pipe is gone. */
  add(exchange: Exchange): boolean {
    const load = this.#loads.get(exchange.pipe as Pipe)
    if (load === undefined) return false
    if (!exchange.options.retry) {
      load.once.push(exchange)
      return true
    }
    load.again.push(exchange)
    if (this.#resendInterval === Infinity) return true
    exchange.sentAt = performance.now()
    if (this.#timer === undefined) this.#arm(this.#resendInterval)
    return true
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** What is due to nobody must not keep the process. */
  #arm(delay: number): void {
    this.#timer = startTimer(() => this.#resend(), delay)
    unref(this.#timer)
  }

  #resend(): void {
    this.#timer = undefined
    const due = performance.now() - this.#resendInterval
    let first = Infinity
    for (const { again } of this.#loads.values()) {
      for (let oldest = again.head; oldest !== undefined; oldest = again.head) {
        // Timers may fire up to a millisecond early.
        if (oldest.sentAt > due + 1) {
          first = Math.min(first, oldest.sentAt)
          break
        }
        again.remove(oldest)
        this.#owner.due(oldest)
      }
    }
    // Before anything is sent anew, which would wait a whole interval for those that are due sooner.
    if (first !== Infinity) this.#arm(Math.max(1, first - due))
    this.#owner.ready()
  }
}
