/**
 * A transport for tests, written with nothing but public exports: `memory://name` moves copies of messages inside the
 * process, always on a later turn of the event loop, so that everything about it is as asynchronous as a network.
 */
import {
  type Binding,
  type Connection,
  type ConnectionInfo,
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
  async listen(request): Promise<Binding> {
    if (listeners.has(request.address)) throw new SpError('EADDRINUSE', { endpoint: request.url })
    listeners.set(request.address, request)
    return { url: request.url, close: async () => void listeners.delete(request.address) }
  },
  async dial(request): Promise<Connection> {
    await turn()
    request.signal.throwIfAborted()
    const listener = listeners.get(request.address)
    if (listener === undefined) throw new SpError('ECONNREFUSED', { endpoint: request.url })
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
  readonly #request: EndpointRequest
  readonly #outgoing: Uint8Array[] = []
  #outgoingBytes = 0
  #sink: ConnectionSink | undefined
  #reading = false
  #closed = false
  #moving = false

  constructor(request: EndpointRequest, info: ConnectionInfo) {
    this.#request = request
    this.info = info
  }

  get pending(): number {
    return this.#outgoing.length
  }

  start(sink: ConnectionSink): void {
    // The other end may have closed before this one was taken.
    if (this.#closed) {
      sink.closed('closed-by-peer')
      return
    }
    this.#sink = sink
    this.resume()
  }

  send(header: Uint8Array, body: Uint8Array): boolean {
    const message = Buffer.concat([header, body])
    this.#outgoing.push(message)
    this.#outgoingBytes += message.length + overhead
    this.#move()
    return this.#outgoingBytes < this.#request.sendBuffer
  }

  pause(): void {
    this.#reading = false
  }

  resume(): void {
    this.#reading = true
    this.other.#move()
  }

  async close(linger: number): Promise<void> {
    const end = performance.now() + linger
    this.#reading = false
    while (!this.#closed && this.#outgoing.length > 0 && performance.now() < end) await turn()
    if (this.#closed) return
    this.#closed = true
    this.other.#end('closed-by-peer')
  }

  #move(): void {
    if (this.#moving) return
    this.#moving = true
    setImmediate(() => {
      this.#moving = false
      this.#deliver()
    })
  }

  /** Hands over what waits, as long as the other end reads. */
  #deliver(): void {
    const { other } = this
    const wasFull = this.#outgoingBytes >= this.#request.sendBuffer
    const limit = other.#request.options.recvMaxSize
    while (other.#reading && !this.#closed) {
      const message = this.#outgoing.shift()
      if (message === undefined) break
      this.#outgoingBytes -= message.length + overhead
      if (message.length > limit) {
        other.#sink?.dropped('too-big', { size: message.length, limit })
        other.#end('too-big')
        this.#end('closed-by-peer')
        return
      }
      other.#sink?.message(new Incoming().set(message, 0, message.length))
    }
    if (wasFull && this.#outgoingBytes < this.#request.sendBuffer) this.#sink?.writable()
  }

  #end(reason: 'closed-by-peer' | 'too-big'): void {
    if (this.#closed) return
    this.#closed = true
    this.#reading = false
    this.#sink?.closed(reason)
  }
}
