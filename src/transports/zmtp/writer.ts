/** The sending half: messages to frames, batched; here in clear, in `sealed.ts` encrypted. */
import type { Socket } from 'node:net'
import { frameLengths } from '../../core/frame-table.ts'
import { noBytes } from '../../core/incoming.ts'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'
import { COMMAND, frameHeaderLength, MORE, writeFrameHeader } from './frames.ts'

/**
 * How header and body lie in frames: `plain`, both in one; after frames that stand for the header; or `table`, the body as
 * many frames as the header says.
 */
export type Layout = 'plain' | 'table' | { readonly leading: (header: Uint8Array) => Uint8Array }

/** What two connections send of the same message is the same bytes. */
const plainFormat = {}

export abstract class FrameWriter extends BatchWriter {
  protected readonly layout: Layout

  constructor(stream: Socket, limit: number, onRoom: () => void, layout: Layout) {
    super(stream, limit, onRoom)
    this.layout = layout
  }

  override write(header: Uint8Array, body: Uint8Array, _shared?: number): boolean {
    const { layout } = this
    if (layout === 'plain') this.frame(0, header, body)
    else if (layout === 'table') this.#frames(header, body)
    else {
      this.lead(layout.leading(header))
      this.frame(0, noBytes, body)
    }
    return this.complete()
  }

  /** Writes a command. */
  command(bytes: Uint8Array): void {
    this.frame(COMMAND, noBytes, bytes)
    this.schedule()
  }

  /** Writes a message that is not one of the socket's. */
  aside(bytes: Uint8Array): void {
    this.frame(0, noBytes, bytes)
    this.schedule()
  }

  /** Writes a frame whose payload has two parts. */
  protected abstract frame(flags: number, first: Uint8Array, rest: Uint8Array): void

  /** Writes short frames that are encoded already. */
  protected abstract lead(frames: Uint8Array): void

  #frames(header: Uint8Array, body: Uint8Array): void {
    const lengths = frameLengths(header, body.length)
    let at = 0
    for (let i = 0; i < lengths.length; i++) {
      const end = at + (lengths[i] as number)
      this.frame(i + 1 < lengths.length ? MORE : 0, noBytes, body.subarray(at, end))
      at = end
    }
  }
}

export class ClearWriter extends FrameWriter {
  override write(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    if (shared <= 0 || this.layout !== 'plain' || body.length > copyLimit) return super.write(header, body)
    if (!this.repeat(shared, plainFormat)) {
      const size = header.length + body.length
      const slab = this.reserve(frameHeaderLength(size) + size, shared)
      const start = this.filled
      this.commit(fill(slab, start, 0, header, body, size))
      this.offer(shared, plainFormat, start)
    }
    return this.complete()
  }

  protected override frame(flags: number, first: Uint8Array, rest: Uint8Array): void {
    const size = first.length + rest.length
    const large = rest.length > copyLimit
    const slab = this.reserve(frameHeaderLength(size) + first.length + (large ? 0 : rest.length))
    this.commit(fill(slab, this.filled, flags, first, large ? noBytes : rest, size))
    if (large) this.attach(rest)
  }

  protected override lead(frames: Uint8Array): void {
    const slab = this.reserve(frames.length)
    this.commit(copyInto(slab, this.filled, frames))
  }
}

/** Writes a frame of `size` bytes, as much of its payload as is given, and returns where that ends. */
function fill(
  slab: Uint8Array,
  start: number,
  flags: number,
  first: Uint8Array,
  rest: Uint8Array,
  size: number
): number {
  const at = copyInto(slab, writeFrameHeader(slab, start, flags, size), first)
  slab.set(rest, at)
  return at + rest.length
}

function copyInto(slab: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) slab[at + i] = bytes[i] as number
  return at + bytes.length
}
