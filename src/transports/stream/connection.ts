/**
 * A connection over a byte stream whose handshake is done, whatever its wire: back-pressure both ways, turns for others,
 * and an end that loses nothing the peer is willing to read.
 */
import type { Socket } from 'node:net'
import { ConnectionLife, type ConnectionState } from '../../core/connection-life.ts'
import type { DropDetails } from '../../core/events.ts'
import { Incoming } from '../../core/incoming.ts'
import { IncomingParts } from '../../core/incoming-parts.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import type { DetachReason } from '../../core/reasons.ts'
import type { TopicFilter } from '../../core/topics/filter.ts'
import type { Connection, ConnectionSink, EndpointRequest, Loss } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { Allowance } from './allowance.ts'
import { patience, windDown } from './hang-up.ts'
import { receive } from './receive.ts'
import { watchForStall } from './stall.ts'
import type { Decoder, FrameSink, Session, Writer } from './wire.ts'

/**
 * Messages that are decoded before the application takes them. Few: what lives but a moment costs the garbage collector
 * nothing, and a reader that is slower than its peer would have thousands of them.
 */
const ahead = 256

/** Bytes that wait to be decoded before the stream is not read any more: two reads, which are still in the cache. */
const readAhead = 131072

/** Messages in a row after which other connections and timers have their turn; a flood has 8192 in one chunk. */
const slice = 8192

const none = new Uint8Array(0)

export class StreamConnection implements Connection, FrameSink {
  readonly info: ConnectionInfo
  readonly filter: TopicFilter | undefined
  readonly resumeBelow = 0.5
  readonly maxWaiting = ahead
  readonly #life = new ConnectionLife()
  readonly #stream: Socket
  readonly #writer: Writer
  readonly #decoder: Decoder
  readonly #incoming = new Incoming()
  /** For wires whose messages come in pieces. */
  #parts: IncomingParts | undefined
  readonly #recvMaxSize: number
  /** What arrived with the handshake. */
  #rest: Uint8Array
  /** The stream is not read: before the start, or because enough waits to be decoded. */
  #stopped = true
  /** Bytes that may wait to be decoded while paused; nothing has to wait otherwise, but for a turn. */
  #room = 1
  /** Messages since others had their turn. */
  #frames = 0
  /** It ended inside a message, or not; nothing more arrives, and what has arrived is delivered, paused or not. */
  #draining = false
  #cause: unknown

