/** Takes whole messages out of a stream of SP over TCP: an 8-byte hello, then frames with an 8-byte length. */

const helloBytes = 8
const prefixBytes = 8

export class MessageLoss {
  readonly #isLost: () => boolean
  /** Of the hello or of a message that crosses or vanishes: how much is still to come. */
  #left = helloBytes
  #vanishing = false
  /** The beginning of a length that is not complete. */
  #prefix: Buffer = Buffer.alloc(0)

  /** `isLost` is asked once for every message. */
  constructor(isLost: () => boolean) {
    this.#isLost = isLost
  }

  /** What is left of `chunk`, with everything of a message or nothing of it. */
  filter(chunk: Buffer): Buffer {
    const kept: Buffer[] = []
    let rest = chunk
    while (rest.length > 0) {
      if (this.#left === 0) rest = this.#begin(rest, kept)
      const part = rest.subarray(0, this.#left)
      this.#left -= part.length
      if (!this.#vanishing) kept.push(part)
      rest = rest.subarray(part.length)
    }
    return Buffer.concat(kept)
  }

  /** Reads a length, once it is complete, and decides what becomes of its message. Returns what follows it. */
  #begin(rest: Buffer, kept: Buffer[]): Buffer {
    const part = rest.subarray(0, prefixBytes - this.#prefix.length)
    this.#prefix = Buffer.concat([this.#prefix, part])
    if (this.#prefix.length === prefixBytes) {
      this.#left = Number(this.#prefix.readBigUInt64BE())
      this.#vanishing = this.#isLost()
      if (!this.#vanishing) kept.push(this.#prefix)
      this.#prefix = Buffer.alloc(0)
    }
    return rest.subarray(part.length)
  }
}
