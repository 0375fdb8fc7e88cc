/**
 * What waits to be received on a socket as a whole. `recvBuffer` bounds each pipe; a socket with many would hold as many
 * times that, so above `pipesWorth` of it further pipes are not read until there is room again, first come, first served.
 * What pipes left behind that are gone has a bound of its own, of the same size: peers that come, leave much and go
 * neither fill the memory nor keep those that stay from being read.
 */

/** How many full pipes a socket holds. */
const pipesWorth = 16

/** What a message costs beside its bytes, which is much for one that is tiny; and what may wait at least for each pipe. */
const overhead = 64
const least = 65536

/** A pipe that waits for room on the socket. */
interface Waiting {
  /** The socket has room. */
  proceed(): void
}

export class Intake {
  readonly #limit: number
  #bytes = 0
  /** What pipes left that are gone. */
  #left = 0
  readonly #waiting: Set<Waiting> = new Set()

  /** `recvBuffer` of the socket, bytes. */
  constructor(recvBuffer: number) {
    this.#limit = Math.max(recvBuffer, least) * pipesWorth
  }

  get full(): boolean {
    return this.#bytes >= this.#limit
  }

  /** Whether pipes that are gone have left more than may wait. */
  get overfull(): boolean {
    return this.#left > this.#limit
  }

  charge(size: number): void {
    this.#bytes += size + overhead
  }

  release(size: number): void {
    this.#make(size + overhead)
  }

  /** A pipe is gone, and this waits from it. */
  leave(bytes: number, messages: number): void {
    const size = bytes + messages * overhead
    this.#left += size
    this.#make(size)
  }

  /** Of what a pipe left that is gone. */
  releaseLeft(size: number): void {
    this.#left -= size + overhead
  }

  /** `pipe` goes on when there is room. */
  await(pipe: Waiting): void {
    this.#waiting.add(pipe)
  }

  /** It is gone, or its own bound holds it. */
  forget(pipe: Waiting): void {
    this.#waiting.delete(pipe)
  }

  #make(room: number): void {
    this.#bytes -= room
    if (this.#waiting.size === 0 || this.full) return
    for (const pipe of this.#waiting) {
      this.#waiting.delete(pipe)
      pipe.proceed()
      if (this.full) return
    }
  }
}
