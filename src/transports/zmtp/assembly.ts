/**
 * What becomes of the frames of a message. PUSH, PULL, PAIR and SUB take one frame for a body; several are joined or
 * refused, as the option `multipart` says. What the other patterns make of frames is in `replies.ts`, `subscriptions.ts`
 * and `tables.ts`.
 */
import { constants } from 'node:buffer'
import type { RadixTree } from '../../core/topics/radix-tree.ts'
import type { FrameSink } from '../stream/wire.ts'

export interface Assembly {
  /** `bytes[start, end)` is a frame, and `more` of the same message follow. */
  frame(more: boolean, bytes: Uint8Array, start: number, end: number): void
}

/** Frames of one message, collected in one piece of memory or, unless `kept`, only counted. */
export class Frames {
  count = 0
  size = 0
  readonly #kept: boolean
  #bytes: Buffer = Buffer.alloc(0)

  constructor(kept: boolean) {
    this.#kept = kept
  }

  /** False when there is no memory for it, which only a limit of GiB allows. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    this.count++
    const size = this.size + end - start
    if (this.#kept) {
      if (size > this.#bytes.length && !this.#grow(size)) return false
      this.#bytes.set(bytes.subarray(start, end), this.size)
    }
    this.size = size
    return true
  }

  /** All of them, as one; begins anew. */
  take(): Buffer {
    const whole = this.#bytes.subarray(0, this.size)
    this.#bytes = Buffer.alloc(0)
    this.reset()
    return whole
  }

  reset(): void {
    this.count = 0
    this.size = 0
  }

  #grow(size: number): boolean {
    try {
      const bytes = Buffer.allocUnsafe(Math.max(size, Math.min(this.#bytes.length * 2, constants.MAX_LENGTH), 256))
      bytes.set(this.#bytes.subarray(0, this.size))
      this.#bytes = bytes
      return true
    } catch {
      return false
    }
  }
}

/** The body of a message, one frame or several, after whatever stood before it. */
export class BodyAssembly implements Assembly {
  readonly #sink: FrameSink
  readonly #joins: boolean
  readonly #frames: Frames
  readonly #topics: (() => RadixTree | undefined) | undefined
  /** The message under way matches no topic. */
  #unwanted = false

  /** `topics`: what the first frame must match, where a body is joined; a match never reaches into the second. */
  constructor(sink: FrameSink, joins: boolean, topics?: () => RadixTree | undefined) {
    this.#sink = sink
    this.#joins = joins
    this.#frames = new Frames(joins)
    this.#topics = topics
  }

  frame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (!more && this.#frames.count === 0) this.#sink.frame(bytes, start, end)
    else if (this.#add(more, bytes, start, end) && !this.#unwanted) {
      const whole = this.#frames.take()
      this.#sink.frame(whole, 0, whole.length)
    }
  }

  /** The same, of a message that has a header. */
  frameAfter(header: Uint8Array, more: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (!more && this.#frames.count === 0) this.#sink.parts(header, bytes.subarray(start, end))
    else if (this.#add(more, bytes, start, end)) this.#sink.parts(header, this.#frames.take())
  }

  /** Whether the message is whole and wanted. */
  #add(more: boolean, bytes: Uint8Array, start: number, end: number): boolean {
    const frames = this.#frames
    if (frames.count === 0) this.#unwanted = this.#topics?.()?.match(bytes, start, end) === false
    if (!frames.add(bytes, start, end)) {
      this.#sink.tooBig(frames.size + end - start)
      return false
    }
    if (more) return false
    if (this.#joins && !this.#unwanted) return true
    if (!this.#joins) refuse(this.#sink, frames)
    frames.take()
    return false
  }
}

function refuse(sink: FrameSink, { count, size }: Frames): void {
  const cause = new Error(`the body has ${count} frames, and the option zmtp.multipart is 'refuse'`)
  sink.dropped('malformed', { size, cause })
}
