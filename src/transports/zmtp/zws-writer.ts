/** The sending half of ZWS: every frame is a message, and never a fragment, at which libzmq stalls. */
import type { Socket } from 'node:net'
import { noBytes } from '../../core/incoming.ts'
import { WsWriter, type WsWriterOptions } from '../ws/writer.ts'
import { COMMAND } from './frames.ts'
import type { Cipher } from './mechanisms/mechanism.ts'
import { type FrameOutput, type Layout, layOut, leadEach } from './writer.ts'

const flagOfCommand = 2
/** What stands before a sealed frame, whose flags are inside. */
const outside = new Uint8Array(1)

export class ZwsWriter extends WsWriter implements FrameOutput {
  readonly #layout: Layout
  readonly #cipher: Cipher | undefined

  constructor(stream: Socket, options: WsWriterOptions, onRoom: () => void, layout: Layout, cipher?: Cipher) {
    super(stream, options, onRoom)
    this.#layout = layout
    this.#cipher = cipher
  }

  override write(header: Uint8Array, body: Uint8Array): boolean {
    layOut(this.#layout, header, body, this)
    return this.complete()
  }

  command(bytes: Uint8Array): void {
    this.frame(COMMAND, noBytes, bytes)
    this.schedule()
  }

  aside(bytes: Uint8Array): void {
    this.frame(0, noBytes, bytes)
    this.schedule()
  }

  frame(flags: number, first: Uint8Array, rest: Uint8Array): void {
    const flag = flags === COMMAND ? flagOfCommand : flags
    if (this.#cipher !== undefined) {
      this.whole(outside, this.#cipher.seal(flag, first, rest))
      return
    }
    const head = new Uint8Array(1 + first.length)
    head[0] = flag
    head.set(first, 1)
    this.whole(head, rest)
  }

  lead(frames: Uint8Array): void {
    leadEach(frames, this)
  }
}