  constructor(stream: Socket, session: Session, request: EndpointRequest, info: ConnectionInfo) {
    this.#stream = stream
    this.info = info
    this.#rest = session.rest
    const { options } = request
    const allowance = new Allowance(request)
    this.#recvMaxSize = options.recvMaxSize
    const onRoom = (): void => this.#life.writable()
    const both = session.open({ stream, limit: allowance, recvMaxSize: this.#recvMaxSize, sink: this, onRoom })
    this.filter = both.filter
    this.#decoder = both.decoder
    this.#writer = both.writer
    // The handshake left the stream paused.
    receive(stream, (chunk) => {
      this.#writer.eager = true
      this.#decoder.push(chunk)
    })
    stream.on('end', () => this.#drain())
    stream.on('error', (error: Error) => {
      this.#cause ??= error
    })
    watchForStall(stream, options.stallTimeout, () => this.#stalled(options.stallTimeout))
    stream.once('close', () => allowance.end())
    // Before the start nobody can be told yet; `start` looks.
    stream.on('close', () => this.#life.state === 'held' || this.#drain())
  }

  get pending(): number {
    return this.#writer.pending
  }

  start(sink: ConnectionSink): void {
    this.#life.start(sink)
    this.#decoder.push(this.#rest)
    this.#rest = none
    if (this.#stream.destroyed) this.#drain()
    else this.#flow()
  }

  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean {
    return this.#life.over || this.#writer.write(header, body, shared)
  }

  /** Decodes nothing more, and reads a little more: what waits as bytes costs less than what waits as messages. */
  pause(room: number): void {
    if (!this.#life.pause()) return
    if (!this.#draining) this.#decoder.pause()
    this.#room = Math.max(1, Math.min(room, readAhead))
    this.#flow()
  }

  resume(): void {
    if (!this.#life.resume()) return
    this.#room = 1
    if (this.#frames < slice) this.#decoder.resume()
    this.#flow()
  }

  close(linger: number): Promise<void> {
    return this.#life.close((before) => this.#leave(before, linger))
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    if (++this.#frames === slice) this.#takeTurns()
    this.#life.message(this.#incoming.set(bytes, start, end))
  }

  parts(header: Uint8Array, body: Uint8Array): void {
    if (++this.#frames === slice) this.#takeTurns()
    this.#parts ??= new IncomingParts()
    this.#life.message(this.#parts.setParts(header, body))
  }

  dropped(reason: Loss, details?: DropDetails): void {
    this.#life.dropped(reason, details)
  }

  decoded(): void {
    // An idle connection keeps no chunk alive.
    this.#incoming.set(none, 0, 0)
    this.#parts?.setParts(none, none)
    if (this.#draining) this.#drained()
    else this.#flow()
  }

  tooBig(size: number): void {
    this.#life.dropped('too-big', { size, limit: this.#recvMaxSize })
    this.#end('too-big')
  }

  malformed(cause?: Error): void {
    this.#end('malformed', cause)
  }

  farewell(cause?: Error): void {
    this.#end('closed-by-peer', cause)
  }

  /** Stops reading when there is no room, goes on when half of it is free. */
  #flow(): void {
    if (this.#life.over || this.#life.state === 'held') return
    const { backlog } = this.#decoder
    if (this.#stopped && backlog < this.#room / 2) {
      this.#stopped = false
      this.#stream.resume()
    } else if (!this.#stopped && backlog >= this.#room) {
      this.#stopped = true
      this.#stream.pause()
    }
  }

  /** Lets everything else have its turn, however much is there to be decoded. */
  #takeTurns(): void {
    this.#decoder.pause()
    setImmediate(() => {
      this.#frames = 0
      if (this.#draining || this.#life.state !== 'paused') this.#decoder.resume()
    })
  }

  /** The stream is over, or closed under us: what has arrived comes first, in slices. */
  #drain(): void {
    if (this.#draining || this.#life.over) return
    this.#draining = true
    if (this.#frames < slice) this.#decoder.resume()
    this.#drained()
  }

  #drained(): void {
    if (this.#life.over || this.#decoder.backlog > 0 || this.#frames >= slice) return
    if (this.#decoder.end()) this.#life.dropped('truncated')
    if (this.#cause !== undefined) this.#end('connection-error', this.#cause)
    else this.#end('closed-by-peer', this.#writer.farewell && new Error('the connection ended without a Close'))
  }

  #end(reason: DetachReason, cause?: unknown): void {
    // The answer to our farewell.
    if (this.#life.state === 'closed') this.#stream.end()
    if (this.#life.over) return
    this.#decoder.stop()
    this.#life.end(reason, cause)
    if (this.#writer.farewell === undefined) this.#stream.destroy()
    else {
      this.#writer.farewell()
      windDown(this.#stream)
    }
  }

  /** The peer takes nothing: it would not read a farewell either. While it closes, `linger` bounds that. */
  #stalled(timeout: number): void {
    if (this.#life.over) return
    this.#end('stalled', new Error(`no byte of what waits left within ${timeout} ms`))
    this.#stream.destroy()
  }

  #leave(before: ConnectionState, linger: number): Promise<void> {
    const [stream, writer] = [this.#stream, this.#writer]
    if (stream.destroyed || before === 'ended') return Promise.resolve()
    writer.flush()
    const { pending } = writer
    writer.farewell?.()
    if (linger === 0) {
      this.#decoder.stop()
      // Where only a greeting is on its way, as on a peer that is refused, TLS may still be at encrypting it.
      if (pending === 0) stream.destroySoon()
      else stream.destroy()
      return Promise.resolve()
    }
    // What the peer still sends must be read: closing with unread data resets the connection and what it carries. Where
    // the wire has a farewell, that of the peer is among it.
    if (writer.farewell === undefined) this.#decoder.stop()
    else this.#decoder.resume()
    stream.resume()
    return new Promise((resolve) => {
      const destroy = (): void => void stream.destroy()
      let timer = startTimer(destroy, linger)
      stream.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (writer.farewell === undefined) stream.end()
      else {
        stream.write('', () => {
          clearTimeout(timer)
          if (!stream.destroyed) timer = startTimer(destroy, Math.min(linger, patience))
        })
      }
    })
  }
}
