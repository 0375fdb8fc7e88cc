/**
 * Two ends of an inproc connection. A message goes straight to the other end while that one reads; otherwise it waits
 * here, up to the sender's `sendBuffer`. A body that nobody else has is handed over as it is; otherwise the receiver gets
 * a copy of its own.
 */
import { copied } from '../../core/body.ts'
import { ConnectionLife } from '../../core/connection-life.ts'
import { noBytes } from '../../core/incoming.ts'
import { IncomingParts } from '../../core/incoming-parts.ts'
import type { ConnectionInfo } from '../../core/peer.ts'
import type { DetachReason } from '../../core/reasons.ts'
import { Ring } from '../../core/ring.ts'
import type { Connection, ConnectionSink, EndpointRequest } from '../../core/transport.ts'
import { within } from '../../core/waiting.ts'

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
  readonly #life = new ConnectionLife()
  readonly #sendBuffer: number
  readonly #recvMaxSize: number
  readonly #waiting: Ring<Waiting> = new Ring()
  readonly #incoming = new IncomingParts()
  #waitingBytes = 0
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
    this.#life.start(sink)
    this.other.#drain()
  }

  send(header: Uint8Array, body: Uint8Array, shared = 0): boolean {
    if (this.#life.over) return true
    const { other } = this
    const size = header.length + body.length
    const fits = size <= other.#recvMaxSize
    const own = fits && shared !== 0 ? copied(body) : body
    if (fits && other.#life.flowing && this.#waiting.length === 0) {
      other.#deliver(header, own)
      return true
    }
    this.#waiting.push({ header: header.length === 0 ? noBytes : new Uint8Array(header), body: own })
    this.#waitingBytes += size
    // A message that is too big ends the connection; not inside the sender's call.
    if (other.#life.flowing && this.#waiting.length === 1) queueMicrotask(() => this.#drain())
    return !this.#full
  }

  pause(): void {
    this.#life.pause()
  }

  resume(): void {
    this.#life.resume()
    this.other.#drain()
  }

  close(linger: number): Promise<void> {
    return this.#life.close(async () => {
      const { other } = this
      // This end reads no more: if the other closes too, it need not wait for that.
      other.#drained?.()
      if (this.#waiting.length > 0 && linger > 0 && !other.#life.over) {
        await within<void>(linger, (drained) => {
          this.#drained = drained
        })
      }
      other.#end('closed-by-peer')
    })
  }

  /** Gives the other end what waits, while it reads. */
  #drain(): void {
    const { other } = this
    const wasFull = this.#full
    while (other.#life.flowing && this.#waiting.length > 0) {
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
    if (wasFull && !this.#full) this.#life.writable()
  }

  get #full(): boolean {
    return this.#waitingBytes >= this.#sendBuffer || this.#waiting.length >= maxWaitingMessages
  }

  #deliver(header: Uint8Array, body: Uint8Array): void {
    this.#life.message(this.#incoming.setParts(header, body))
  }

  #refuse(size: number): void {
    this.#life.dropped('too-big', { size, limit: this.#recvMaxSize })
    this.#end('too-big')
    this.other.#end('closed-by-peer')
  }

  #end(reason: DetachReason): void {
    this.#drained?.()
    this.#life.end(reason)
  }
}
