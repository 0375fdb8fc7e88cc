/**
 * The receiving half of a stream connection: turns read chunks into messages, however they are cut. Whole messages are
 * read where they lie; only one that spans chunks is joined. Nothing is allocated for bytes that have not arrived,
 * whatever size a peer declares.
 *
 * Small messages would keep the 64 KiB chunk they arrived in alive for as long as the application keeps one of them, so
 * a large chunk is copied in windows of a few KiB and the messages are views of the windows.
 */
import { constants } from 'node:buffer'
import { platform } from '../../core/platform.ts'
import { type Framing, readPrefix } from './framing.ts'

export interface FrameSink {
  /** `bytes[start, end)` is a payload. */
  frame(bytes: Uint8Array, start: number, end: number): void
  tooBig(size: number): void
  malformed(): void
  /** A chunk was decoded, as far as it goes: nothing of it is looked at any more. */
  decoded(): void
}

const windowSize = 8192

/** Larger messages are views of the chunk: copying them costs more than what they would save. */
const smallMessage = 512

/** Pieces of one message above which small ones are joined before the message is complete. */
const manyParts = 16

export class Decoder {
  readonly #framing: Framing
  readonly #limit: number
  readonly #sink: FrameSink
  /** Chunks that were not decoded yet because of `pause`. */
  #backlog: Uint8Array[] = []
  #backlogBytes = 0
  /** The beginning of a message whose end has not arrived. */
  #parts: Uint8Array[] = []
  #held = 0
  /** Bytes, prefix included, up to which `#parts` must grow: first the prefix, then the whole. */
  #need = 0
  #paused = false
  #decoding = false
  #ended = false

  constructor(framing: Framing, limit: number, sink: FrameSink) {
    this.#framing = framing
    this.#limit = Math.min(limit, constants.MAX_LENGTH)
    this.#sink = sink
  }

  /** Bytes that wait to be decoded because of `pause`. */
  get backlog(): number {
    return this.#backlogBytes
  }

