/**
 * One live connection of a socket, from the accepted handshake to its end. It has three faces: `PeerInfo` for
 * applications, `Pipe` for protocols, `ConnectionSink` for the connection below it.
 */
import type { SocketContext } from './context.ts'
import type { DropDetails } from './events.ts'
import type { Incoming } from './incoming.ts'
import type { PipeIntake } from './intake.ts'
import { Once } from './once.ts'
import type { ConnectionInfo, EndpointInfo, PipeState } from './peer.ts'
import type { Pipe } from './pipe.ts'
import type { Protocol } from './protocol.ts'
import type { DetachReason, DropReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import { type Counters, type Drops, MessageCounter, type PipeStats, tally } from './stats.ts'
import type { TopicFilter } from './topics/filter.ts'
import type { Connection, ConnectionSink } from './transport.ts'

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

let lastId = Math.floor(Math.random() * 0x7fffffff)
const liveIds = new Set<number>()

/** 31-bit ids, random start, unique among live pipes. */
function takeId(): number {
  do lastId = (lastId + 1) & 0x7fffffff
  while (lastId === 0 || liveIds.has(lastId))
  liveIds.add(lastId)
  return lastId
}

/** The endpoint a pipe came through, as the pipe needs it. */
export interface PipeEndpoint extends EndpointInfo {
  readonly options: { readonly sendPriority: number; readonly recvPriority: number }
  readonly counters: Counters
  /** A pipe of it ended. */
  left(pipe: LivePipe, reason: DetachReason, cause: unknown): void
}

export class LivePipe extends MessageCounter implements Pipe, ConnectionSink {
  readonly id: number = takeId()
  readonly endpoint: PipeEndpoint
  readonly sendPriority: number
  readonly recvPriority: number
  full = false
  readonly #machine = new Machine(pipeStates)
  readonly #connection: Connection
  readonly #protocol: Protocol
  readonly #context: SocketContext
  #intake: PipeIntake | undefined
  #drops: Drops | undefined
  readonly #closing = new Once()
  #gone: AbortController | undefined

  constructor(context: SocketContext, protocol: Protocol, endpoint: PipeEndpoint, connection: Connection) {
    super()
    this.#context = context
    this.#protocol = protocol
    this.endpoint = endpoint
    this.sendPriority = endpoint.options.sendPriority
    this.recvPriority = endpoint.options.recvPriority
    this.#connection = connection
  }

  get address(): string {
    return this.info.remote
  }

  get info(): ConnectionInfo {
    return this.#connection.info
  }

  get peerProtocol(): number {
    return this.info.peerProtocol
  }

  get signal(): AbortSignal {
    this.#gone ??= new AbortController()
    if (this.#machine.state !== 'attached') this.#gone.abort()
    return this.#gone.signal
  }

  get filter(): TopicFilter | undefined {
    return this.#connection.filter
  }

  get state(): PipeState {
    return this.#machine.state
  }

  get intake(): PipeIntake | undefined {
    this.#intake ??= this.#context.intake?.open(this.#connection)
    return this.#intake
  }

  /** Joins the protocol, which may send at once. */
  join(): void {
    this.#machine.fire('attach')
    this.#protocol.attach(this)
  }

  /** Starts reading, after the `attach` event. */
  begin(): void {
    if (this.#machine.state !== 'attached') return
    this.#connection.start(this)
    this.intake?.begin()
  }

  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean {
    this.messagesSent++
    this.bytesSent += body.length
    const room = this.#connection.send(header, body, shared)
    this.full = !room
    return room
  }

  /** Leaves the protocol at once and delivers what was sent for at most `linger` ms. */
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
    if (this.#context.closed) this.#context.drop('closed', this, message.size)
    else this.#protocol.receive(this, message)
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
      ...this.messageCounts(),
      sendQueue: this.#connection.pending,
      recvQueue: this.#intake?.messages ?? 0,
      drops: { ...this.#drops }
    }
  }

  #leave(reason: DetachReason, cause: unknown): void {
    this.#intake?.leave()
    this.#protocol.detach(this)
    this.#gone?.abort()
    this.endpoint.left(this, reason, cause)
  }

  #finish(event: 'lost' | 'drained'): void {
    this.#machine.fire(event)
    liveIds.delete(this.id)
    const count = this.#connection.pending
    if (count > 0) this.#context.drop('closed', this, { count })
  }
}
