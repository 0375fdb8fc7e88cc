/** The sending half, in clear: messages to frames, batched. */
import type { Socket } from 'node:net'
import { frameLengths } from '../../core/frame-table.ts'
import { noBytes } from '../../core/incoming.ts'
import { BatchWriter, copyLimit } from '../stream/batch-writer.ts'
import { COMMAND, frameHeaderLength, MORE, writeFrameHeader } from './frames.ts'

/** The frames that go before a body on account of its header; without one the header goes before the body, in its frame. */
export type LeadingFrames = (header: Uint8Array) => Uint8Array

/** What two connections send of the same message is the same bytes. */
const plainFormat = {}

export interface ZmtpWriter extends BatchWriter {
  /** Writes a command. */
  command(bytes: Uint8Array): void
  /** Writes a message that is no message of the socket. */
  aside(bytes: Uint8Array): void
}

export class ClearWriter extends BatchWriter implements ZmtpWriter {
  readonly #leading: LeadingFrames | undefined

  constructor(stream: Socket, limit: number, onRoom: () => void, leading: LeadingFrames | undefined) {
    super(stream, limit, onRoom)
    this.#leading = leading
  }

  override write(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    if (shared !== 0 && this.repeat(shared, plainFormat)) return this.complete()
    const lead = this.#leading === undefined ? noBytes : this.#leading(header)
    const start = this.put(lead, 0, this.#leading === undefined ? header : noBytes, body, shared)
    if (shared !== 0 && start >= 0 && this.#leading === undefined) this.offer(shared, plainFormat, start)
    return this.complete()
  }

  command(bytes: Uint8Array): void {
    this.put(noBytes, COMMAND, noBytes, bytes, 0)
    this.schedule()
  }

  aside(bytes: Uint8Array): void {
    this.put(noBytes, 0, noBytes, bytes, 0)
    this.schedule()
  }

  /** Writes what leads, and a frame of two parts. Returns where all that begins in the slab, -1 where it is not all there. */
  protected put(lead: Uint8Array, flags: number, first: Uint8Array, body: Uint8Array, shared: number): number {
    const size = first.length + body.length
    const large = body.length > copyLimit
    const slab = this.reserve(
      lead.length + frameHeaderLength(size) + first.length + (large ? 0 : body.length),
      shared
    )
    const start = this.filled
    let at = copyInto(slab, start, lead)
    at = writeFrameHeader(slab, at, flags, size)
    at = copyInto(slab, at, first)
    if (!large) {
      slab.set(body, at)
      at += body.length
    }
    this.commit(at)
    if (large) this.attach(body)
    return large ? -1 : start
  }
}

/** DEALER and ROUTER: every frame of a table is a frame of its own. */
export class TableWriter extends ClearWriter {
  override write(header: Uint8Array, body: Uint8Array): boolean {
    const lengths = frameLengths(header, body.length)
    let at = 0
    for (let i = 0; i < lengths.length; i++) {
      const end = at + (lengths[i] as number)
      this.put(noBytes, i + 1 < lengths.length ? MORE : 0, noBytes, body.subarray(at, end), 0)
      at = end
    }
    return this.complete()
  }
}

function copyInto(slab: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) slab[at + i] = bytes[i] as number
  return at + bytes.length
}
