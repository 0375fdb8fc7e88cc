/**
 * A connection over a byte stream (TCP, TLS, IPC) whose hello is done: framing both ways, back-pressure both ways, and
 * an end that loses nothing the peer is willing to read.
 */
import type { Socket } from 'node:net'
import { Incoming, noBytes } from '../../core/incoming.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import type { DetachReason } from '../../core/reasons.ts'
import type { Connection, ConnectionSink, EndpointRequest } from '../../core/transport.ts'
import { startTimer } from '../../core/waiting.ts'
import { Decoder, type FrameSink } from './decoder.ts'
import type { Framing } from './framing.ts'
import { Writer } from './writer.ts'

/**
 * Messages that are decoded before the application takes them. Few: what lives but a moment costs the garbage collector
 * nothing, and a reader that is slower than its peer would have thousands of them.
 */
const ahead = 256

/** Bytes that wait to be decoded before the stream is not read any more: two reads, which are still in the cache. */
const readAhead = 131072

/** Messages in a row after which other connections and timers have their turn; a flood has 8192 in one chunk. */
const manyFrames = 8192

export class StreamConnection implements Connection, FrameSink {
  readonly info: ConnectionInfo
  readonly resumeBelow = 0.5
  readonly maxWaiting = ahead
  readonly #stream: Socket
  readonly #writer: Writer
  readonly #decoder: Decoder
  readonly #incoming = new Incoming()
  readonly #recvMaxSize: number
  #rest: Uint8Array | undefined
  #sink: ConnectionSink | undefined
  #over = false
  /** The stream is not read: before the start, or because of `pause`. */
  #stopped = true
  /** Bytes that may wait to be decoded; without bound while nothing has to wait. */
  #room = Number.POSITIVE_INFINITY
  /** Messages since the stream last breathed. */
  #frames = 0
  #cause: unknown

  /** `rest`: bytes that arrived after the peer's hello. */
  constructor(stream: Socket, framing: Framing, request: EndpointRequest, info: ConnectionInfo, rest: Uint8Array) {
    this.#stream = stream
    this.info = info
    this.#recvMaxSize = request.options.recvMaxSize
    this.#rest = rest
    this.#writer = new Writer(stream, framing, request.sendBuffer, () => this.#sink?.writable())
    this.#decoder = new Decoder(framing, this.#recvMaxSize, this)
    stream.on('error', (error: Error) => {
      this.#cause = error
    })
    stream.on('close', () => {
      // Before the start nobody can be told yet; `start` looks.
      if (this.#sink !== undefined) this.#gone()
    })
  }

  get pending(): number {
    return this.#writer.pending
  }

  start(sink: ConnectionSink): void {
    this.#sink = sink
    this.#stream.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk)
      if (this.#frames >= manyFrames) this.#breathe()
      this.#flow()
    })
    this.#stream.on('end', () => this.#end('closed-by-peer'))
    // The hello left the stream paused. What came after it may fill the pipe already.
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined && rest.length > 0) this.#decoder.push(rest)
    if (this.#stream.destroyed) this.#gone()
    else this.#flow()
  }

  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean {
    if (this.#over) return true
    return this.#writer.write(header, body, shared)
  }

  /** Decodes nothing more, and reads a little more: what waits as bytes costs less than what waits as messages. */
  pause(room: number): void {
    this.#decoder.pause()
    this.#room = Math.min(room, readAhead)
    this.#flow()
  }

  resume(): void {
    this.#room = Number.POSITIVE_INFINITY
    this.#decoder.resume()
    this.#flow()
  }

  close(linger: number): Promise<void> {
    const stream = this.#stream
    this.#sink = undefined
    this.#decoder.stop()
    this.#writer.flush()
    if (stream.destroyed || linger === 0) {
      // Where only the hello is on its way, as on a peer that is refused, TLS may still be at encrypting it.
      if (this.#writer.pending === 0) stream.destroySoon()
      else stream.destroy()
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      // What the peer still sends must be read: closing with unread data resets the connection and what it carries.
      stream.on('data', () => {})
      stream.resume()
      const timer = Number.isFinite(linger) ? startTimer(() => stream.destroy(), linger) : undefined
      stream.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      stream.end()
    })
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    this.#frames++
    this.#sink?.message(this.#incoming.set(bytes, start, end))
  }

  decoded(): void {
    // An idle connection keeps no chunk alive.
    this.#incoming.set(noBytes, 0, 0)
  }

  tooBig(size: number): void {
    this.#sink?.dropped('too-big', { size, limit: this.#recvMaxSize })
    this.#end('too-big')
  }

  malformed(): void {
    this.#end('malformed')
  }

  /** Stops reading when there is no room, goes on when half of it is free. */
  #flow(): void {
    if (this.#over) return
    const { backlog } = this.#decoder
    if (this.#stopped && backlog < this.#room / 2) {
      this.#stopped = false
      this.#stream.resume()
    } else if (!this.#stopped && backlog >= this.#room) {
      this.#stopped = true
      this.#stream.pause()
    }
  }

  /** Lets everything else have its turn: the system reads a stream up to 32 times in a row, 64 KiB each. */
  #breathe(): void {
    this.#frames = 0
    this.#stream.pause()
    setImmediate(() => {
      if (!this.#stopped && !this.#over) this.#stream.resume()
    })
  }

  #gone(): void {
    this.#end(this.#cause === undefined ? 'closed-by-peer' : 'connection-error', this.#cause)
  }

  #end(reason: DetachReason, cause?: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#decoder.end()) this.#sink?.dropped('truncated')
    this.#stream.destroy()
    const sink = this.#sink
    this.#sink = undefined
    sink?.closed(reason, cause)
  }
}
