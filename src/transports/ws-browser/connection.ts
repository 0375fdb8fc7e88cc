/**
 * A connection over the platform's WebSocket. Sending is bounded by `bufferedAmount`, which has to be watched, since there is no
 * event for it. Receiving cannot be stopped: what arrives for a paused connection waits here, as many bytes as
 * `recvBuffer` again in a bounded number of messages, and one message more ends the connection.
 */
import { joined } from '../../core/body.ts'
import { ConnectionLife } from '../../core/connection-life.ts'
import { Incoming } from '../../core/incoming.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import { platform } from '../../core/platform.ts'
import { Ring } from '../../core/ring.ts'
import type { Connection, ConnectionSink, DialRequest } from '../../core/transport.ts'
import { within } from '../../core/waiting.ts'

/** How often a full connection looks whether it has room again, ms. */
const watchInterval = 10
/** Messages that may wait, however small. */
const manyMessages = 16384
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
  readonly #life = new ConnectionLife()
  /** Arrived while nobody reads. */
  readonly #held: Ring<Uint8Array> = new Ring()
  #heldBytes = 0
  /** Messages sent since the browser last had nothing to do. */
  #unsent = 0
  #watch: ReturnType<typeof setInterval> | undefined
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
    this.#life.start(sink)
    this.#deliverHeld()
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
    this.#life.pause()
  }

  resume(): void {
    if (this.#life.resume()) this.#deliverHeld()
  }

  close(linger: number): Promise<void> {
    return this.#life.close(async () => {
      clearInterval(this.#watch)
      const socket = this.#socket
      // The browser sends what it has before the Close.
      socket.close(normal)
      if (linger === 0 || socket.readyState === WebSocket.CLOSED) return
      await within<void>(linger, (over) => {
        this.#over = over
      })
    })
  }

  #arrived(bytes: Uint8Array): void {
    this.onFirst?.()
    if (this.#life.over || this.#socket.readyState !== WebSocket.OPEN) return
    const { recvBuffer, options } = this.#request
    const size = bytes.length
    if (size > options.recvMaxSize) {
      this.#lose('too-big', size, options.recvMaxSize)
    } else if (this.#life.flowing && this.#held.length === 0) {
      this.#deliver(bytes)
    } else if (this.#heldBytes + size > recvBuffer || this.#held.length === manyMessages) {
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
    this.#life.dropped(reason, { size, limit })
    this.#end(reason)
  }

  #deliverHeld(): void {
    while (this.#life.flowing && this.#held.length > 0) {
      const bytes = this.#held.shift() as Uint8Array
      this.#heldBytes -= bytes.length
      this.#deliver(bytes)
    }
  }

  /** Hands over what is held, wanted now or not: it is over. */
  #flush(): void {
    this.#life.tell(() => {
      for (let bytes = this.#held.shift(); bytes !== undefined; bytes = this.#held.shift()) this.#deliver(bytes)
    })
  }

  #deliver(bytes: Uint8Array): void {
    this.#life.message(this.#incoming.set(bytes, 0, bytes.length))
  }

  #room(): void {
    if (this.#socket.bufferedAmount >= this.#request.sendBuffer) return
    clearInterval(this.#watch)
    this.#watch = undefined
    this.#life.writable()
  }

  #closed(code: number, reason: string): void {
    if (this.#socket.bufferedAmount === 0) this.#unsent = 0
    this.#over?.()
    this.#flush()
    const orderly = [1000, 1001, 1005].includes(code)
    this.#end('closed-by-peer', orderly ? undefined : new Error(`closed with ${code} ${reason}`))
  }

  #end(reason: 'too-big' | 'overflow' | 'closed-by-peer', cause?: unknown): void {
    clearInterval(this.#watch)
    this.#life.end(reason, cause)
  }
}
