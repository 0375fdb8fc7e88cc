/**
 * Chunks of a stream that wait, oldest first. What they hold in memory is about what they say: small ones, and short
 * views of large memory, are copied together, so that a peer that sends single bytes costs bytes and not objects.
 */
import { platform } from '../../core/platform.ts'
import { Ring } from '../../core/ring.ts'

/** Smaller chunks are copied. */
const small = 4096

/** The most that is copied into one piece. */
const largest = 65536

export class ChunkQueue {
  bytes = 0
  readonly #whole: Ring<Uint8Array> = new Ring(4)
  /** Memory that small chunks are copied into, up to `#filled`; newer than everything in `#whole`. */
  #tail: Uint8Array | undefined
  #filled = 0

  push(chunk: Uint8Array): void {
    if (chunk.length >= small && chunk.length * 2 >= chunk.buffer.byteLength) {
      this.#seal()
      this.bytes += chunk.length
      this.#whole.push(chunk)
      return
    }
    for (let from = 0; from < chunk.length; ) from += this.#copy(chunk, from)
  }

  shift(): Uint8Array | undefined {
    if (this.#whole.length === 0) this.#seal()
    const chunk = this.#whole.shift()
    if (chunk !== undefined) this.bytes -= chunk.length
    return chunk
  }

  clear(): void {
    this.#whole.clear()
    this.#tail = undefined
    this.#filled = 0
    this.bytes = 0
  }

  /** Copies as much as the tail has room for, and returns how much that was. */
  #copy(chunk: Uint8Array, from: number): number {
    // Twice of what is there already, so that few pieces hold many bytes and little is reserved for few.
    this.#tail ??= platform.allocate(Math.min(largest, Math.max(256, chunk.length - from, 2 * this.bytes)))
    const part = chunk.subarray(from, from + this.#tail.length - this.#filled)
    this.#tail.set(part, this.#filled)
    this.#filled += part.length
    this.bytes += part.length
    if (this.#filled === this.#tail.length) this.#seal()
    return part.length
  }

  #seal(): void {
    if (this.#tail !== undefined) this.#whole.push(this.#tail.subarray(0, this.#filled))
    this.#tail = undefined
    this.#filled = 0
  }
}
