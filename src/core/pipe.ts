/**
 * A pipe is one live connection of a socket, from the accepted handshake to its end. To applications it says who the
 * peer is; to protocols it sends, counts, and stops reading when too much is waiting to be received.
 */
import type { DropDetails, SocketContext } from './context.ts'
import type { Dialer } from './dialer.ts'
import type { Incoming } from './incoming.ts'
import type { Listener } from './listener.ts'
import { Once } from './once.ts'
import type { Protocol } from './protocol.ts'
import type { DetachReason, DropReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Drops, messageCounts, type PipeStats, tally } from './stats.ts'
import type { Connection, ConnectionInfo, ConnectionSink } from './transport.ts'

export type PipeState = 'attaching' | 'attached' | 'draining' | 'closed'
export type PipeEvent = 'attach' | 'close' | 'lost' | 'drained'

export const pipeStates: StateTable<PipeState, PipeEvent> = {
  name: 'pipe',
  initial: 'attaching',
  transitions: {
    attaching: { attach: 'attached', lost: 'closed' },
    attached: { close: 'draining', lost: 'closed' },
    draining: { drained: 'closed' },
    closed: {}
  }
}

/** However small its messages are, a pipe is full when this many wait to be received. */
const manyMessages = 16384

let lastId = Math.floor(Math.random() * 0x7fffffff)
const liveIds = new Set<number>()

/** 31-bit ids, random start, unique among live pipes. */
function takeId(): number {
  do lastId = (lastId + 1) & 0x7fffffff
  while (lastId === 0 || liveIds.has(lastId))
  liveIds.add(lastId)
  return lastId
}

export class Pipe implements ConnectionSink {
  /** Unique among the live pipes of the process; 31 bits. */
  readonly id: number = takeId()
  readonly endpoint: Dialer | Listener
  readonly sendPriority: number
  readonly recvPriority: number
  /** Messages handed to the transport and arrived from it, and their body bytes. */
  messagesSent = 0
  messagesReceived = 0
  bytesSent = 0
  bytesReceived = 0
  /** The transport has as much as it takes; `writable` follows. For protocols. */
  full = false
  readonly #machine = new Machine(pipeStates)
  readonly #connection: Connection
  readonly #protocol: Protocol
  readonly #context: SocketContext
  readonly #onEnd: (pipe: Pipe, reason: DetachReason, cause: unknown) => void
  readonly #limit: number
  #maxWaiting: number
  #waitingBytes = 0
  #waitingMessages = 0
  #paused = false
  #keepsReading = false
  #drops: Drops | undefined
  readonly #closing = new Once()
  #gone: AbortController | undefined

  constructor(
    context: SocketContext,
    protocol: Protocol,
    endpoint: Dialer | Listener,
    connection: Connection,
    onEnd: (pipe: Pipe, reason: DetachReason, cause: unknown) => void
  ) {
    this.#context = context
    this.#protocol = protocol
    this.endpoint = endpoint
    this.sendPriority = endpoint.options.sendPriority
    this.recvPriority = endpoint.options.recvPriority
    this.#connection = connection
    this.#onEnd = onEnd
    this.#limit = context.options.recvBuffer
    this.#maxWaiting = connection.maxWaiting ?? manyMessages
  }

  /** Address of the peer, such as `tcp://10.0.0.7:41302`. */
  get address(): string {
    return this.info.remote
  }

  /** Own address, own and peer protocol ids, TLS, WebSocket and credential information as far as they are known. */
  get info(): ConnectionInfo {
    return this.#connection.info
  }

  /** SP endpoint id of the peer, such as 0x31 for REP. */
  get peerProtocol(): number {
    return this.info.peerProtocol
  }

  /** Aborts when the pipe ends. */
  get signal(): AbortSignal {
    this.#gone ??= new AbortController()
    if (this.#machine.state !== 'attached') this.#gone.abort()
    return this.#gone.signal
  }

  get state(): PipeState {
    return this.#machine.state
  }

  /** Joins the protocol, which may send at once. For the core. */
  join(): void {
    this.#machine.fire('attach')
    this.#protocol.attach(this)
  }

  /** Starts reading. For the core, after the `attach` event. */
  begin(): void {
    if (this.#machine.state === 'attached') this.#connection.start(this)
  }

  /** Sends one message; true while there is room for more. `shared` is that of `Connection.send`. For protocols. */
  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean {
    this.messagesSent++
    this.bytesSent += body.length
    const room = this.#connection.send(header, body, shared)
    this.full = !room
    return room
  }

  /** A message of `size` bytes waits to be received: stop reading at the limit. For protocols. */
  charge(size: number): void {
    this.#waitingBytes += size
    this.#waitingMessages++
    if (this.#paused || this.#keepsReading || !this.recvFull) return
    this.#paused = true
    this.#connection.pause(this.#limit - this.#waitingBytes)
  }

  /** It was received or discarded. For protocols. */
  release(size: number): void {
    this.#waitingBytes -= size
    this.#waitingMessages--
    if (!this.#paused || this.#holds(this.#connection.resumeBelow)) return
    this.#paused = false
    this.#connection.resume()
  }

  /** The protocol bounds what waits by dropping: reading goes on at the limit. For protocols. */
  keepReading(): void {
    this.#keepsReading = true
    this.#maxWaiting = manyMessages
  }

  /** Whether as much waits to be received as `recvBuffer` allows. For protocols. */
  get recvFull(): boolean {
    return this.#holds(1)
  }

  /** Leaves the protocol at once and delivers what was sent for at most `linger` ms. For the core. */
  close(linger: number): Promise<void> {
    return this.#closing.run(async () => {
      if (this.#machine.state !== 'attached') return
      this.#machine.fire('close')
      this.#leave('closed-locally', undefined)
      await this.#connection.close(linger)
      this.#finish('drained')
    })
  }

  message(message: Incoming): void {
    if (this.#machine.state !== 'attached') return
    this.messagesReceived++
    this.#protocol.receive(this, message)
    this.bytesReceived += message.size
  }

  writable(): void {
    this.full = false
    if (this.#machine.state === 'attached') this.#protocol.writable(this)
  }

  dropped(reason: DropReason, details?: DropDetails): void {
    if (this.#machine.state === 'attached') this.#context.drop(reason, this, details)
  }

  closed(reason: DetachReason, cause?: unknown): void {
    if (this.#machine.state !== 'attached') return
    this.#finish('lost')
    this.#leave(reason, cause)
  }

  countDrop(reason: DropReason, count: number): void {
    this.#drops ??= {}
    tally(this.#drops, reason, count)
    tally(this.endpoint.counters.drops, reason, count)
  }

  stats(): PipeStats {
    return {
      id: this.id,
      address: this.address,
      endpoint: this.endpoint.url,
      ...messageCounts(this),
      sendQueue: this.#connection.pending,
      recvQueue: this.#waitingMessages,
      drops: { ...this.#drops }
    }
  }

  /** Whether this share of what may wait to be received waits. */
  #holds(share: number): boolean {
    return this.#waitingBytes >= this.#limit * share || this.#waitingMessages >= this.#maxWaiting * share
  }

  #leave(reason: DetachReason, cause: unknown): void {
    this.#protocol.detach(this)
    this.#gone?.abort()
    this.#onEnd(this, reason, cause)
  }

  #finish(event: 'lost' | 'drained'): void {
    this.#machine.fire(event)
    liveIds.delete(this.id)
    const count = this.#connection.pending
    if (count > 0) this.#context.drop('closed', this, { count })
  }
}
