/** Messages of a WebSocket as frames of ZeroMQ: those of the handshake first, then those of the connection. */
import type { FrameSink } from '../stream/wire.ts'
import type { Assembly } from './assembly.ts'
import { mostFrames } from './decoder.ts'
import type { Cipher } from './mechanisms/mechanism.ts'

/** Who listens during the handshake. */
export interface Listening extends Assembly, Pick<FrameSink, 'malformed' | 'tooBig' | 'farewell'> {
  /** Obeys a command; returns what is wrong with it. */
  command(bytes: Buffer): string | undefined
}

export class ZwsReceiver implements FrameSink {
  #to: Listening
  #sink: FrameSink | undefined
  #cipher: Cipher | undefined
  #limit = Infinity
  /** Frames and bytes of the message under way. */
  #frames = 0
  #bytes = 0

  constructor(to: Listening) {
    this.#to = to
  }

  /** The handshake is done. `limit`: bytes of all frames of a message. */
  connect(
    sink: FrameSink,
    assembly: Assembly,
    limit: number,
    command: Listening['command'],
    cipher: Cipher | undefined
  ): void {
    this.#sink = sink
    this.#cipher = cipher
    this.#limit = limit
    this.#to = {
      command,
      frame: (more, bytes, start, end) => assembly.frame(more, bytes, start, end),
      malformed: (cause) => sink.malformed(cause),
      tooBig: (size) => sink.tooBig(size),
      farewell: (cause) => sink.farewell(cause)
    }
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#cipher === undefined) {
      this.#clear(start < end ? (bytes[start] as number) : -1, bytes, start + 1, end)
      return
    }
    const opened = this.#cipher.open(bytes, start + 1, end)
    if (opened === undefined) this.malformed(new Error('a frame that is not authentic'))
    else this.#clear(this.#cipher.flags, opened, 0, opened.length)
  }

  #clear(flag: number, bytes: Uint8Array, start: number, end: number): void {
    if (flag === 2 && this.#frames === 0) {
      const wrong = this.#to.command(bytes.subarray(start, end) as Buffer)
      if (wrong !== undefined) this.malformed(new Error(wrong))
    } else if (flag === 0 || flag === 1) this.#messageFrame(flag === 1, bytes, start, end)
    else this.malformed(new Error(flag === 2 ? 'a command inside a message' : 'a message that is no frame of ZeroMQ'))
  }

  parts(): void {}

  dropped(): void {}

  tooBig(size: number): void {
    this.#to.tooBig(size)
  }

  malformed(cause?: Error): void {
    this.#to.malformed(cause)
  }

  farewell(cause?: Error): void {
    this.#to.farewell(cause)
  }

  decoded(): void {
    this.#sink?.decoded()
  }

  #messageFrame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    this.#bytes += end - start
    if (this.#bytes > this.#limit) {
      this.tooBig(this.#bytes)
      return
    }
    if (!more) {
      this.#bytes = 0
      this.#frames = 0
    } else if (++this.#frames >= mostFrames) {
      this.malformed(new Error(`a message of more than ${mostFrames} frames`))
      return
    }
    this.#to.frame(more, bytes, start, end)
  }
}
