/** The receiving half of a connection between threads: parcels to messages, as far as they are wanted now. */
import { Incoming, noBytes, readWord } from '../../core/incoming.ts'
import { IncomingParts } from '../../core/incoming-parts.ts'
import { platform } from '../../core/platform.ts'
import { Ring } from '../../core/ring.ts'
import { type Piece, prefix, weigh } from './parcel.ts'

export interface UnpackerSink {
  /** Whether messages are wanted now. */
  readonly wanted: boolean
  message(message: Incoming): void
  /** A message of that many bytes was too large to be sent. */
  tooBig(size: number): void
  /** Pieces of this weight were read. */
  read(weight: number): void
}

export class Unpacker {
  readonly #sink: UnpackerSink
  readonly #pieces: Ring<Piece> = new Ring()
  readonly #small = new Incoming()
  readonly #large = new IncomingParts()
  /** The buffer that is being read, and where. */
  #open: Uint8Array | undefined
  #at = 0
  #busy = false

  constructor(sink: UnpackerSink) {
    this.#sink = sink
  }

  push(parcel: readonly Piece[]): void {
    for (const piece of parcel) this.#pieces.push(piece)
    this.drain()
  }

  /** Hands over messages while they are wanted; with `all`, wanted or not. */
  drain(all = false): void {
    // Called from inside a message, the loop that delivers it goes on by itself.
    if (this.#busy && !all) return
    this.#busy = true
    while (all || this.#sink.wanted) {
      if (this.#open !== undefined) this.#read(this.#open, all)
      else if (!this.#next()) break
    }
    this.#busy = false
  }

  /** Forgets what was not read; the other side has its room back. */
  discard(): void {
    let weight = this.#open?.length ?? 0
    this.#open = undefined
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      if (typeof piece !== 'number') weight += piece.byteLength
    }
    if (weight > 0) this.#sink.read(weight)
  }

  /** False when there is nothing more. */
  #next(): boolean {
    const piece = this.#pieces.shift()
    if (piece === undefined) return false
    if (typeof piece === 'number') {
      this.#sink.tooBig(piece)
    } else if (piece instanceof ArrayBuffer) {
      this.#open = new Uint8Array(piece)
      this.#at = 0
    } else {
      const body = this.#pieces.shift() as ArrayBuffer
      this.#sink.message(this.#large.setParts(piece, platform.view(body, 0, body.byteLength)))
      this.#large.setParts(noBytes, noBytes)
      this.#sink.read(weigh(body, piece))
    }
    return true
  }

  #read(bytes: Uint8Array, all: boolean): void {
    let at = this.#at
    const { length } = bytes
    while (all || this.#sink.wanted) {
      const size = at + prefix <= length ? readWord(bytes, at) - 1 : -1
      if (size < 0) {
        this.#open = undefined
        // An idle connection keeps no buffer alive.
        this.#small.set(noBytes, 0, 0)
        this.#sink.read(length)
        return
      }
      at += prefix + size
      this.#at = at
      this.#sink.message(this.#small.set(bytes, at - size, at))
      if (this.#open !== bytes) return
    }
  }
}
