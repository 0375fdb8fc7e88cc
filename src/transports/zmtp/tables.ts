/** DEALER and ROUTER: every frame is the application's, and a table in the header says where each ends. */
import { frameTable } from '../../core/frame-table.ts'
import type { FrameSink } from '../stream/wire.ts'
import { type Assembly, Frames } from './assembly.ts'

const oneFrame = new Uint8Array([0, 0, 0, 1])

export class TableAssembly implements Assembly {
  readonly #sink: FrameSink
  readonly #frames = new Frames(true)
  #lengths: number[] = []

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  frame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (!more && this.#lengths.length === 0) {
      this.#sink.parts(oneFrame, bytes.subarray(start, end))
      return
    }
    this.#lengths.push(end - start)
    if (!this.#frames.add(bytes, start, end)) this.#sink.tooBig(this.#frames.size + end - start)
    else if (!more) this.#deliver()
  }

  #deliver(): void {
    const header = frameTable(this.#lengths)
    this.#lengths = []
    this.#sink.parts(header, this.#frames.take())
  }
}
