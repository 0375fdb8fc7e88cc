/**
 * The message a transport hands to a protocol: a cursor over bytes that are already there, header words first and then
 * the body. One cursor per connection is used again for every message, so a message that the protocol filters out costs
 * no allocation.
 *
 *   bytes: [ …  header words | body  … ]      usually a view of the read chunk
 *               start                end
 */
import { type Body, platform } from './platform.ts'

/** No bytes at all. */
export const noBytes: Uint8Array = new Uint8Array(0)

/** A cursor over a message that arrived, where it lies in what was read. Valid during the call that hands it over. */
export class Incoming {
  /** Where the message lies. */
  bytes: Uint8Array = noBytes
  /** Offset of its first byte. */
  start = 0
  /** Offset behind its last byte. */
  end = 0
  /** Memory of `bytes`, looked up once for the many messages of a chunk. */
  #buffer: ArrayBuffer = noBytes.buffer as ArrayBuffer
  #offset = 0

  /** Points the cursor at a message whose header and body lie in one piece. */
  set(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.#buffer = bytes.buffer as ArrayBuffer
      this.#offset = bytes.byteOffset
    }
    this.start = start
    this.end = end
    return this
  }

  /** What `bytes` lie in. The property of a typed array is slow to read for every message. */
  get memory(): ArrayBufferLike {
    return this.#buffer
  }

  /** Unread bytes. */
  get size(): number {
    return this.end - this.start
  }

  /** Takes the next 32-bit big-endian word as an unsigned number; -1 when fewer than four bytes are left. */
  word(): number {
    if (this.end - this.start < 4) return -1
    const word = readWord(this.bytes, this.start)
    this.start += 4
    return word
  }

  /** The unread rest as a body; a view where it is not all of `bytes`. */
  body(): Body {
    const { bytes, start, end } = this
    if (start === 0 && end === bytes.length) return bytes as Body
    return platform.view(this.#buffer, this.#offset + start, end - start)
  }
}

export function readWord(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}

export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}
