/** The sending half of a stream connection: SP frames, batched. */
import type { Socket } from 'node:net'
import { BatchWriter, copyLimit } from './batch-writer.ts'
import { type Framing, writePrefix } from './framing.ts'

export class Writer extends BatchWriter {
  readonly #framing: Framing

  constructor(stream: Socket, framing: Framing, limit: number, onRoom: () => void) {
    super(stream, limit, onRoom)
    this.#framing = framing
  }

  override write(header: Uint8Array, body: Uint8Array): boolean {
    const large = body.length > copyLimit
    const slab = this.reserve(this.#framing.prefix + header.length + (large ? 0 : body.length))
    let p = writePrefix(this.#framing, slab, this.filled, header.length + body.length)
    for (let i = 0; i < header.length; i++) slab[p++] = header[i] as number
    if (!large) {
      slab.set(body, p)
      p += body.length
    }
    this.commit(p)
    if (large) this.attach(body)
    return this.complete()
  }
}
