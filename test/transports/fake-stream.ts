/** The near end of a byte stream, without a network: the test pushes what the peer sends and sees what goes out. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

export class FakeStream extends Duplex {
  readonly written: Buffer[] = []
  /** Completes a write only when told to, once this is set. */
  stuck = false
  #pending: (() => void) | undefined

  constructor() {
    super({ allowHalfOpen: false })
  }

  get socket(): Socket {
    return this as unknown as Socket
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.written.push(chunk)
    if (this.stuck) this.#pending = callback
    else callback()
  }

  /** As a network socket does it: what was written leaves first. */
  destroySoon(): void {
    this.end(() => this.destroy())
  }

  /** Completes the write under way. */
  unstick(): void {
    this.stuck = false
    this.#pending?.()
  }
}
