/** The sending half: messages to frames, batched; here in clear, in `sealed.ts` encrypted. */
import type { Socket } from 'node:net'
import { frameLengths } from '../../core/frame-table.ts'
import { noBytes } from '../../core/incoming.ts'
import type { SendLimit } from '../stream/allowance.ts'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'
import { COMMAND, frameHeaderLength, MORE, writeFrameHeader } from './frames.ts'

/**
 * How header and body lie in frames: `plain`, both in one; after frames that stand for the header; or `table`, the body as
 * many frames as the header says.
 */
export type Layout = 'plain' | 'table' | { readonly leading: (header: Uint8Array) => Uint8Array }

/** What two connections send of the same message is the same bytes. */
const plainFormat = {}

/** Where frames go. */
export interface FrameOutput {
  /** Writes a frame whose payload has two parts. */
  frame(flags: number, first: Uint8Array, rest: Uint8Array): void
  /** Writes short frames that are encoded already. */
  lead(frames: Uint8Array): void
}

/** Lays a message in frames. */
export function layOut(layout: Layout, header: Uint8Array, body: Uint8Array, output: FrameOutput): void {
  if (layout === 'plain') output.frame(0, header, body)
  else if (layout === 'table') layTable(header, body, output)
  else {
    output.lead(layout.leading(header))
    output.frame(0, noBytes, body)
  }
}

function layTable(header: Uint8Array, body: Uint8Array, output: FrameOutput): void {
  const lengths = frameLengths(header, body.length)
  let at = 0
  for (let i = 0; i < lengths.length; i++) {
    const end = at + (lengths[i] as number)
    output.frame(i + 1 < lengths.length ? MORE : 0, noBytes, body.subarray(at, end))
    at = end
  }
}

/** Writes short frames that are encoded one by one. */
export function leadEach(frames: Uint8Array, output: FrameOutput): void {
  for (let at = 0; at < frames.length; ) {
    const start = at + 2
    const end = start + (frames[at + 1] as number)
    output.frame(MORE, noBytes, frames.subarray(start, end))
    at = end
  }
}

export abstract class FrameWriter extends BatchWriter implements FrameOutput {
  protected readonly layout: Layout

  constructor(stream: Socket, limit: SendLimit, onRoom: () => void, layout: Layout) {
    super(stream, limit, onRoom)
    this.layout = layout
  }

  override write(header: Uint8Array, body: Uint8Array, _shared?: number): boolean {
    layOut(this.layout, header, body, this)
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

  abstract frame(flags: number, first: Uint8Array, rest: Uint8Array): void
  abstract lead(frames: Uint8Array): void
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

  override frame(flags: number, first: Uint8Array, rest: Uint8Array): void {
    const size = first.length + rest.length
    const large = rest.length > copyLimit
    const slab = this.reserve(frameHeaderLength(size) + first.length + (large ? 0 : rest.length))
    this.commit(fill(slab, this.filled, flags, first, large ? noBytes : rest, size))
    if (large) this.attach(rest)
  }

  override lead(frames: Uint8Array): void {
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
