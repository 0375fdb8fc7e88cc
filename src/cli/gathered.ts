/**
 * Bytes that come in pieces and become one body: what a command prints, a line of standard input. They are copied
 * together as they come, so that tiny pieces cost no more memory than their bytes, and end at a limit.
 */

/** The longest line of standard input and the longest answer of a command, bytes. */
export const longestBody = 16 * 1024 * 1024

export class Gathered {
  readonly #limit: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  /** false: it would be more than the limit, and is not taken. */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.length
    if (length > this.#limit) return false
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(1024, 2 * this.#bytes.length, length)))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
    return true
  }

  /** Hands over what there is, and begins anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
    return bytes
  }
}
