/**
 * Two ends of an inproc connection. A message goes straight to the other end while that one reads; otherwise it waits
 * here, up to the sender's `sendBuffer`. The body is handed over as it is, without copying.
 */
import { EMPTY } from '../../core/platform.ts'
import type { DetachReason } from '../../core/reasons.ts'
import { Ring } from '../../core/ring.ts'
import type { Connection, ConnectionInfo, ConnectionSink, EndpointRequest } from '../../core/transport.ts'
import { within } from '../../core/waiting.ts'
import { IncomingParts } from './parts.ts'

export function connectionPair(
  dialer: EndpointRequest,
  listener: EndpointRequest
): [InprocConnection, InprocConnection] {
  const far = dialer.url
  const near = `${far}#${++connections}`
  const own = new InprocConnection(dialer, { local: near, remote: far, peerProtocol: listener.protocol.self })
  const theirs = new InprocConnection(listener, { local: far, remote: near, peerProtocol: dialer.protocol.self })
  own.other = theirs
  theirs.other = own
  return [own, theirs]
}

let connections = 0

/** However small they are, an end is full when this many messages wait. */
const maxWaitingMessages = 16384

interface Waiting {
  readonly header: Uint8Array
  readonly body: Uint8Array
}

class InprocConnection implements Connection {
  readonly info: ConnectionInfo
  readonly resumeBelow = 1
  other!: InprocConnection
  readonly #sendBuffer: number
  readonly #recvMaxSize: number
  readonly #waiting: Ring<Waiting> = new Ring()
  readonly #incoming = new IncomingParts()
  #waitingBytes = 0
  #sink: ConnectionSink | undefined
  #reading = false
  #closed = false
  /** Closed here: nothing is read any more, what waits still goes to the other end. */
  #closing = false
  #drained: (() => void) | undefined

  constructor(request: EndpointRequest, info: ConnectionInfo) {
    this.info = info
    this.#sendBuffer = request.sendBuffer
    this.#recvMaxSize = request.options.recvMaxSize
  }

  get pending(): number {
    return this.#waiting.length
  }

  start(sink: ConnectionSink): void {
    this.#sink = sink
    if (this.#closed) sink.closed('closed-by-peer')
    else this.resume()
  }

  send(header: Uint8Array, body: Uint8Array): boolean {
    if (this.#closed) return true
    const { other } = this
    const size = header.length + body.length
    if (other.#reading && this.#waiting.length === 0 && size <= other.#recvMaxSize) {
      other.#deliver(header, body)
      return true
    }
    this.#waiting.push({ header: header.length === 0 ? EMPTY : new Uint8Array(header), body })
    this.#waitingBytes += size
    // A message that is too big ends the connection; not inside the sender's call.
    if (other.#reading && this.#waiting.length === 1) queueMicrotask(() => this.#drain())
    return !this.#full
  }

  pause(): void {
    this.#reading = false
  }

  resume(): void {
    if (this.#closing) return
    this.#reading = true
    this.other.#drain()
  }

  async close(linger: number): Promise<void> {
    if (this.#closed) return
    this.#closing = true
    this.#reading = false
    // This end reads no more: if the other closes too, it need not wait for that.
    this.other.#drained?.()
    if (this.#waiting.length > 0 && linger > 0 && !this.other.#closing)
      await within<void>(linger, (drained) => {
        this.#drained = drained
      })
    if (this.#closed) return
    this.#closed = true
    this.other.#end('closed-by-peer')
  }

  /** Gives the other end what waits, while it reads. */
  #drain(): void {
    const { other } = this
    const wasFull = this.#full
    while (other.#reading && this.#waiting.length > 0) {
      const { header, body } = this.#waiting.shift() as Waiting
      const size = header.length + body.length
      this.#waitingBytes -= size
      if (size > other.#recvMaxSize) {
        other.#refuse(size)
        return
      }
      other.#deliver(header, body)
    }
    if (this.#waiting.length === 0) this.#drained?.()
    if (wasFull && !this.#full) this.#sink?.writable()
  }

  get #full(): boolean {
    return this.#waitingBytes >= this.#sendBuffer || this.#waiting.length >= maxWaitingMessages
  }

  #deliver(header: Uint8Array, body: Uint8Array): void {
    this.#sink?.message(this.#incoming.setParts(header, body))
  }

  #refuse(size: number): void {
    this.#sink?.dropped('too-big', { size, limit: this.#recvMaxSize })
    this.#end('too-big')
    this.other.#end('closed-by-peer')
  }

  #end(reason: DetachReason): void {
    if (this.#closed) return
    this.#closed = true
    this.#closing = true
    this.#reading = false
    this.#drained?.()
    this.#sink?.closed(reason)
  }
}
