/**
 * Both directions where the mechanism encrypts: every frame is sealed by itself, flags inside. RFC 26, with what libzmq makes
 * of it: sealed frames travel as message frames, and a command is told by a flag inside.
 */
import type { Socket } from 'node:net'
import type { SendLimit } from '../stream/allowance.ts'
import { copyLimit } from '../stream/batch-writer.ts'
import { type Decoding, ZmtpDecoder } from './decoder.ts'
import { COMMAND, frameHeaderLength, MORE, writeFrameHeader } from './frames.ts'
import type { Cipher } from './mechanisms/mechanism.ts'
import { FrameWriter, type Layout, leadEach } from './writer.ts'

/** The flag of commands inside; `COMMAND` is taken for data there. */
const sealedCommand = 2

export class SealedWriter extends FrameWriter {
  readonly #cipher: Cipher

  constructor(stream: Socket, limit: SendLimit, onRoom: () => void, layout: Layout, cipher: Cipher) {
    super(stream, limit, onRoom, layout)
    this.#cipher = cipher
  }

  override frame(flags: number, first: Uint8Array, rest: Uint8Array): void {
    const sealed = this.#cipher.seal(flags === COMMAND ? sealedCommand : flags, first, rest)
    const large = sealed.length > copyLimit
    const slab = this.reserve(frameHeaderLength(sealed.length) + (large ? 0 : sealed.length))
    const at = writeFrameHeader(slab, this.filled, 0, sealed.length)
    if (large) {
      this.commit(at)
      this.attach(sealed)
    } else {
      slab.set(sealed, at)
      this.commit(at + sealed.length)
    }
  }

  override lead(frames: Uint8Array): void {
    leadEach(frames, this)
  }
}

export class SealedDecoder extends ZmtpDecoder {
  readonly #cipher: Cipher

  constructor(decoding: Decoding, cipher: Cipher) {
    super(decoding, cipher.overhead)
    // What is sealed is opened elsewhere.
    this.passing = true
    this.#cipher = cipher
  }

  protected override messageFrame(_more: boolean, bytes: Uint8Array, start: number, end: number): void {
    const opened = this.#cipher.open(bytes, start, end)
    if (opened === undefined) {
      this.fault('a frame that is not authentic')
      return
    }
    const { flags } = this.#cipher
    if ((flags & sealedCommand) !== 0) super.commandFrame(opened, 0, opened.length)
    else super.messageFrame((flags & MORE) !== 0, opened, 0, opened.length)
  }

  /** The letter of RFC 26 has sealed frames in command frames; others are not authenticated. */
  protected override commandFrame(bytes: Uint8Array, start: number, end: number): void {
    this.messageFrame(false, bytes, start, end)
  }

  protected override isCommand(size: number): boolean {
    return size <= this.decoding.limit + this.overhead || super.isCommand(size)
  }
}
