/**
 * The one life of a connection, whatever carries it. It knows who is to be told, remembers what happens before anybody
 * is there to be told, reports the end once, and closes once.
 */
import type { DropDetails } from './events.ts'
import type { Incoming } from './incoming.ts'
import { Once } from './once.ts'
import type { DetachReason } from './reasons.ts'
import { Machine, type StateTable } from './state-machine.ts'
import type { ConnectionSink, Loss } from './transport.ts'

/** `held`: not started. `ended`: by the peer or an error. `closed`: by this side. */
export type ConnectionState = 'held' | 'flowing' | 'paused' | 'ended' | 'closed'
export type ConnectionEvent = 'start' | 'pause' | 'resume' | 'end' | 'close'

export const connectionStates: StateTable<ConnectionState, ConnectionEvent> = {
  name: 'connection',
  initial: 'held',
  transitions: {
    // the handshake is done and nobody takes messages yet
    held: { start: 'flowing', end: 'ended', close: 'closed' },
    flowing: { pause: 'paused', end: 'ended', close: 'closed' },
    // the pipe has as much as it may
    paused: { resume: 'flowing', end: 'ended', close: 'closed' },
    // by the peer, or by an error
    ended: { start: 'ended', close: 'closed' },
    // here
    closed: {}
  }
}

/** The life of a connection of any transport: who is told what, and in which order. A transport adds the framing. */
export class ConnectionLife {
  readonly #machine = new Machine(connectionStates)
  /** Who is told; nobody before the start and after the end. */
  #sink: ConnectionSink | undefined
  /** What happened while it was held. */
  #untold: ((sink: ConnectionSink) => void)[] = []
  readonly #closing = new Once()

  /** Where it is: held, flowing, paused, ended or closed. */
  get state(): ConnectionState {
    return this.#machine.state
  }

  /** Whether messages are wanted now. */
  get flowing(): boolean {
    return this.#machine.state === 'flowing'
  }

  /** Whether nothing is received or sent any more. */
  get over(): boolean {
    return this.#machine.state === 'ended' || this.#machine.state === 'closed'
  }

  /** `sink` takes over. It is told what happened before, also that the connection is over. */
  start(sink: ConnectionSink): void {
    if (this.#machine.state === 'closed') return
    this.#machine.fire('start')
    this.#sink = sink
    const untold = this.#untold
    this.#untold = []
    for (const report of untold) report(sink)
    if (this.over) this.#sink = undefined
  }

  /** Reports now, or at the start while nobody is there. */
  tell(report: (sink: ConnectionSink) => void): void {
    if (this.#machine.state === 'held') this.#untold.push(report)
    else if (this.#sink !== undefined) report(this.#sink)
  }

  /** False when it did not flow. */
  pause(): boolean {
    if (this.#machine.state !== 'flowing') return false
    this.#machine.fire('pause')
    return true
  }

  /** False when it was not paused. */
  resume(): boolean {
    if (this.#machine.state !== 'paused') return false
    this.#machine.fire('resume')
    return true
  }

  /** Hands a message to the sink. The cursor is only read during the call. */
  message(message: Incoming): void {
    this.#sink?.message(message)
  }

  /** Tells the sink that there is room again. */
  writable(): void {
    this.#sink?.writable()
  }

  /** Tells the sink that a message was lost. */
  dropped(reason: Loss, details?: DropDetails): void {
    this.tell((sink) => sink.dropped(reason, details))
  }

  /** It is over, by the peer or an error; what comes later counts no more. */
  end(reason: DetachReason, cause?: unknown): void {
    if (this.over) return
    const report = (sink: ConnectionSink): void => {
      this.#sink = undefined
      sink.closed(reason, cause)
    }
    if (this.#machine.state === 'held') this.#untold.push(report)
    this.#machine.fire('end')
    if (this.#sink !== undefined) report(this.#sink)
  }

  /** It is over, by us: nobody is told, and `finish` says farewell. Closing again resolves with the first. */
  close(finish: (before: ConnectionState) => Promise<void>): Promise<void> {
    return this.#closing.run(() => {
      const before = this.#machine.state
      this.#sink = undefined
      this.#machine.fire('close')
      return finish(before)
    })
  }
}
