/**
 * The sending half of a WebSocket connection: one SP message is one message of RFC 6455, batched as on other streams.
 *
 *   FIN opcode | MASK length 7, +16 or +64 bits | mask, 4 bytes, clients only | SP header | body
 *
 * Clients mask every frame with a fresh random key (§5.3), so their bodies are always copied. Messages above 1 MiB leave
 * in fragments of 1 MiB, since nng refuses larger frames.
 */
import { randomFillSync } from 'node:crypto'
import type { Socket } from 'node:net'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'

const fragmentLimit = 1048576
const finalFrame = 0x80
const continuation = 0

export interface WsWriterOptions {
  /** Dialers mask, listeners do not. */
  readonly masked: boolean
  readonly type: 'binary' | 'text'
  readonly limit: number
}

export class WsWriter extends BatchWriter {
  readonly #masked: boolean
  readonly #opcode: number

  constructor(stream: Socket, options: WsWriterOptions, onRoom: () => void) {
    super(stream, options.limit, onRoom)
    this.#masked = options.masked
    this.#opcode = options.type === 'text' ? 1 : 2
  }

  override write(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    const mark = this.#masked || body.length > copyLimit ? 0 : shared
    if (mark > 0 && this.repeat(mark, this.#opcode)) return this.complete()
    if (header.length + body.length > fragmentLimit) this.#fragments(header, body)
    else this.#frame(this.#opcode | finalFrame, header, body, mark)
    return this.complete()
  }

  #fragments(header: Uint8Array, body: Uint8Array): void {
    let from = fragmentLimit - header.length
    this.#frame(this.#opcode, header, body.subarray(0, from))
    while (body.length - from > fragmentLimit) {
      this.#frame(continuation, none, body.subarray(from, from + fragmentLimit))
      from += fragmentLimit
    }
    this.#frame(continuation | finalFrame, none, body.subarray(from))
  }

  #frame(first: number, header: Uint8Array, body: Uint8Array, mark = 0): void {
    const size = header.length + body.length
    const copied = this.#masked || body.length <= copyLimit
    const slab = this.reserve(14 + header.length + (copied ? body.length : 0), mark)
    const start = this.filled
    let p = writeLength(slab, start, first, size, this.#masked)
    if (this.#masked) {
      p = writeMasked(slab, p, header, body)
    } else {
      for (let i = 0; i < header.length; i++) slab[p++] = header[i] as number
      if (copied) {
        slab.set(body, p)
        p += body.length
      }
    }
    this.commit(p)
    if (!copied) this.attach(body)
    else if (mark > 0) this.offer(mark, this.#opcode, start)
  }
}

const none = new Uint8Array(0)

function writeLength(slab: Buffer, at: number, first: number, size: number, masked: boolean): number {
  const flag = masked ? 0x80 : 0
  slab[at] = first
  if (size < 126) {
    slab[at + 1] = flag | size
    return at + 2
  }
  if (size < 65536) {
    slab[at + 1] = flag | 126
    return slab.writeUInt16BE(size, at + 2)
  }
  slab[at + 1] = flag | 127
  slab.writeUInt32BE(0, at + 2)
  return slab.writeUInt32BE(size, at + 6)
}

/** Random keys, made many at a time. */
const keys = new Int32Array(2048)
let key = keys.length

function nextKey(): number {
  if (key === keys.length) {
    randomFillSync(keys)
    key = 0
  }
  return keys[key++] as number
}

/** Copies a payload behind a fresh key, masked. Returns where it ends. */
function writeMasked(slab: Buffer, at: number, header: Uint8Array, body: Uint8Array): number {
  let key = nextKey()
  let p = at
  for (let i = 0; i < 4; i++) slab[p++] = key >>> (8 * i)
  for (let i = 0; i < header.length; i++) {
    slab[p++] = (header[i] as number) ^ (key & 0xff)
    key = (key >>> 8) | (key << 24)
  }
  if (body.length >= wordsFrom) {
    slab.set(body, p)
    maskWords(slab, p, p + body.length, key)
    return p + body.length
  }
  const [k0, k1, k2, k3] = [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24]
  let i = 0
  for (const whole = body.length - 3; i < whole; i += 4) {
    slab[p] = (body[i] as number) ^ k0
    slab[p + 1] = (body[i + 1] as number) ^ k1
    slab[p + 2] = (body[i + 2] as number) ^ k2
    slab[p + 3] = (body[i + 3] as number) ^ k3
    p += 4
  }
  for (; i < body.length; i++) {
    slab[p++] = (body[i] as number) ^ (key & 0xff)
    key = (key >>> 8) | (key << 24)
  }
  return p
}

/** Bodies from this size on are masked in words, which takes a view of its own. */
const wordsFrom = 512

/** XORs `bytes[from, to)` with the key, whose first byte is its lowest: bytes up to a word, then words. */
function maskWords(bytes: Buffer, from: number, to: number, key: number): void {
  let word = key
  let p = from
  for (; p < to && ((bytes.byteOffset + p) & 3) !== 0; p++) {
    bytes[p] = (bytes[p] as number) ^ (word & 0xff)
    word = (word >>> 8) | (word << 24)
  }
  const count = (to - p) >> 2
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + p, count)
  for (let i = 0; i < count; i++) words[i] = (words[i] as number) ^ word
  for (p += count * 4; p < to; p++) {
    bytes[p] = (bytes[p] as number) ^ (word & 0xff)
    word = (word >>> 8) | (word << 24)
  }
}
