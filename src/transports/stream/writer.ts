/**
 * The sending half of a stream connection. Small messages are copied into a slab that is written once per tick; bodies
 * above a few KiB are not copied, they ride a vectored write.
 *
 *   slab:  [len|hdr|body][len|hdr|body][len|hdr]         [len|hdr|body] …
 *                                               \ large body, written from where it is
 *
 * The first slab of a tick is small, since most ticks carry one message; it grows into a large one when it is full.
 * `process.nextTick` runs after the microtasks, so a loop of awaited sends is one write, and a lone message still
 * leaves in the same tick.
 */
import type { Socket } from 'node:net'
import { Ring } from '../../core/ring.ts'
import type { Framing } from './framing.ts'
import { writePrefix } from './framing.ts'
import { largeSlab, returnSlab, smallSlab, takeSlab } from './slab-pool.ts'

/** Bodies up to this many bytes are copied into a slab. */
const copyLimit = 8192

/** A write that the stream has not completed yet. */
interface Write {
  readonly slab: Buffer | undefined
  readonly bytes: number
  readonly messages: number
}

export class Writer {
  /** Messages and bytes taken and not yet given to the operating system. */
  pending = 0
  pendingBytes = 0
  readonly #stream: Socket
  readonly #framing: Framing
  readonly #limit: number
  readonly #onRoom: () => void
  readonly #writes: Ring<Write> = new Ring()
  #slab: Buffer | undefined
  #filled = 0
  /** Where the part of the slab that is not written yet begins. */
  #from = 0
  #messages = 0
  #scheduled = false
  #corked = false
  #full = false

  /** `limit`: bytes before `write` says full; `onRoom` is called when there is room again. */
  constructor(stream: Socket, framing: Framing, limit: number, onRoom: () => void) {
    this.#stream = stream
    this.#framing = framing
    this.#limit = limit
    this.#onRoom = onRoom
  }

  /** Takes a message; false when the limit is reached. */
  write(header: Uint8Array, body: Uint8Array): boolean {
    const large = body.length > copyLimit
    const copied = this.#framing.prefix + header.length + (large ? 0 : body.length)
    const slab = this.#reserve(copied)
    let p = writePrefix(this.#framing, slab, this.#filled, header.length + body.length)
    for (let i = 0; i < header.length; i++) slab[p++] = header[i] as number
    if (!large) {
      slab.set(body, p)
      p += body.length
    }
    this.#filled = p
    this.#messages++
    this.pending++
    this.pendingBytes += copied
    if (large) this.#writeLarge(body)
    if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#flushLater)
    }
    this.#full = this.pendingBytes >= this.#limit
    return !this.#full
  }

  /** Hands everything to the stream now. */
  flush(): void {
    this.#scheduled = false
    this.#cut(true)
    if (this.#corked) {
      this.#corked = false
      this.#stream.uncork()
    }
  }

  readonly #flushLater = (): void => this.flush()

  #reserve(size: number): Buffer {
    let slab = this.#slab
    if (slab !== undefined && this.#filled + size <= slab.length) return slab
    if (slab !== undefined && slab.length === smallSlab && this.#from === 0 && this.#filled + size <= largeSlab) {
      const grown = takeSlab(largeSlab)
      slab.copy(grown, 0, 0, this.#filled)
      returnSlab(slab)
      this.#slab = grown
      return grown
    }
    if (slab !== undefined) this.#cut(true)
    this.#filled = 0
    this.#from = 0
    if (size <= smallSlab) slab = takeSlab(this.#writes.length > 0 ? largeSlab : smallSlab)
    else slab = size <= largeSlab ? takeSlab(largeSlab) : Buffer.allocUnsafeSlow(size)
    this.#slab = slab
    return slab
  }

  /** Writes the part of the slab that is not written yet; `last`: the slab is given up. */
  #cut(last: boolean): void {
    const slab = this.#slab
    if (slab === undefined) return
    const bytes = this.#filled - this.#from
    if (bytes > 0 || last) {
      const part = slab.subarray(this.#from, this.#filled)
      this.#writes.push({ slab: last ? slab : undefined, bytes, messages: this.#messages })
      this.#messages = 0
      this.#from = this.#filled
      if (last) this.#slab = undefined
      this.#stream.write(part, this.#onWritten)
    }
  }

  #writeLarge(body: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true
      this.#stream.cork()
    }
    const messages = this.#messages
    this.#messages = 0
    this.#cut(false)
    this.pendingBytes += body.length
    this.#writes.push({ slab: undefined, bytes: body.length, messages })
    this.#stream.write(body, this.#onWritten)
  }

  readonly #onWritten = (error?: Error | null): void => {
    const write = this.#writes.shift()
    // After a failure the counts stay as they are: they say what was lost.
    if (write === undefined || error) return
    if (write.slab !== undefined) returnSlab(write.slab)
    this.pending -= write.messages
    this.pendingBytes -= write.bytes
    if (this.#full && this.pendingBytes < this.#limit) {
      this.#full = false
      this.#onRoom()
    }
  }
}
