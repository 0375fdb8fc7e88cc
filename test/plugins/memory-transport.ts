/**
 * A transport for tests, written with nothing but public exports: `memory://name` moves copies of messages inside the
 * process, always on a later turn of the event loop, so that everything about it is as asynchronous as a network.
 */
import {
  type Connection,
  type ConnectionInfo,
  ConnectionLife,
  type ConnectionSink,
  type DialRequest,
  type EndpointRequest,
  Incoming,
  type ListenRequest,
  Refusal,
  SpError,
  type Transport
} from 'hubless'

/** Counted for every message, so that a flood of empty ones fills the buffer too. */
const overhead = 8

const listeners = new Map<string, ListenRequest>()

export const memory: Transport = {
  schemes: ['memory'],
  check(address) {
    if (address === '') throw new SpError('EINVAL', { message: 'memory:// needs a name' })
  },
  async listen(request) {
    if (listeners.has(request.address)) throw new SpError('EADDRINUSE', { endpoint: request.url })
    listeners.set(request.address, request)
    return { url: request.url, close: async () => void listeners.delete(request.address) }
  },
  async dial(request) {
    await turn()
    request.signal.throwIfAborted()
    const listener = listeners.get(request.address)
    if (listener === undefined) throw new SpError('ECONNREFUSED', { endpoint: request.url })
    const full = request.admit(request.url)
    if (full !== undefined) throw full
    const busy = listener.admit(request.url)
    if (busy !== undefined) listener.refuse(busy)
    const [own, theirs] = connect(request, listener)
    const refusal = busy ?? listener.accept(theirs)
    if (refusal !== undefined) throw new Refusal(refusal.reason, refusal.message, request.url)
    return own
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function connect(dialer: DialRequest, listener: ListenRequest): [MemoryConnection, MemoryConnection] {
  const near = `${dialer.url}/dialer`
  const own = new MemoryConnection(dialer, { local: near, remote: dialer.url, peerProtocol: listener.protocol.self })
  const theirs = new MemoryConnection(listener, { local: dialer.url, remote: near, peerProtocol: dialer.protocol.self })
  own.other = theirs
  theirs.other = own
  return [own, theirs]
}

class MemoryConnection implements Connection {
  readonly info: ConnectionInfo
  readonly resumeBelow = 0.5
  other!: MemoryConnection
  readonly life = new ConnectionLife()
  readonly #request: EndpointRequest
  readonly #outgoing: Uint8Array[] = []
  #outgoingBytes = 0

  constructor(request: EndpointRequest, info: ConnectionInfo) {
    this.#request = request
    this.info = info
  }

  get pending(): number {
    return this.#outgoing.length
  }

  start(sink: ConnectionSink): void {
    this.life.start(sink)
    this.other.#deliverLater()
  }

  send(header: Uint8Array, body: Uint8Array): boolean {
    const message = Buffer.concat([header, body])
    this.#outgoing.push(message)
    this.#outgoingBytes += message.length + overhead
    this.#deliverLater()
    return this.#outgoingBytes < this.#request.sendBuffer
  }

  pause(): void {
    this.life.pause()
  }

  resume(): void {
    if (this.life.resume()) this.other.#deliverLater()
  }

  close(linger: number): Promise<void> {
    return this.life.close(async () => {
      const end = performance.now() + linger
      while (!this.other.life.over && this.#outgoing.length > 0 && performance.now() < end) await turn()
      this.other.life.end('closed-by-peer')
    })
  }

  #deliverLater(): void {
    setImmediate(() => this.#deliver())
  }

  /** Hands over what waits, as long as the other end reads. */
  #deliver(): void {
    const { other } = this
    const wasFull = this.#outgoingBytes >= this.#request.sendBuffer
    const limit = other.#request.options.recvMaxSize
    while (other.life.flowing) {
      const message = this.#outgoing.shift()
      if (message === undefined) break
      this.#outgoingBytes -= message.length + overhead
      if (message.length > limit) {
        other.life.dropped('too-big', { size: message.length, limit })
        other.life.end('too-big')
        this.life.end('closed-by-peer')
        return
      }
      other.life.message(new Incoming().set(message, 0, message.length))
    }
    if (wasFull && this.#outgoingBytes < this.#request.sendBuffer) this.life.writable()
  }
}
