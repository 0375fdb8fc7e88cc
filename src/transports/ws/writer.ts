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
import { noBytes } from '../../core/incoming.ts'
import type { SendLimit } from '../stream/allowance.ts'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'
import { mask } from './mask.ts'
import { finalFrame, opcodes } from './opcodes.ts'

const fragmentLimit = 1048576
/** Pings are answered while no more than this waits to be written; a peer that reads none cannot pile them up. */
const pongLimit = 65536

export interface WsWriterOptions {
  /** Dialers mask, listeners do not. */
  readonly masked: boolean
  readonly type: 'binary' | 'text'
  readonly limit: SendLimit
}

export class WsWriter extends BatchWriter {
  readonly #masked: boolean
  readonly #opcode: number
  #closed = false

  constructor(stream: Socket, options: WsWriterOptions, onRoom: () => void) {
    super(stream, options.limit, onRoom)
    this.#masked = options.masked
    this.#opcode = opcodes[options.type]
  }

  override write(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    const mark = this.#masked || body.length > copyLimit ? 0 : shared
    if (mark > 0 && this.repeat(mark, this.#opcode)) return this.complete()
    if (header.length + body.length > fragmentLimit) this.#fragments(header, body)
    else this.#frame(this.#opcode | finalFrame, header, body, mark)
    return this.complete()
  }

  /** Writes a message in one frame, whatever its size. */
  protected whole(header: Uint8Array, body: Uint8Array): void {
    this.#frame(this.#opcode | finalFrame, header, body)
  }

  ping(): void {
    this.#control(opcodes.ping, noBytes)
  }

  pong(payload: Uint8Array): void {
    if (this.pendingBytes < pongLimit) this.#control(opcodes.pong, payload)
  }

  /** Says Close, once. Without a code it has no payload. */
  close(code?: number): void {
    if (this.#closed) return
    this.#control(opcodes.close, code === undefined ? noBytes : Uint8Array.of(code >> 8, code & 0xff))
    this.#closed = true
    this.flush()
  }

  farewell(): void {
    this.close(1000)
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (this.#closed) return
    this.#frame(opcode | finalFrame, noBytes, payload)
    this.schedule()
  }

  #fragments(header: Uint8Array, body: Uint8Array): void {
    let from = fragmentLimit - header.length
    this.#frame(this.#opcode, header, body.subarray(0, from))
    while (body.length - from > fragmentLimit) {
      this.#frame(opcodes.continuation, noBytes, body.subarray(from, from + fragmentLimit))
      from += fragmentLimit
    }
    this.#frame(opcodes.continuation | finalFrame, noBytes, body.subarray(from))
  }

  #frame(first: number, header: Uint8Array, body: Uint8Array, mark = 0): void {
    const size = header.length + body.length
    const copied = this.#masked || body.length <= copyLimit
    const slab = this.reserve(14 + header.length + (copied ? body.length : 0), mark)
    const start = this.filled
    let p = writeLength(slab, start, first, size, this.#masked)
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
    else if (mark > 0) this.offer(mark, this.#opcode, start)
  }
}

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
