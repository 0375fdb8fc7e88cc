/**
 * The receiving half of a connection, whatever its framing: turns read chunks into frames, however they are cut. A wire
 * says how the header of a frame is read and what becomes of its payload. Whole frames are read where they lie; only one
 * that spans chunks is joined. Nothing is allocated for bytes that have not arrived, whatever size a peer declares.
 *
 * Small messages would keep the 64 KiB chunk they arrived in alive for as long as the application keeps one of them, so
 * a large chunk is copied in windows of a few KiB and the messages are views of the windows.
 */
import { platform } from '../../core/platform.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { PartialFrame } from './partial-frame.ts'
import type { Decoder, FrameSink } from './wire.ts'

const windowSize = 8192

/** Larger messages are views of the chunk: copying them costs more than what they would save. */
const smallMessage = 512

/** No header of a frame is longer. */
const longestHeader = 16

const none = new Uint8Array(0)

export abstract class FrameDecoder implements Decoder {
  /** Bytes of the payload behind the header that was read last. */
  protected size = 0
  /** Nobody keeps that payload, so that it may lie where it came. */
  protected passing = false
  protected readonly sink: FrameSink
  /** Neither paused nor stopped. */
  #going = true
  #stopped = false
  #running = false
  /** Chunks that were not looked at yet because of `pause`. */
  readonly #waiting = new ChunkQueue()
  /** What is being decoded, and where. */
  #chunk: Uint8Array = none
  #at = 0
  /** A copy of the chunk from `#at` on, which is decoded in its place, and where. */
  #window: Uint8Array | undefined
  #windowAt = 0
  /** The newest chunk that frames lie in which are not alone there. */
  #shared: Uint8Array | undefined
  /** A frame whose end has not arrived: the beginning of its header, or its payload. */
  #header: Uint8Array | undefined
  #headerLength = 0
  #partial: PartialFrame | undefined

  constructor(sink: FrameSink) {
    this.sink = sink
  }

  /**
   * Reads the header at `bytes[at, end)`: sets `size` and returns its length; 0 while bytes are missing. For a header that
   * is not acceptable it stops, reports why, and returns -1. It may be asked again about the same header.
   */
  protected abstract readHeader(bytes: Uint8Array, at: number, end: number): number

  /** `bytes[start, end)` is the payload behind the header that was read last. */
  protected abstract take(bytes: Uint8Array, start: number, end: number): void

