/** The sending half of SP on a stream: frames, batched. */
import type { Socket } from 'node:net'
import type { SendLimit } from '../stream/allowance.ts'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'
import { type Framing, writePrefix } from './framing.ts'

export class SpWriter extends BatchWriter {
  readonly #framing: Framing

  constructor(stream: Socket, framing: Framing, limit: SendLimit, onRoom: () => void) {
    super(stream, limit, onRoom)
    this.#framing = framing
  }

  override write(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    const framing = this.#framing
    if (shared > 0 && this.repeat(shared, framing)) return this.complete()
    const large = body.length > copyLimit
    const slab = this.reserve(framing.prefix + header.length + (large ? 0 : body.length), shared)
    const start = this.filled
    let p = writePrefix(framing, slab, start, header.length + body.length)
    for (let i = 0; i < header.length; i++) slab[p++] = header[i] as number
    if (!large) {
      slab.set(body, p)
      p += body.length
    }
    this.commit(p)
    if (large) this.attach(body)
    else if (shared > 0) this.offer(shared, framing, start)
    return this.complete()
  }
}
