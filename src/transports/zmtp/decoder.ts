/** The receiving half: frames to messages and commands. What becomes of the frames of a message is the assembly's part. */
import { constants } from 'node:buffer'
import { readWord } from '../../core/incoming.ts'
import { FrameDecoder } from '../stream/frame-decoder.ts'
import type { FrameSink } from '../stream/wire.ts'
import type { Assembly } from './assembly.ts'
import { COMMAND, LONG, MORE } from './frames.ts'
import type { Heartbeat } from './heartbeat.ts'
import { longestTopic } from './subscriptions.ts'

/** Frames of one message. */
export const mostFrames = 16384
/** Bytes of a command: the longest is a subscription. */
const longestCommand = longestTopic + 16

export interface Decoding {
  readonly sink: FrameSink
  /** `recvMaxSize`: bytes of all frames of a message. */
  readonly limit: number
  readonly heartbeat: Heartbeat
  readonly assembly: Assembly
  /** Obeys a command; returns what is wrong with it. */
  command(bytes: Buffer): string | undefined
}

export class ZmtpDecoder extends FrameDecoder {
  protected readonly decoding: Decoding
  protected flags = 0
  /** What every frame has beyond its payload. */
  protected readonly overhead: number
  /** Nothing is decoded now. */
  paused = false
  readonly #limit: number
  /** Frames and bytes of the message under way. */
  #frames = 0
  #bytes = 0

  constructor(decoding: Decoding, overhead = 0) {
    super(decoding.sink)
    this.decoding = decoding
    this.overhead = overhead
    this.#limit = Math.min(decoding.limit, constants.MAX_LENGTH - overhead)
  }

  override push(chunk: Uint8Array): void {
    this.decoding.heartbeat.heard()
    super.push(chunk)
  }

  override pause(): void {
    this.paused = true
    super.pause()
  }

  override resume(): void {
    this.paused = false
    this.decoding.heartbeat.heard()
    super.resume()
  }

  protected override get inside(): boolean {
    return super.inside || this.#frames > 0
  }

  protected override readHeader(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return 0
    const flags = bytes[at] as number
    const header = (flags & LONG) === 0 ? 2 : 9
    if (end - at < header) return 0
    const size = header === 2 ? (bytes[at + 1] as number) : longSize(bytes, at + 1)
    this.flags = flags
    this.size = size
    return (flags & COMMAND) === 0 && size + this.#bytes <= this.#limit + this.overhead ? header : this.#judge(header)
  }

  protected override take(bytes: Uint8Array, start: number, end: number): void {
    if ((this.flags & COMMAND) === 0) this.messageFrame((this.flags & MORE) !== 0, bytes, start, end)
    else this.commandFrame(bytes, start, end)
  }

  protected messageFrame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (more) {
      this.#bytes += end - start
      if (++this.#frames >= mostFrames) {
        this.fault(`a message of more than ${mostFrames} frames`)
        return
      }
    } else if (this.#frames > 0) {
      this.#bytes = 0
      this.#frames = 0
    }
    this.decoding.assembly.frame(more, bytes, start, end)
  }

  protected commandFrame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#frames > 0) {
      this.fault('a command inside a message')
      return
    }
    const wrong = this.decoding.command(bytes.subarray(start, end) as Buffer)
    if (wrong !== undefined) this.fault(wrong)
  }

  protected fault(why: string): void {
    this.stop()
    this.sink.malformed(new Error(why))
  }

  /** Headers that are not just fine: returns the length of an acceptable one. */
  #judge(header: number): number {
    const { flags, size } = this
    if (size === Infinity) this.fault('a frame of more than 2^63 bytes')
    else if ((flags & COMMAND) !== 0 && (flags & MORE) !== 0) this.fault('a command that is to be continued')
    else if ((flags & COMMAND) !== 0 && !this.isCommand(size)) this.fault(`a command of ${size} bytes`)
    else if ((flags & COMMAND) !== 0) return header
    else {
      this.stop()
      this.sink.tooBig(size + this.#bytes - this.overhead)
    }
    return -1
  }

  /** Whether a command may have so many bytes. */
  protected isCommand(size: number): boolean {
    return size <= longestCommand
  }
}

/** Sizes above 2^53 come out inexact; `Infinity` for those that are none. */
function longSize(bytes: Uint8Array, at: number): number {
  const high = readWord(bytes, at)
  return high >= 0x80000000 ? Infinity : high * 0x100000000 + readWord(bytes, at + 4)
}
