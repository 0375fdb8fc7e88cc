/**
 * A connection over the platform's WebSocket. Sending is bounded by `bufferedAmount`, which has to be watched, since there is no
 * event for it. Receiving cannot be stopped: what arrives for a paused connection waits here, as many bytes as
 * `recvBuffer` again, and one message more ends the connection.
 */
import { joined } from '../../core/body.ts'
import { Incoming } from '../../core/incoming.ts'
import { platform } from '../../core/platform.ts'
import type { DetachReason } from '../../core/reasons.ts'
import type { Connection, ConnectionInfo, ConnectionSink, DialRequest } from '../../core/transport.ts'
import { within } from '../../core/waiting.ts'

/** How often a full connection looks whether it has room again, ms. */
const watchInterval = 10
/** Close codes that pages may use: 1000, and from 3000 on. */
const normal = 1000
const refused = 4009

export class BrowserConnection implements Connection {
  readonly info: ConnectionInfo
  readonly resumeBelow = 0.5
  /** Called at the first message; for the dialer. */
  onFirst: (() => void) | undefined
  readonly #socket: WebSocket
  readonly #request: DialRequest
  readonly #incoming = new Incoming()
  #sink: ConnectionSink | undefined
  #reading = false
  /** Arrived while nobody reads. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** Messages sent since the browser last had nothing to do. */
  #unsent = 0
  #watch: ReturnType<typeof setInterval> | undefined
  #ended: [reason: DetachReason, cause?: unknown] | undefined
  #over: (() => void) | undefined

  constructor(socket: WebSocket, request: DialRequest) {
    this.#socket = socket
    this.#request = request
    const { pathname, search, host, protocol } = new URL(request.url)
    this.info = {
      local: '',
      remote: `${protocol}//${host}`,
      peerProtocol: request.protocol.peer,
      ws: { url: pathname + search, headers: {} }
    }
    socket.onmessage = ({ data }) =>
      this.#arrived(typeof data === 'string' ? platform.encode(data) : new Uint8Array(data as ArrayBuffer))
    socket.addEventListener('close', ({ code, reason }) => this.#closed(code, reason))
  }

  get pending(): number {
    if (this.#socket.bufferedAmount === 0 && this.#socket.readyState === WebSocket.OPEN) this.#unsent = 0
    return this.#unsent
  }

  start(sink: ConnectionSink): void {
    this.#sink = sink
    this.resume()
    if (this.#ended !== undefined) sink.closed(...this.#ended)
  }

  send(header: Uint8Array, body: Uint8Array): boolean {
    const socket = this.#socket
    if (socket.bufferedAmount === 0) this.#unsent = 0
    this.#unsent++
    if (socket.readyState !== WebSocket.OPEN) return true
    const bytes = joined(header, body) as Uint8Array<ArrayBuffer>
    socket.send(this.#request.options.ws?.type === 'text' ? new TextDecoder().decode(bytes) : bytes)
    if (socket.bufferedAmount < this.#request.sendBuffer) return true
    this.#watch ??= setInterval(() => this.#room(), watchInterval)
    return false
  }

  pause(): void {
    this.#reading = false
  }

  resume(): void {
    this.#reading = true
    while (this.#reading) {
      const bytes = this.#held.shift()
      if (bytes === undefined) return
      this.#heldBytes -= bytes.length
      this.#deliver(bytes)
    }
  }

  close(linger: number): Promise<void> {
    this.#sink = undefined
    this.#held = []
    clearInterval(this.#watch)
    const socket = this.#socket
    // The browser sends what it has before the Close.
    socket.close(normal)
    if (linger === 0 || socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    return within<void>(linger, (over) => {
      this.#over = over
    })
  }

  #arrived(bytes: Uint8Array): void {
    this.onFirst?.()
    if (this.#ended !== undefined || this.#socket.readyState !== WebSocket.OPEN) return
    const { recvBuffer, options } = this.#request
    const size = bytes.length
    if (size > options.recvMaxSize) {
      this.#lose('too-big', size, options.recvMaxSize)
    } else if (this.#reading && this.#held.length === 0) {
      this.#deliver(bytes)
    } else if (this.#heldBytes + size > recvBuffer) {
      this.#lose('overflow', size, recvBuffer)
    } else {
      this.#held.push(bytes)
      this.#heldBytes += size
    }
  }

  /** Ends the connection for a message that cannot be taken. What is held arrived before it and stays receivable. */
  #lose(reason: 'too-big' | 'overflow', size: number, limit: number): void {
    this.#socket.close(refused, reason)
    this.#flush()
    this.#sink?.dropped(reason, { size, limit })
    this.#end(reason)
  }

  #flush(): void {
    for (const bytes of this.#held.splice(0)) this.#deliver(bytes)
  }

  #deliver(bytes: Uint8Array): void {
    this.#sink?.message(this.#incoming.set(bytes, 0, bytes.length))
  }

  #room(): void {
    if (this.#socket.bufferedAmount >= this.#request.sendBuffer) return
    clearInterval(this.#watch)
    this.#watch = undefined
    this.#sink?.writable()
  }

  #closed(code: number, reason: string): void {
    if (this.#socket.bufferedAmount === 0) this.#unsent = 0
    this.#over?.()
    this.#flush()
    const orderly = [1000, 1001, 1005].includes(code)
    this.#end(
      'closed-by-peer',
      orderly ? undefined : new Error(`the connection closed with ${code} ${reason}`.trimEnd())
    )
  }

  #end(reason: DetachReason, cause?: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = [reason, cause]
    clearInterval(this.#watch)
    const sink = this.#sink
    this.#sink = undefined
    sink?.closed(reason, cause)
  }
}
