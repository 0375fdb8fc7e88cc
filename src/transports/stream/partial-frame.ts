/**
 * A payload that arrives in several chunks. They are kept as they come while less than half of it is there, since a peer
 * may declare any size and never send it; then the whole is allocated, and every byte was copied once in the end.
 */
import { platform } from '../../core/platform.ts'
import { ChunkQueue } from './chunk-queue.ts'

export class PartialFrame {
  readonly size: number
  #held = 0
  readonly #parts = new ChunkQueue()
  #whole: Uint8Array | undefined

  constructor(size: number) {
    this.size = size
  }

  get missing(): number {
    return this.size - this.#held
  }

  /** All of it, once nothing is missing. */
  get bytes(): Uint8Array | undefined {
    return this.#whole
  }

  /** Takes the next bytes, at most as many as are missing. Throws when there is no memory for the whole. */
  add(bytes: Uint8Array): void {
    if (this.#whole === undefined && (this.#held + bytes.length) * 2 >= this.size) this.#whole = this.#allocate()
    if (this.#whole === undefined) this.#parts.push(bytes)
    else this.#whole.set(bytes, this.#held)
    this.#held += bytes.length
  }

  #allocate(): Uint8Array {
    const whole = platform.allocate(this.size)
    let at = 0
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}
