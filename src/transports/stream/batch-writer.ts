/**
 * The sending half of a connection, whatever its framing. Small messages are copied into a slab that is written once per
 * tick; large bodies are not copied, they ride a vectored write.
 *
 *   slab:  [prefix|hdr|body][prefix|hdr|body][prefix|hdr]         [prefix|hdr|body] …
 *                                                        \ large body, written from where it is
 *
 * The first slab of a tick is small, since most ticks carry one message; it grows into a large one when it is full.
 * `process.nextTick` runs after the microtasks, so a loop of awaited sends is one write, and a lone message still
 * leaves in the same tick.
 */
import type { Socket } from 'node:net'
import { Ring } from '../../core/ring.ts'
import { largeSlab, returnSlab, smallSlab, takeSlab } from './slab-pool.ts'

/** Bodies up to this many bytes are copied into a slab. */
export const copyLimit = 8192

/** A write that the stream has not completed yet. */
interface Write {
  readonly slab: Buffer | undefined
  readonly bytes: number
  readonly messages: number
}

export abstract class BatchWriter {
  /** Messages and bytes taken and not yet given to the operating system. */
  pending = 0
  pendingBytes = 0
  /** Where the next byte goes in the slab that `reserve` returned. */
  protected filled = 0
  readonly #stream: Socket
  readonly #limit: number
  readonly #onRoom: () => void
  readonly #writes: Ring<Write> = new Ring()
  #slab: Buffer | undefined
  /** Where the part of the slab that is not written yet begins. */
  #from = 0
  #messages = 0
  #scheduled = false
  #corked = false
  #full = false

  /** `limit`: bytes before `write` says full; `onRoom` is called when there is room again. */
  constructor(stream: Socket, limit: number, onRoom: () => void) {
    this.#stream = stream
    this.#limit = limit
    this.#onRoom = onRoom
  }

  /** Takes a message; false when the limit is reached. */
  abstract write(header: Uint8Array, body: Uint8Array): boolean

  /** Hands everything to the stream now. */
  flush(): void {
    this.#scheduled = false
    this.#cut(true)
    if (this.#corked) {
      this.#corked = false
      this.#stream.uncork()
    }
  }

  /** A slab with room for `size` bytes at `filled`. */
  protected reserve(size: number): Buffer {
    let slab = this.#slab
    if (slab !== undefined && this.filled + size <= slab.length) return slab
    if (slab !== undefined && slab.length === smallSlab && this.#from === 0 && this.filled + size <= largeSlab) {
      const grown = takeSlab(largeSlab)
      slab.copy(grown, 0, 0, this.filled)
      returnSlab(slab)
      this.#slab = grown
      return grown
    }
    if (slab !== undefined) this.#cut(true)
    this.filled = 0
    this.#from = 0
    if (size <= smallSlab) slab = takeSlab(this.#writes.length > 0 ? largeSlab : smallSlab)
    else slab = size <= largeSlab ? takeSlab(largeSlab) : Buffer.allocUnsafeSlow(size)
    this.#slab = slab
    return slab
  }

  /** The slab is filled up to `end`. */
  protected commit(end: number): void {
    this.pendingBytes += end - this.filled
    this.filled = end
  }

  /** Writes `bytes` after what is in the slab, without copying them. */
  protected attach(bytes: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true
      this.#stream.cork()
    }
    this.#cut(false)
    this.pendingBytes += bytes.length
    this.#writes.push({ slab: undefined, bytes: bytes.length, messages: 0 })
    this.#stream.write(bytes, this.#onWritten)
  }

  /** A message is complete; the result of `write`. */
  protected complete(): boolean {
    this.#messages++
    this.pending++
    if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#flushLater)
    }
    this.#full = this.pendingBytes >= this.#limit
    return !this.#full
  }

  readonly #flushLater = (): void => this.flush()

  /** Writes the part of the slab that is not written yet; `last`: the slab is given up. */
  #cut(last: boolean): void {
    const slab = this.#slab
    if (slab === undefined) return
    const bytes = this.filled - this.#from
    if (bytes > 0 || last) {
      const part = slab.subarray(this.#from, this.filled)
      this.#writes.push({ slab: last ? slab : undefined, bytes, messages: this.#messages })
      this.#messages = 0
      this.#from = this.filled
      if (last) this.#slab = undefined
      this.#stream.write(part, this.#onWritten)
    }
  }

  readonly #onWritten = (error?: Error | null): void => {
    const write = this.#writes.shift()
    // After a failure the counts stay as they are: they say what was lost. A write that was under way when the stream
    // broke is called back without an error.
    if (write === undefined || error || this.#stream.destroyed) return
    if (write.slab !== undefined) returnSlab(write.slab)
    this.pending -= write.messages
    this.pendingBytes -= write.bytes
    if (this.#full && this.pendingBytes < this.#limit) {
      this.#full = false
      this.#onRoom()
    }
  }
}
