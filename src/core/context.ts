/**
 * What a socket shares with its protocol, pipes and queues: options, counters and events. Protocols see the socket only
 * through this.
 */
import { SpError } from './errors.ts'
import type { DropDetails, DropEvent, SocketEmitter } from './events.ts'
import type { Intake } from './intake.ts'
import type { ResolvedOptions } from './options.ts'
import type { PeerInfo } from './peer.ts'
import type { Pipe } from './pipe.ts'
import type { DropReason } from './reasons.ts'
import { Counters, MessageCounter, tally } from './stats.ts'

/**
 * What a protocol gets of its socket: options, counters, and the ways in which messages are dropped and calls
 * refused.
 */
export class SocketContext extends MessageCounter {
  /** @internal */
  readonly events: SocketEmitter
  /** Why nobody is connected; undefined where somebody is, or it is not known. @internal */
  readonly why: () => unknown
  /** @internal */
  readonly counters: Counters = new Counters()
  /** Options of the socket, checked and complete. */
  readonly options: ResolvedOptions
  /** What waits to be received on all pipes, once there is an `Inbox`, or the protocol made it. */
  intake: Intake | undefined
  /** Copies of requests that were sent again. */
  resends = 0
  /** Whether the socket was closed. */
  closed = false
  /** A device owns sending and receiving. */
  reserved = false
  /** Tells that device that the socket begins to close, which may take as long as it lingers. */
  onClosing: (() => void) | undefined

  constructor(options: ResolvedOptions, events: SocketEmitter, why: () => unknown) {
    super()
    this.options = options
    this.events = events
    this.why = why
  }

  /** Name of the socket, for messages and statistics. */
  get name(): string {
    return this.options.name
  }

  /**
   * Counts a loss on the socket, and on the pipe and its endpoint where one is concerned, and tells listeners. `lost`: how
   * many bytes the message has, or more about it.
   */
  drop(reason: DropReason, pipe?: PeerInfo, lost?: number | DropDetails): void {
    const count = (lost as DropDetails | undefined)?.count ?? 1
    tally(this.counters.drops, reason, count)
    // What applications see of a peer is a pipe of this socket.
    ;(pipe as Pipe | undefined)?.countDrop(reason, count)
    if (!this.events.has('drop')) return
    const details = typeof lost === 'number' ? { size: lost } : lost
    this.events.emit('drop', { ...details, reason, count, ...(pipe && { pipe }) } satisfies DropEvent)
  }

  /** The error of an operation on a closed socket. */
  closedError(): SpError {
    return new SpError('EBADF', { about: this.name })
  }

  /** Throws `EBADF` on a closed socket. */
  assertOpen(): void {
    if (this.closed) throw this.closedError()
  }

  /** Throws `EBADF` on a closed socket, `EBUSY` on one that a device uses. */
  assertUsable(): void {
    this.assertOpen()
    if (this.reserved) throw new SpError('EBUSY', { about: this.name })
  }
}
