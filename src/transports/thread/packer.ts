/**
 * The sending half of a connection between threads: copies small messages together into buffers that are then moved to
 * the other thread, so that a loop of sends costs one message of the platform for hundreds of its own. Large bodies are
 * copied into buffers of their own, or moved as they are.
 */
import { writeWord } from '../../core/incoming.ts'
import { Ring } from '../../core/ring.ts'
import { type Piece, prefix, smallMessage, weigh } from './parcel.ts'

/** Most ticks have one message. */
const firstBuffer = 512
/** A buffer stays alive at the receiver as long as one of its messages is kept: with small ones it is not large. */
const fullBuffer = 16_384
/** One that has larger messages; a buffer costs as much as copying a few KiB. */
const largeBuffer = 65_536
/** Messages of which a full buffer has dozens. */
const tiny = 512

/** What is ready to go. */
interface Packed {
  readonly pieces: readonly Piece[]
  /** That of them which is moved. */
  readonly buffer: ArrayBuffer | undefined
  readonly weight: number
  readonly messages: number
  readonly bytes: number
}

/** Pieces to post together. */
export interface Parcel {
  readonly pieces: Piece[]
  readonly moved: ArrayBuffer[]
  readonly weight: number
}

export class Packer {
  /** Messages and bytes that were taken and are in no parcel yet. */
  messages = 0
  bytes = 0
  readonly #allocate: (size: number) => Uint8Array<ArrayBuffer>
  readonly #packed: Ring<Packed> = new Ring()
  /** The buffer that is being filled. */
  #open: Uint8Array<ArrayBuffer> | undefined
  #filled = 0
  #openMessages = 0

  constructor(allocate: (size: number) => Uint8Array<ArrayBuffer>) {
    this.#allocate = allocate
  }

  /** Takes a message. `move`: nobody else needs the body, its memory may leave this thread. */
  write(header: Uint8Array, body: Uint8Array, move: boolean): void {
    const size = header.length + body.length
    this.#count(1, size + prefix)
    if (size > smallMessage) {
      const buffer = (move && moved(body)) || this.#copy(body)
      const head = new Uint8Array(header)
      this.#pack({ pieces: [head, buffer], buffer, weight: weigh(buffer, head), messages: 1, bytes: size + prefix })
      return
    }
    const bytes = this.#reserve(size + prefix)
    let at = this.#filled
    writeWord(bytes, at, size + 1)
    at += prefix
    if (header.length > 0) bytes.set(header, at)
    bytes.set(body, at + header.length)
    this.#filled = at + size
    this.#openMessages++
  }

  /** A message of that many bytes, which the receiver does not take. */
  refuse(size: number): void {
    this.#count(1, prefix)
    this.#pack({ pieces: [size], buffer: undefined, weight: 0, messages: 1, bytes: prefix })
  }

  /** What may go now: parcels of `room` bytes, the last piece may go beyond. */
  take(room: number): Parcel | undefined {
    if (room <= 0 || this.messages === 0) return undefined
    const pieces: Piece[] = []
    const moved: ArrayBuffer[] = []
    let weight = 0
    while (weight < room) {
      if (this.#packed.length === 0) this.#seal()
      const next = this.#packed.shift()
      if (next === undefined) break
      pieces.push(...next.pieces)
      if (next.buffer !== undefined) moved.push(next.buffer)
      weight += next.weight
      this.#count(-next.messages, -next.bytes)
    }
    return { pieces, moved, weight }
  }

  #count(messages: number, bytes: number): void {
    this.messages += messages
    this.bytes += bytes
  }

  /** Memory with room for `size` bytes at `#filled`. */
  #reserve(size: number): Uint8Array {
    const full = size > tiny ? largeBuffer : fullBuffer
    const open = this.#open
    if (open !== undefined) {
      if (this.#filled + size <= open.length) return open
      if (open.length < full && this.#filled + size <= full) {
        const grown = this.#allocate(full)
        grown.set(open.subarray(0, this.#filled))
        this.#open = grown
        return grown
      }
      this.#seal()
    }
    const many = this.#packed.length > 0
    this.#open = this.#allocate(many ? full : Math.max(size + prefix, firstBuffer))
    return this.#open
  }

  #copy(body: Uint8Array): ArrayBuffer {
    const copy = this.#allocate(body.length)
    copy.set(body)
    return copy.buffer
  }

  #pack(packed: Packed): void {
    this.#seal()
    this.#packed.push(packed)
  }

  /** The open buffer takes no more. */
  #seal(): void {
    const open = this.#open
    if (open === undefined) return
    if (this.#filled + prefix <= open.length) writeWord(open, this.#filled, 0)
    const { buffer } = open
    const messages = this.#openMessages
    this.#packed.push({ pieces: [buffer], buffer, weight: weigh(buffer), messages, bytes: this.#filled })
    this.#open = undefined
    this.#filled = 0
    this.#openMessages = 0
  }
}

/** The memory of a body that fills all of it, taken from whoever still has it; a view of a larger one stays. */
function moved({ buffer, byteLength }: Uint8Array): ArrayBuffer | undefined {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return undefined
  try {
    return structuredClone(buffer, { transfer: [buffer] })
  } catch {
    // Some memory may not be moved, that of WebAssembly for one.
    return undefined
  }
}
