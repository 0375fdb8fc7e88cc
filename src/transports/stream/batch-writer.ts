/**
 * The sending half of a connection, whatever its framing. Small messages are copied into a slab that is written once per
 * tick; large bodies are not copied, they ride a vectored write.
 *
 *   slab:  [prefix|hdr|body][prefix|hdr|body][prefix|hdr]         [prefix|hdr|body] …
 *                                                        \ large body, written from where it is
 *
 * The first slab of a tick is small, since most ticks carry one message; it grows into a large one when it is full.
 * `process.nextTick` runs after the microtasks, so a loop of awaited sends is one write, and a lone message still
 * leaves in the same tick. Of a long burst that answers something, the first messages leave at once: the peer works on
 * them while the rest is made, so that with 64 requests outstanding both sides work at a time, not in turn.
 *
 * A message that goes to many connections is copied once: the first writes it into its slab, the others go on in that
 * slab as far as they have sent the same messages, or begin there.
 *
 *   slab of A:  [m1][m2][m3][m4]
 *   A writes     ^-------------^
 *   B, joined at m2  ^---------^
 */
import type { Socket } from 'node:net'
import { Ring } from '../../core/ring.ts'
import type { SendLimit } from './allowance.ts'
import { lastShared as last } from './shared-frame.ts'
import { largeSlab, returnSlab, type Slab, smallSlab, takeSlab } from './slab-pool.ts'
import type { Writer } from './wire.ts'

/** Bodies up to this many bytes are copied into a slab. */
export const copyLimit = 8192

/** So many messages do not wait for the end of the tick, once for everything that the peer sends. */
const vanguard = 32

/** Slabs that may wait for the operating system, however little there is in them. */
const fewSlabs = 4

/** And how many times the memory of what waits all of them may take. */
const maxWaste = 4

/** A write that the stream has not completed yet. */
interface Write {
  readonly slab: Slab | undefined
  readonly bytes: number
  readonly messages: number
}

export abstract class BatchWriter implements Writer {
  /** Messages and bytes taken and not yet given to the operating system. */
  pending = 0
  pendingBytes = 0
  eager = false
  /** Where the next byte goes in the slab that `reserve` returned. */
  protected filled = 0
  readonly #stream: Socket
  readonly #limit: SendLimit
  readonly #onRoom: () => void
  readonly #writes: Ring<Write> = new Ring()
  /** Slabs among the writes. */
  #slabs = 0
  #slab: Slab | undefined
  /** The slab is one that another connection fills. */
  #borrowed = false
  /** Where the part of the slab that is not written yet begins. */
  #from = 0
  #messages = 0
  #scheduled = false
  /** The slab waits until writes get on. */
  #held = false
  #corked = false
  #full = false

  /** `limit`: when `write` says full; `onRoom` is called when there is room again. */
  constructor(stream: Socket, limit: SendLimit, onRoom: () => void) {
    this.#stream = stream
    this.#limit = limit
    this.#onRoom = onRoom
  }

  /**
   * Takes a message; false when the limit is reached. `shared` above 0 is the same number for all connections that this
   * message goes to.
   */
  abstract write(header: Uint8Array, body: Uint8Array, shared?: number): boolean

  /** Hands everything to the stream now. */
  flush(): void {
    this.#held = false
    this.#cut(true)
    this.#uncork()
  }

  /** Memory with room for `size` bytes at `filled`, for a frame that others may `repeat` where it is shared. */
  protected reserve(size: number, shared = 0): Buffer {
    const slab = this.#slab
    if (slab !== undefined && !this.#borrowed) {
      const { bytes } = slab
      if (this.filled + size <= bytes.length) return bytes
      if (bytes.length === smallSlab && this.#from === 0 && slab.users === 1 && this.filled + size <= largeSlab) {
        return this.#grow(slab)
      }
    }
    if (slab !== undefined) {
      this.#cut(true)
      this.#limit.wait(this.pendingBytes)
    }
    this.filled = 0
    this.#from = 0
    const many = shared > 0 || this.#writes.length > 0
    const taken = takeSlab(many ? Math.max(size, largeSlab) : size)
    this.#slab = taken
    return taken.bytes
  }

  #grow(slab: Slab): Buffer {
    const grown = takeSlab(largeSlab)
    slab.bytes.copy(grown.bytes, 0, 0, this.filled)
    returnSlab(slab)
    this.#slab = grown
    return grown.bytes
  }

  /** What was just committed from `start` on is a whole frame, which other connections may `repeat`. */
  protected offer(mark: number, format: unknown, start: number): void {
    last.mark = mark
    last.format = format
    last.slab = this.#slab as Slab
    last.start = start
    last.end = this.filled
  }

  /** Takes the frame that another connection offered under this mark; false when there is none to take. */
  protected repeat(mark: number, format: unknown): boolean {
    if (last.mark !== mark || last.format !== format) return false
    if (this.#slab !== last.slab || this.filled !== last.start) {
      if (this.#wasteful) return false
      if (this.#slab !== undefined) this.#cut(true)
      this.#slab = last.slab
      this.#borrowed = true
      last.slab.users++
      this.#from = last.start
      this.filled = last.start
    }
    this.commit(last.end)
    return true
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
    this.#limit.wait(this.pendingBytes)
    this.#writes.push({ slab: undefined, bytes: bytes.length, messages: 0 })
    this.#stream.write(bytes, this.#onWritten)
  }

  /** A message is complete; the result of `write`. */
  protected complete(): boolean {
    this.#messages++
    this.pending++
    this.schedule()
    if (this.eager && this.#messages === vanguard && !this.#wasteful) {
      this.eager = false
      this.flush()
    }
    this.#full = this.pendingBytes >= this.#limit.bytes
    return !this.#full
  }

  /** What was committed leaves at the end of the tick. */
  protected schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flushLater)
  }

  /**
   * Many slabs wait with little in them: a peer that does not read would hold one for each tick that had a message for
   * it. What is sent collects in one slab then.
   */
  get #wasteful(): boolean {
    return this.#slabs >= fewSlabs && this.#slabs * largeSlab > this.pendingBytes * maxWaste
  }

  readonly #flushLater = (): void => {
    this.#scheduled = false
    this.#limit.wait(this.pendingBytes)
    if (!this.#wasteful) {
      this.flush()
      return
    }
    this.#held = true
    this.#uncork()
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#stream.uncork()
  }

  /** Writes the part of the slab that is not written yet; `final`: the slab is given up. */
  #cut(final: boolean): void {
    const slab = this.#slab
    if (slab === undefined) return
    const bytes = this.filled - this.#from
    const part = slab.bytes.subarray(this.#from, this.filled)
    this.#writes.push({ slab: final ? slab : undefined, bytes, messages: this.#messages })
    this.#messages = 0
    this.#from = this.filled
    if (final) {
      this.#slabs++
      this.#slab = undefined
      this.#borrowed = false
    }
    this.#stream.write(part, this.#onWritten)
  }

  readonly #onWritten = (error?: Error | null): void => {
    const write = this.#writes.shift()
    // After a failure the counts stay as they are: they say what was lost. A write that was under way when the stream
    // broke is called back without an error.
    if (write === undefined || error || this.#stream.destroyed) return
    if (write.slab !== undefined) {
      this.#slabs--
      returnSlab(write.slab)
    }
    this.pending -= write.messages
    this.pendingBytes -= write.bytes
    if (this.#held && !this.#wasteful) this.flush()
    this.#limit.wait(this.pendingBytes)
    if (this.#full && this.pendingBytes < this.#limit.bytes) {
      this.#full = false
      this.#onRoom()
    }
  }
}
