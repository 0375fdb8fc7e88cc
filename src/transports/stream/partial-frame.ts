/**
 * A payload that arrives in several chunks. They are kept as they come while less than half of it is there, since a peer
 * may declare any size and never send it; then the whole is allocated, and every byte was copied once in the end. One
 * that fits into the chunk it begins in is moved to the front of that: memory that was just read to costs less than
 * fresh memory.
 */
import { platform } from '../../core/platform.ts'
import { ChunkQueue } from './chunk-queue.ts'

export class PartialFrame {
  readonly size: number
  #held = 0
  readonly #parts = new ChunkQueue()
  #whole: Uint8Array | undefined

  /** `spare`: the chunk that it begins in, where nobody keeps anything of that. */
  constructor(size: number, spare?: Uint8Array) {
    this.size = size
    if (spare === undefined || size > spare.length || size * 2 < spare.length) return
    // Memory that others may know of is not ours to write to.
    if (spare.length === spare.buffer.byteLength) this.#whole = spare.subarray(0, size)
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
