/** The receiving half of SP on a stream: every frame is a message. */
import { constants } from 'node:buffer'
import { FrameDecoder } from '../stream/frame-decoder.ts'
import type { FrameSink } from '../stream/wire.ts'
import { type Framing, readPrefix } from './framing.ts'

export class SpDecoder extends FrameDecoder {
  readonly #framing: Framing
  readonly #limit: number

  constructor(framing: Framing, limit: number, sink: FrameSink) {
    super(sink)
    this.#framing = framing
    this.#limit = Math.min(limit, constants.MAX_LENGTH)
  }

  protected override readHeader(bytes: Uint8Array, at: number, end: number): number {
    const { prefix } = this.#framing
    if (end - at < prefix) return 0
    const size = readPrefix(this.#framing, bytes, at)
    if (size >= 0 && size <= this.#limit) {
      this.size = size
      return prefix
    }
    this.stop()
    if (size < 0) this.sink.malformed()
    else this.sink.tooBig(size)
    return -1
  }

  protected override take(bytes: Uint8Array, start: number, end: number): void {
    this.sink.frame(bytes, start, end)
  }
}
