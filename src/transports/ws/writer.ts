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

  override write(header: Uint8Array, body: Uint8Array): boolean {
    if (header.length + body.length <= fragmentLimit) this.#frame(this.#opcode | finalFrame, header, body)
    else this.#fragments(header, body)
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

  #frame(first: number, header: Uint8Array, body: Uint8Array): void {
    const size = header.length + body.length
    const copied = this.#masked || body.length <= copyLimit
    const slab = this.reserve(14 + header.length + (copied ? body.length : 0))
    let p = writeLength(slab, this.filled, first, size, this.#masked)
    const key = this.#masked ? nextKey() : 0
    if (this.#masked) p = slab.writeInt32LE(key, p)
    const payload = p
    for (let i = 0; i < header.length; i++) slab[p++] = header[i] as number
    if (copied) {
      slab.set(body, p)
      p += body.length
    }
    if (this.#masked) mask(slab, payload, p, key)
    this.commit(p)
    if (!copied) this.attach(body)
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

/** XORs `bytes[from, to)` with the key, whose first byte is its lowest: byte by byte up to a word, then by words. */
function mask(bytes: Buffer, from: number, to: number, key: number): void {
  let word = key
  let p = from
  const turn = (): void => {
    bytes[p] = (bytes[p] as number) ^ (word & 0xff)
    word = (word >>> 8) | (word << 24)
    p++
  }
  while (p < to && ((bytes.byteOffset + p) & 3) !== 0) turn()
  const count = (to - p) >> 2
  if (count > 0) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + p, count)
    for (let i = 0; i < count; i++) words[i] = (words[i] as number) ^ word
    p += count * 4
  }
  while (p < to) turn()
}
