/** A message as inproc has it: the header that the sender's protocol wrote, and the sender's own body, apart. */
import { joined } from '../../core/body.ts'
import { Incoming, noBytes, readWord } from '../../core/incoming.ts'
import type { Body } from '../../core/platform.ts'

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
