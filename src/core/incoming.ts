/**
 * The message a transport hands to a protocol: a cursor over bytes that are already there. One cursor per connection is
 * used again for every message, so a message that the protocol filters out costs no allocation.
 *
 *   stream transports            bytes: [ header words | body ]      (a view of the read chunk)
 *   transports without framing   header: [ words ]   bytes: [ body ]  (inproc: the sender's own body)
 */
import { type Body, EMPTY, platform } from './platform.ts'

export class Incoming {
  bytes: Uint8Array = EMPTY
  start = 0
  end = 0
  #header: Uint8Array = EMPTY
  #headerAt = 0
  /** Memory of `bytes`, looked up once for the many messages of a chunk. */
  #buffer: ArrayBuffer = EMPTY.buffer as ArrayBuffer
  #offset = 0

  /** Points the cursor at a message whose header and body lie in one piece. */
  set(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.bytes) this.#point(bytes)
    this.start = start
    this.end = end
    this.#header = EMPTY
    this.#headerAt = 0
    return this
  }

  /** Points the cursor at a header and a body that lie apart. The header's length is a multiple of four. */
  setParts(header: Uint8Array, body: Uint8Array): this {
    this.#point(body)
    this.start = 0
    this.end = body.length
    this.#header = header
    this.#headerAt = 0
    return this
  }

  /** Unread bytes. */
  get size(): number {
    return this.#header.length - this.#headerAt + this.end - this.start
  }

  /** Takes the next 32-bit big-endian word as an unsigned number; -1 when fewer than four bytes are left. */
  word(): number {
    if (this.#headerAt < this.#header.length) {
      const word = readWord(this.#header, this.#headerAt)
      this.#headerAt += 4
      return word
    }
    if (this.end - this.start < 4) return -1
    const word = readWord(this.bytes, this.start)
    this.start += 4
    return word
  }

  /** The unread rest as a body; a view where the bytes lie in one piece. */
  body(): Body {
    if (this.#headerAt < this.#header.length) return this.#join()
    const { bytes, start, end } = this
    if (start === 0 && end === bytes.length) return bytes as Body
    return platform.view(this.#buffer, this.#offset + start, end - start)
  }

  #point(bytes: Uint8Array): void {
    this.bytes = bytes
    this.#buffer = bytes.buffer as ArrayBuffer
    this.#offset = bytes.byteOffset
  }

  #join(): Body {
    const rest = this.#header.subarray(this.#headerAt)
    const joined = platform.allocate(this.size)
    joined.set(rest, 0)
    joined.set(this.bytes.subarray(this.start, this.end), rest.length)
    return joined
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
