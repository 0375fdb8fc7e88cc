/**
 * One end of a connection between threads. Messages go out in parcels, one for each tick or 64 KiB, as long as the other
 * end has room: it says how much it has read. What it has not read waits here, up to `sendBuffer`.
 */
import { ConnectionLife } from '../../core/connection-life.ts'
import type { Incoming } from '../../core/incoming.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import { platform } from '../../core/platform.ts'
import type { DetachReason } from '../../core/reasons.ts'
import type { Connection, ConnectionSink, EndpointRequest } from '../../core/transport.ts'
import { within } from '../../core/waiting.ts'
import type { Channel, Ear } from './channel.ts'
import type { Ground } from './ground.ts'
import { Packer } from './packer.ts'
import { bye, type Coming, type Limits, type Piece, toldFrom } from './parcel.ts'
import { Unpacker, type UnpackerSink } from './unpacker.ts'

/** Messages that are unpacked before the application takes them: as bytes they cost less. */
const ahead = 256
/** Bytes that go at once, so that the other thread begins before this tick ends. */
const fullParcel = 65_536
/** Messages in a row after which everything else in this thread has its turn, some 10 ms of them. */
const manyMessages = 32_768

const [leastRoom, mostRoom] = [65_536, 1_048_576]

/** What may be on its way to a socket and unread: its `recvBuffer`, within reason. */
export function limitsOf({ protocol, options, recvBuffer }: EndpointRequest): Limits {
  const room = Math.min(Math.max(recvBuffer, leastRoom), mostRoom)
  return { protocol: protocol.self, recvMaxSize: options.recvMaxSize, room }
}

export class ThreadConnection implements Connection, Ear, UnpackerSink {
  readonly info: ConnectionInfo
  readonly resumeBelow = 0.5
  readonly maxWaiting = ahead
  readonly #channel: Channel
  readonly #peer: Limits
  readonly #request: EndpointRequest
  readonly #ground: Ground
  readonly #life = new ConnectionLife()
  readonly #packer: Packer
  readonly #unpacker = new Unpacker(this)
  readonly #own: Limits
  readonly #moves: boolean
  /** Bytes that the peer has not read. */
  #unread = 0
  #scheduled = false
  #full = false
  /** Bytes that were read here and the peer does not know of. */
  #untold = 0
  /** Messages received since everything else had its turn. */
  #received = 0
  /** Large messages that the peer has told of. */
  #coming = 0
  #drained: (() => void) | undefined

  constructor(ground: Ground, channel: Channel, request: EndpointRequest, info: ConnectionInfo, peer: Limits) {
    this.#channel = channel
    this.#request = request
    this.info = info
    this.#peer = peer
    this.#ground = ground
    this.#packer = new Packer(ground.allocate)
    this.#own = limitsOf(request)
    this.#moves = request.options.thread?.transfer === true
    channel.listen(this)
  }

  get pending(): number {
    return this.#packer.messages
  }

  get wanted(): boolean {
    return this.#life.flowing
  }

  start(sink: ConnectionSink): void {
    this.#life.start(sink)
    this.#unpacker.drain()
  }

  send(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    if (this.#life.over) return true
    const size = header.length + body.length
    const packer = this.#packer
    if (size > this.#peer.recvMaxSize) packer.refuse(size)
    else {
      if (body.length >= toldFrom) this.#channel.post({ coming: body.length } satisfies Coming)
      packer.write(header, body, this.#moves && shared === 0)
    }
    if (packer.bytes >= fullParcel) this.#post()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#ground.soon(this.#onTick)
    }
    this.#full = packer.bytes >= this.#request.sendBuffer
    return !this.#full
  }

  pause(): void {
    this.#life.pause()
  }

  resume(): void {
    this.#life.resume()
    this.#unpacker.drain()
  }

  close(linger: number): Promise<void> {
    return this.#life.close(async (before) => {
      if (before === 'ended') return
      this.#flush()
      if (this.pending > 0 && linger > 0) {
        // The peer may be closing too: what it sends is read by nobody, but must not keep it waiting.
        this.#unpacker.discard()
        await within<void>(linger, (drained) => {
          this.#drained = drained
        })
      }
      this.#channel.post(bye)
      this.#channel.close()
    })
  }

  heard(data: unknown): void {
    if (typeof data === 'number') this.#roomFor(data)
    else if (Array.isArray(data)) this.#arrived(data)
    else if (data === bye) this.#over('closed-by-peer')
    else this.#coming++
  }

  gone(): void {
    const count = this.#coming
    if (count > 0) this.#life.dropped('truncated', { count })
    this.#over('connection-error', new Error(`the thread of ${this.info.remote} ended`))
  }

  message(message: Incoming): void {
    if (this.#received++ === 0) platform.turn(this.#onTurn)
    this.#life.message(message)
  }

  tooBig(size: number): void {
    this.#life.dropped('too-big', { size, limit: this.#own.recvMaxSize })
    this.#channel.post(bye)
    this.#end('too-big')
  }

  read(weight: number): void {
    this.#untold += weight
    if (this.#untold >= this.#own.room / 4 && this.#received < manyMessages) this.#tell()
  }

  /** Everything else has had its turn; a peer that floods had to wait for it. */
  readonly #onTurn = (): void => {
    const waits = this.#received >= manyMessages
    this.#received = 0
    if (waits) this.#tell()
  }

  #tell(): void {
    this.#channel.post(this.#untold)
    this.#untold = 0
  }

  #roomFor(bytes: number): void {
    this.#unread -= bytes
    this.#flush()
  }

  #arrived(parcel: Piece[]): void {
    for (const piece of parcel) {
      if (piece instanceof ArrayBuffer && piece.byteLength >= toldFrom) this.#coming--
    }
    this.#unpacker.push(parcel)
    if (this.#life.state === 'closed') this.#unpacker.discard()
  }

  readonly #onTick = (): void => {
    this.#scheduled = false
    this.#flush()
  }

  /** Posts what the peer has room for, and says when there is room here again. */
  #flush(): void {
    this.#post()
    if (!this.#full || this.#packer.bytes >= this.#request.sendBuffer) return
    this.#full = false
    this.#life.writable()
  }

  #post(): void {
    if (this.#life.state === 'ended') return
    const parcel = this.#packer.take(this.#peer.room - this.#unread)
    if (parcel === undefined) return
    this.#unread += parcel.weight
    this.#channel.post(parcel.pieces, parcel.moved)
    if (this.pending === 0) this.#drained?.()
  }

  /** The peer is gone, or reads no more. What it sent before is delivered, wanted now or not. */
  #over(reason: DetachReason, cause?: unknown): void {
    this.#life.tell(() => this.#unpacker.drain(true))
    this.#end(reason, cause)
  }

  #end(reason: DetachReason, cause?: unknown): void {
    this.#drained?.()
    this.#channel.close()
    this.#life.end(reason, cause)
  }
}