  push(chunk: Uint8Array): void {
    if (this.#ended) return
    if (this.#paused || this.#backlog.length > 0) {
      this.#backlog.push(chunk)
      this.#backlogBytes += chunk.length
    } else this.#decode(chunk)
  }

  pause(): void {
    this.#paused = true
  }

  /** Decodes what `pause` left behind, up to the next one. */
  resume(): void {
    this.#paused = false
    // Called from inside a message: the loop that delivers it goes on by itself.
    if (!this.#decoding) while (!this.#paused && this.#next());
  }

  /** The stream is over: decodes what is left, paused or not. True when it ended inside a message. */
  end(): boolean {
    do this.#paused = false
    while (this.#next())
    const truncated = this.#held > 0 && !this.#ended
    this.stop()
    return truncated
  }

  /** Decodes nothing more. */
  stop(): void {
    this.#ended = true
    this.#backlog = []
    this.#backlogBytes = 0
    this.#parts = []
    this.#held = 0
  }

  /** Decodes the next chunk of the backlog; false when there is none. */
  #next(): boolean {
    const chunk = this.#backlog.shift()
    if (chunk === undefined) return false
    this.#backlogBytes -= chunk.length
    this.#decode(chunk)
    return true
  }

  #decode(chunk: Uint8Array): void {
    this.#decoding = true
    this.#read(chunk)
    this.#decoding = false
    this.#sink.decoded()
  }

  #read(chunk: Uint8Array): void {
    let at = 0
    if (this.#held > 0) {
      at = this.#complete(chunk)
      if (at < 0 || this.#leave(chunk, at)) return
    }
    if (chunk.buffer.byteLength <= windowSize) at = this.#scan(chunk, at)
    else at = this.#scanWindows(chunk, at)
    if (this.#leave(chunk, at)) return
    if (at < chunk.length) this.#hold(chunk.subarray(at))
  }

  /** Whether decoding must stop here; keeps the rest for `resume` when it is a pause. */
  #leave(chunk: Uint8Array, at: number): boolean {
    if (this.#ended) return true
    if (!this.#paused) return false
    this.#putBack(chunk, at)
    return true
  }

  /** Keeps `bytes[from, to)` for `resume`, before what is kept already. */
  #putBack(bytes: Uint8Array, from: number, to = bytes.length): void {
    if (from === to) return
    this.#backlog.unshift(bytes.subarray(from, to))
    this.#backlogBytes += to - from
  }

  /** Reads whole messages from `at`; returns where the first incomplete one begins. */
  #scan(bytes: Uint8Array, from: number): number {
    const { prefix } = this.#framing
    let at = from
    while (bytes.length - at >= prefix && !this.#paused && !this.#ended) {
      const size = this.#size(bytes, at)
      if (size < 0 || bytes.length - at - prefix < size) return at
      const start = at + prefix
      at = start + size
      this.#sink.frame(bytes, start, at)
    }
    return at
  }

  #scanWindows(chunk: Uint8Array, from: number): number {
    let at = from
    while (!this.#paused && !this.#ended) {
      if (chunk.length - at < this.#framing.prefix) return at
      const size = this.#size(chunk, at)
      const total = this.#framing.prefix + size
      if (size < 0 || chunk.length - at < total) return at
      if (size > smallMessage) {
        at += total
        this.#sink.frame(chunk, at - size, at)
        continue
      }
      const window = platform.allocate(Math.min(windowSize, chunk.length - at))
      window.set(chunk.subarray(at, at + window.length))
      const read = this.#scan(window, 0)
      at += read
      if (!this.#paused) continue
      // The whole messages of the window are not copied again; what follows them lies in the chunk.
      const end = this.#wholeEnd(window, read)
      this.#putBack(chunk, at - read + end)
      this.#putBack(window, read, end)
      return chunk.length
    }
    return at
  }

  /** Where the whole messages end that begin at `from`. */
  #wholeEnd(bytes: Uint8Array, from: number): number {
    const { prefix } = this.#framing
    let end = from
    while (bytes.length - end >= prefix) {
      const size = readPrefix(this.#framing, bytes, end)
      if (size < 0 || bytes.length - end - prefix < size) break
      end += prefix + size
    }
    return end
  }

  /** The payload size of the frame at `at`; -1 after reporting that it is not acceptable. */
  #size(bytes: Uint8Array, at: number): number {
    const size = readPrefix(this.#framing, bytes, at)
    if (size >= 0 && size <= this.#limit) return size
    this.stop()
    if (size < 0) this.#sink.malformed()
    else this.#sink.tooBig(size)
    return -1
  }

  #hold(bytes: Uint8Array): void {
    // A short tail must not keep its whole chunk alive while the rest of the message is awaited.
    const kept = bytes.length * 2 < bytes.buffer.byteLength ? copyOf(bytes) : bytes
    this.#parts.push(kept)
    this.#held += kept.length
    if (this.#parts.length > manyParts) this.#merge()
    if (this.#held < this.#framing.prefix) this.#need = this.#framing.prefix
    else if (this.#need <= this.#framing.prefix) this.#learnSize()
  }

  /** The prefix is complete: how many bytes does the message have? */
  #learnSize(): void {
    if (this.#parts.length > 1) this.#parts = [this.#join()]
    const size = this.#size(this.#parts[0] as Uint8Array, 0)
    this.#need = this.#framing.prefix + size
  }

  /** Joins neighbours of like size, so that a message in tiny pieces costs about its size and not one object a byte. */
  #merge(): void {
    const parts = this.#parts
    for (let last = parts.length - 1; last > 0; last--) {
      const [before, after] = [parts[last - 1] as Uint8Array, parts[last] as Uint8Array]
      if (before.length > after.length || after.length > windowSize) return
      parts.splice(last - 1, 2, join([before, after], before.length + after.length))
    }
  }

  /** Adds from `chunk` what the held message lacks; returns where the rest of the chunk begins, -1 when all was used. */
  #complete(chunk: Uint8Array): number {
    let at = 0
    while (!this.#ended) {
      const missing = this.#need - this.#held
      if (missing > 0 || this.#held < this.#framing.prefix) {
        if (chunk.length - at < missing) {
          if (at < chunk.length) this.#hold(chunk.subarray(at))
          return -1
        }
        this.#hold(chunk.subarray(at, at + missing))
        at += missing
        continue
      }
      const whole = this.#whole()
      this.#parts = []
      this.#held = 0
      this.#need = 0
      if (whole !== undefined) this.#sink.frame(whole, this.#framing.prefix, whole.length)
      return at
    }
    return -1
  }

  /** The held message; undefined after reporting that there is no memory for it, which only a limit of GiB allows. */
  #whole(): Uint8Array | undefined {
    try {
      return this.#join()
    } catch {
      this.stop()
      this.#sink.tooBig(this.#need - this.#framing.prefix)
      return undefined
    }
  }

  #join(): Uint8Array {
    return join(this.#parts, this.#held)
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const joined = platform.allocate(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = platform.allocate(bytes.length)
  copy.set(bytes)
  return copy
}