  get backlog(): number {
    return this.#waiting.bytes + (this.#running ? 0 : this.#chunk.length - this.#at - this.#windowAt)
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return
    if (this.#at < this.#chunk.length || !this.#going) this.#waiting.push(chunk)
    else {
      this.#chunk = chunk
      this.#at = 0
    }
    this.#run()
  }

  pause(): void {
    this.#going = false
  }

  resume(): void {
    if (this.#stopped || this.#going) return
    this.#going = true
    this.#run()
  }

  end(): boolean {
    do this.resume()
    while (this.backlog > 0)
    const truncated = !this.#stopped && this.inside
    this.stop()
    return truncated
  }

  stop(): void {
    this.#going = false
    this.#stopped = true
    this.#waiting.clear()
    this.#chunk = none
    this.#at = 0
    this.#window = undefined
    this.#windowAt = 0
    this.#shared = undefined
    this.#header = undefined
    this.#partial = undefined
  }

  /** Whether part of a message has arrived. */
  protected get inside(): boolean {
    return this.#header !== undefined || this.#partial !== undefined
  }

  #run(): void {
    // Called from inside a message: the loop that delivers it goes on by itself.
    if (this.#running) return
    this.#running = true
    while (this.#going && this.#load()) this.#decode()
    this.#running = false
    // An idle connection keeps no chunk alive.
    if (this.#at === this.#chunk.length) {
      this.#chunk = none
      this.#at = 0
      this.#shared = undefined
    }
    this.sink.decoded()
  }

  /** Whether there is anything to decode. */
  #load(): boolean {
    if (this.#at < this.#chunk.length) return true
    this.#chunk = this.#waiting.shift() ?? none
    this.#at = 0
    return this.#chunk.length > 0
  }

  /** Decodes the chunk as far as it goes. */
  #decode(): void {
    if (this.#header !== undefined || this.#partial !== undefined) this.#complete()
    if (this.#chunk.buffer.byteLength > windowSize) this.#scanWindows()
    else if (this.#going) this.#at = this.#scan(this.#chunk, this.#at)
    if (this.#going && this.#at < this.#chunk.length) this.#hold()
    if (this.#stopped) this.stop()
  }

  /** Reads whole frames from `from` on; returns where the first begins that is not whole, or not wanted now. */
  #scan(bytes: Uint8Array, from: number): number {
    const end = bytes.length
    let at = from
    while (this.#going && at < end) {
      const header = this.readHeader(bytes, at, end)
      if (header <= 0) break
      const start = at + header
      if (this.size > end - start) break
      at = start + this.size
      // One frame alone, as in most chunks of a conversation, has its memory to itself.
      if (bytes === this.#chunk && (from > 0 || at < end)) this.#share()
      this.take(bytes, start, at)
    }
    return at
  }

  #scanWindows(): void {
    const chunk = this.#chunk
    while (this.#going && this.#at < chunk.length) {
      if (this.#window === undefined && !this.#nextFrame(chunk)) return
      if (this.#window === undefined) continue
      const read = this.#scan(this.#window, this.#windowAt)
      this.#windowAt = read
      if (!this.#going) return
      this.#at += read
      this.#windowAt = 0
      this.#window = undefined
    }
  }

  /** Takes a large frame of the chunk, or opens a window for small ones. False when the next frame is not whole. */
  #nextFrame(chunk: Uint8Array): boolean {
    const header = this.readHeader(chunk, this.#at, chunk.length)
    const start = this.#at + header
    if (header <= 0 || this.size > chunk.length - start) return false
    if (this.size > smallMessage || this.passing) {
      if (this.#at > 0 || start + this.size < chunk.length) this.#share()
      this.#at = start + this.size
      this.take(chunk, start, this.#at)
    } else {
      this.#window = platform.allocate(Math.min(windowSize, chunk.length - this.#at))
      platform.keepTogether(this.#window.buffer)
      this.#window.set(chunk.subarray(this.#at, this.#at + this.#window.length))
    }
    return true
  }

  /** Told once of each: the memory of a typed array is slow to look up. */
  #share(): void {
    if (this.#chunk !== this.#shared) platform.keepTogether(this.#chunk.buffer)
    this.#shared = this.#chunk
  }

  /** Keeps what the chunk has of a frame that is not whole. */
  #hold(): void {
    const rest = this.#chunk.subarray(this.#at)
    this.#at = this.#chunk.length
    const header = this.readHeader(rest, 0, rest.length)
    if (header > 0) {
      this.#partial = new PartialFrame(this.size, this.#chunk === this.#shared ? undefined : this.#chunk)
      this.#add(this.#partial, rest.subarray(header))
      return
    }
    this.#header = new Uint8Array(longestHeader)
    this.#header.set(rest)
    this.#headerLength = rest.length
  }

  /** Adds from the chunk what the held frame lacks, and takes it when it is whole. */
  #complete(): void {
    if (this.#header !== undefined && !this.#completeHeader(this.#header)) return
    this.#partial ??= new PartialFrame(this.size)
    const partial = this.#partial
    const part = this.#chunk.subarray(this.#at, this.#at + partial.missing)
    this.#at += part.length
    if (!this.#add(partial, part) || partial.missing > 0) return
    this.#partial = undefined
    this.take(partial.bytes as Uint8Array, 0, partial.size)
  }

  #completeHeader(header: Uint8Array): boolean {
    while (this.#at < this.#chunk.length) {
      header[this.#headerLength++] = this.#chunk[this.#at++] as number
      const length = this.readHeader(header, 0, this.#headerLength)
      if (length < 0) return false
      if (length === 0) continue
      this.#header = undefined
      return true
    }
    return false
  }

  /** False after reporting that there is no memory for the frame, which only a limit of GiB allows. */
  #add(partial: PartialFrame, bytes: Uint8Array): boolean {
    try {
      partial.add(bytes)
      return true
    } catch {
      this.stop()
      this.sink.tooBig(partial.size)
      return false
    }
  }
}
