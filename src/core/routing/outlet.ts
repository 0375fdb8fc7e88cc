/**
 * One pipe of those that get every message: is it worth waiting for when its buffer is full? It is, for as long as it may
 * yet take a buffer of messages within `patience`. One that does not is given up, which costs the others nothing any
 * more, until it has taken what waited for it. Its failures have a memory: one that is given up again and again must
 * keep up by itself, or is left alone for longer each time.
 */
import type { Pipe } from '../pipe.ts'
import { Machine, type StateTable } from '../state-machine.ts'

export type OutletState = 'ready' | 'hopeful' | 'givenUp'
export type OutletEvent = 'fill' | 'room' | 'giveUp' | 'caughtUp'

export const outletStates: StateTable<OutletState, OutletEvent> = {
  name: 'outlet',
  initial: 'ready',
  transitions: {
    ready: { fill: 'hopeful' },
    // its buffer has filled, and whoever can wait does
    hopeful: { room: 'ready', giveUp: 'givenUp' },
    // it gets what fits, and nobody waits
    givenUp: { fill: 'givenUp', room: 'givenUp', caughtUp: 'ready' }
  }
}

/**
 * How long a pipe may take for a buffer of messages: this many looks, this far apart in ms. Not one timer, which says
 * little after a process had to wait for its processor.
 */
const looks = 10
export const lookInterval = 10
const patience = looks * lookInterval

/** A buffer of messages is `sendBuffer`, but this at most, bytes. A message counts as at least `smallest`. */
const enough = 2 ** 20
const smallest = 64

/** Buffers in a row that show that a pipe keeps up: the system takes one or two at a time even from a slow one. */
const steady = 4

/** For how many times its patience a pipe is left alone that was given up twice; longer by as much each time after that. */
const respite = 10

export class Outlet {
  readonly #machine = new Machine(outletStates)
  readonly #pipe: Pipe
  readonly #buffer: number
  /** When the buffer filled that it is taking now, and what had been sent by then. */
  #since = 0
  #mark = Number.NEGATIVE_INFINITY
  /** How often it was looked at since and was full. */
  #looks = 0
  /** Buffers in a row that it took in time. */
  #quick = 0
  /** How often it was given up without having kept up since, and when last. */
  #failures = 0
  #failedAt = 0

  constructor(pipe: Pipe, sendBuffer: number) {
    this.#pipe = pipe
    this.#buffer = Math.min(sendBuffer, enough)
  }

  get hopeful(): boolean {
    return this.#machine.state === 'hopeful'
  }

  /** Its buffer is full. */
  fill(): void {
    const sent = this.#pipe.bytesSent + smallest * this.#pipe.messagesSent
    if (sent - this.#mark >= this.#buffer) this.#caughtUp(sent)
    this.#machine.fire('fill')
  }

  room(): void {
    this.#machine.fire('room')
  }

  /** It is still hopeful. */
  look(): void {
    if (++this.#looks < looks) return
    this.#machine.fire('giveUp')
    this.#failures++
    this.#failedAt = performance.now()
  }

  /** As much has been sent as its buffer holds, so what was in there when it filled before has been taken. */
  #caughtUp(sent: number): void {
    const now = performance.now()
    this.#quick = now - this.#since <= patience ? this.#quick + 1 : 0
    if (this.#quick >= steady) this.#failures = 0
    this.#since = now
    this.#looks = 0
    this.#mark = sent
    const alone = Math.max(this.#failures - 1, 0) * respite * patience
    if (this.#machine.state === 'givenUp' && now >= this.#failedAt + alone) this.#machine.fire('caughtUp')
  }
}
