/**
 * The frames of REQ and REP: an envelope, an empty frame, the body. RFC 28. REP takes whatever envelope comes; REQ takes
 * what a backtrace of its own looks like when it comes back.
 */
import { noBytes } from '../../core/incoming.ts'
import type { FrameSink, Writer } from '../stream/wire.ts'
import type { Assembly, BodyAssembly } from './assembly.ts'
import { isBacktrace, joinFrames, packEnvelope } from './envelope.ts'

/** More bytes before the empty frame are no envelope. */
const longestEnvelope = 1024

/** The header that an envelope stands for, or why there is none. */
export type ReadEnvelope = (frames: readonly Uint8Array[]) => Uint8Array | 'malformed' | 'ttl'

/** For REP. */
export const anyEnvelope: ReadEnvelope = (frames) => packEnvelope(frames) ?? 'ttl'

/** For REQ. */
export const ownEnvelope: ReadEnvelope = (frames) => (isBacktrace(frames, 0) ? joinFrames(frames) : 'malformed')

export class EnvelopeAssembly implements Assembly {
  readonly #sink: FrameSink
  readonly #body: BodyAssembly
  readonly #read: ReadEnvelope
  readonly #taken: (() => void) | undefined
  #envelope: Uint8Array[] = []
  #envelopeSize = 0
  /** Bytes of a message that is not wanted, with what is wrong with it. */
  #skipped = 0
  #fault: { readonly reason: 'malformed' | 'ttl'; readonly cause: string } | undefined
  /** The header, once the empty frame came. */
  #header: Uint8Array | undefined

  /** `taken` is called after a message was handed over. */
  constructor(sink: FrameSink, body: BodyAssembly, read: ReadEnvelope, taken?: () => void) {
    this.#sink = sink
    this.#body = body
    this.#read = read
    this.#taken = taken
  }

  frame(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (this.#header !== undefined) {
      const header = this.#header
      if (!more) this.#header = undefined
      this.#body.frameAfter(header, more, bytes, start, end)
      if (!more) this.#taken?.()
      return
    }
    if (this.#fault === undefined) this.#before(more, bytes, start, end)
    if (this.#fault === undefined) return
    this.#skipped += end - start
    if (!more) this.#drop(this.#fault)
  }

  #before(more: boolean, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (!more) this.#fault = { reason: 'malformed', cause: 'there is no empty frame before the body' }
    else if (size === 0) this.#delimited()
    else if (this.#envelopeSize + size > longestEnvelope) this.#fault = { reason: 'ttl', cause: tooLong }
    else {
      this.#envelope.push(bytes.subarray(start, end))
      this.#envelopeSize += size
    }
  }

  #delimited(): void {
    const header = this.#read(this.#envelope)
    if (header instanceof Uint8Array) {
      this.#header = header
      this.#reset()
    } else {
      const cause = header === 'ttl' ? tooLong : 'the envelope is not that of a request of ours'
      this.#fault = { reason: header, cause }
    }
  }

  #drop({ reason, cause }: { readonly reason: 'malformed' | 'ttl'; readonly cause: string }): void {
    const size = this.#skipped + this.#envelopeSize
    this.#fault = undefined
    this.#skipped = 0
    this.#reset()
    this.#sink.dropped(reason, { size, cause: new Error(cause) })
  }

  #reset(): void {
    this.#envelopeSize = 0
    if (this.#envelope.length > 0) this.#envelope = []
  }
}

const tooLong = 'the envelope is too long to be remembered'

/**
 * REQ without ids: the reply that comes is that to the request that went, so one a connection is under way, and the
 * connection counts as full meanwhile.
 */
export class LoneRequest {
  readonly #onRoom: () => void
  #header: Uint8Array = noBytes
  #underWay = false
  #crowded = false

  constructor(onRoom: () => void) {
    this.#onRoom = onRoom
  }

  /** A request was written; `room`: whether there is room for more bytes. */
  sent(header: Uint8Array, room: boolean): void {
    this.#header = new Uint8Array(header)
    this.#underWay = true
    this.#crowded = !room
  }

  /** There is room for more bytes. */
  room(): void {
    this.#crowded = false
    if (!this.#underWay) this.#onRoom()
  }

  /** For envelopes of replies: the header of the request. */
  readonly envelope: ReadEnvelope = (frames) => (frames.length === 0 ? this.#header : 'malformed')

  /** The reply was handed over. */
  replied(): void {
    if (!this.#underWay) return
    this.#underWay = false
    if (!this.#crowded) this.#onRoom()
  }
}

/** Counts as full from a request to its reply. */
export class LoneWriter implements Writer {
  readonly #writer: Writer
  readonly #lone: LoneRequest

  constructor(writer: Writer, lone: LoneRequest) {
    this.#writer = writer
    this.#lone = lone
  }

  get pending(): number {
    return this.#writer.pending
  }

  write(header: Uint8Array, body: Uint8Array): boolean {
    this.#lone.sent(header, this.#writer.write(header, body))
    return false
  }

  flush(): void {
    this.#writer.flush()
  }
}
