/** A message whose header and body do not lie in one piece: what inproc hands over, and frames that arrived apart. */
import { joined } from './body.ts'
import { Incoming, noBytes, readWord } from './incoming.ts'
import type { Body } from './platform.ts'

export class IncomingParts extends Incoming {
  #header: Uint8Array = noBytes
  #at = 0

  setParts(header: Uint8Array, body: Uint8Array): this {
    this.#header = header
    this.#at = 0
    return this.set(body, 0, body.length)
  }

  override get size(): number {
    return this.#header.length - this.#at + super.size
  }

  override word(): number {
    const left = this.#header.length - this.#at
    if (left >= 4) {
      this.#at += 4
      return readWord(this.#header, this.#at - 4)
    }
    if (left > 0) this.#join()
    return super.word()
  }

  override body(): Body {
    if (this.#at < this.#header.length) this.#join()
    return super.body()
  }

  /** Puts what is left of the header in front of the body. */
  #join(): void {
    this.setParts(noBytes, joined(this.#header.subarray(this.#at), this.bytes.subarray(this.start, this.end)))
  }
}
