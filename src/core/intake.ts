/**
 * What waits to be received on a socket as a whole. `recvBuffer` bounds each pipe; a socket with many would hold as many
 * times that, so above `pipesWorth` of it further pipes are not read until there is room again, first come, first served.
 * It outlives the pipes: what a peer left behind when it went counts until it is received.
 */

/** How many full pipes a socket holds. */
const pipesWorth = 16

/** A pipe that waits for room on the socket. */
interface Waiting {
  /** The socket has room. */
  proceed(): void
}

export class Intake {
  readonly #limit: number
  #bytes = 0
  readonly #waiting: Set<Waiting> = new Set()

  /** `recvBuffer` of the socket, bytes. */
  constructor(recvBuffer: number) {
    this.#limit = recvBuffer * pipesWorth
  }

  get full(): boolean {
    return this.#bytes >= this.#limit
  }

  charge(size: number): void {
    this.#bytes += size
  }

  release(size: number): void {
    this.#bytes -= size
    if (this.#waiting.size === 0 || this.full) return
    for (const pipe of this.#waiting) {
      this.#waiting.delete(pipe)
      pipe.proceed()
      if (this.full) return
    }
  }

  /** `pipe` goes on when there is room. */
  await(pipe: Waiting): void {
    this.#waiting.add(pipe)
  }

  /** It is gone, or its own bound holds it. */
  forget(pipe: Waiting): void {
    this.#waiting.delete(pipe)
  }
}
