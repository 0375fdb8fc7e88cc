/**
 * The receiving half of a WebSocket connection: RFC 6455 §5. One SP message is one message, in one frame or in fragments
 * with control frames between them. What breaks the rules is answered with a Close of the right code.
 */
import { constants, isUtf8 } from 'node:buffer'
import { platform } from '../../core/platform.ts'
import { ChunkQueue } from '../stream/chunk-queue.ts'
import { FrameDecoder } from '../stream/frame-decoder.ts'
import type { FrameSink } from '../stream/wire.ts'
import { mask } from './mask.ts'
import { finalFrame, isControl, isKnown, opcodes, reservedBits } from './opcodes.ts'
import type { WsWriter } from './writer.ts'

/** Fragments of one message, empty ones included, where the option says nothing. */
const manyFragments = 65_536

const wholeBinary = finalFrame | opcodes.binary
const wholeText = finalFrame | opcodes.text

export interface WsDecoderOptions {
  /** Whether the peer has to mask: listeners demand it, dialers forbid it. */
  readonly masked: boolean
  readonly limit: number
  readonly maxFragments?: number | undefined
}

/** What the decoder says itself. */
export type Answering = Pick<WsWriter, 'pong' | 'close'>

export class WsDecoder extends FrameDecoder {
  /** Bytes have come since somebody looked. */
  heard = false
  readonly #masked: boolean
  readonly #limit: number
  readonly #maxFragments: number
  readonly #writer: Answering
  /** Of the frame whose header was read last: its first byte and its key. */
  #first = 0
  #key = 0
  /** The fragments of a message whose last one has not come. */
  #fragments: ChunkQueue | undefined
  #count = 0
  #isText = false

  constructor(options: WsDecoderOptions, writer: Answering, sink: FrameSink) {
    super(sink)
    this.#masked = options.masked
    this.#limit = Math.min(options.limit, constants.MAX_LENGTH)
    this.#maxFragments = options.maxFragments ?? manyFragments
    this.#writer = writer
  }

  override push(chunk: Uint8Array): void {
    this.heard = true
    super.push(chunk)
  }

  override stop(): void {
    super.stop()
    this.#fragments = undefined
  }

  protected override get inside(): boolean {
    return super.inside || this.#fragments !== undefined
  }

  protected override readHeader(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return 0
    const first = bytes[at] as number
    const second = bytes[at + 1] as number
    const masked = second >= 0x80
    let size = second & 0x7f
    if (first !== wholeBinary || masked !== this.#masked || this.#fragments !== undefined) {
      const fault = this.#fault(first, masked, size)
      if (fault !== undefined) return this.#violated(1002, fault)
    }
    let length = masked ? 6 : 2
    if (size >= 126) {
      length += size === 126 ? 2 : 8
      if (end - at < length) return 0
      size = size === 126 ? readShort(bytes, at + 2) : readLong(bytes, at + 2)
    } else if (end - at < length) return 0
    if (!isControl(first & 0xf) && size + (this.#fragments?.bytes ?? 0) > this.#limit) return this.#refuse(size)
    // Fragments are copied or kept as they are, control frames used at once.
    this.passing = first !== wholeBinary && first !== wholeText
    if (masked) this.#key = readKey(bytes, at + length - 4)
    this.#first = first
    this.size = size
    return length
  }

  protected override take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#masked) mask(bytes, start, end, this.#key)
    const opcode = this.#first & 0xf
    if (isControl(opcode)) this.#control(opcode, bytes.subarray(start, end))
    else if (this.#first >= finalFrame && this.#fragments === undefined) {
      this.#isText = opcode === opcodes.text
      this.#message(bytes, start, end)
    } else this.#fragment(opcode, bytes.subarray(start, end))
  }

  /** What is wrong with the first two bytes of a frame. */
  #fault(first: number, masked: boolean, size: number): string | undefined {
    const opcode = first & 0xf
    if ((first & reservedBits) !== 0) return 'reserved bits are set'
    if (!isKnown(opcode)) return `there is no opcode ${opcode}`
    if (masked !== this.#masked) return masked ? 'a listener must not mask' : 'a dialer must mask'
    if (isControl(opcode)) {
      if (first < finalFrame) return 'a control frame is fragmented'
      return size > 125 ? 'a control frame has more than 125 bytes' : undefined
    }
    if ((opcode === opcodes.continuation) === (this.#fragments !== undefined)) return undefined
    return this.#fragments === undefined ? 'a continuation continues nothing' : 'a message begins inside another'
  }

  #fragment(opcode: number, payload: Uint8Array): void {
    if (this.#fragments === undefined) {
      this.#fragments = new ChunkQueue()
      this.#count = 0
      this.#isText = opcode === opcodes.text
    }
    if (++this.#count > this.#maxFragments) {
      this.#violated(1008, `a message has more than ${this.#maxFragments} fragments`)
      return
    }
    this.#fragments.push(payload)
    if (this.#first < finalFrame) return
    const whole = this.#join(this.#fragments)
    this.#fragments = undefined
    if (whole !== undefined) this.#message(whole, 0, whole.length)
  }

  /** Undefined after reporting that there is no memory for it, which only a limit of GiB allows. */
  #join(fragments: ChunkQueue): Uint8Array | undefined {
    try {
      const whole = platform.allocate(fragments.bytes)
      for (let part = fragments.shift(), at = 0; part !== undefined; part = fragments.shift()) {
        whole.set(part, at)
        at += part.length
      }
      return whole
    } catch {
      this.#refuse(0)
      return undefined
    }
  }

  #message(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isText && !isUtf8(bytes.subarray(start, end))) this.#violated(1007, 'a text message is not UTF-8')
    else this.sink.frame(bytes, start, end)
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === opcodes.ping) this.#writer.pong(payload)
    else if (opcode === opcodes.close) this.#close(payload)
  }

  #close(payload: Uint8Array): void {
    const code = payload.length < 2 ? undefined : readShort(payload, 0)
    const reason = payload.subarray(2)
    if (payload.length === 1 || (code !== undefined && !isCloseCode(code))) {
      this.#violated(1002, 'the code of a Close is not valid')
    } else if (!isUtf8(reason)) this.#violated(1007, 'the reason of a Close is not UTF-8')
    else this.#farewell(code, Buffer.from(reason).toString())
  }

  /** The peer is done: so are we, with its own code. */
  #farewell(code: number | undefined, reason: string): void {
    this.stop()
    this.#writer.close(code)
    const orderly = code === undefined || code === 1000 || code === 1001
    this.sink.farewell(orderly ? undefined : new Error(`the peer closed with ${code} ${reason}`.trimEnd()))
  }

  #violated(code: number, why: string): -1 {
    this.stop()
    this.#writer.close(code)
    this.sink.malformed(new Error(`the peer breaks RFC 6455: ${why}`))
    return -1
  }

  /** A message with `size` bytes beyond what has come of it is more than is taken. */
  #refuse(size: number): -1 {
    const announced = size + (this.#fragments?.bytes ?? 0)
    this.stop()
    this.#writer.close(1009)
    this.sink.tooBig(announced)
    return -1
  }
}

/** RFC 6455 §7.4: codes that may stand in a Close. */
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code < 5000
  return code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
}

function readShort(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

function readLong(bytes: Uint8Array, at: number): number {
  let size = 0
  for (let i = at; i < at + 8; i++) size = size * 256 + (bytes[i] as number)
  return size
}

function readKey(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number]
  return a | (b << 8) | (c << 16) | (d << 24)
}
