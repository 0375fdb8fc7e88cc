/**
 * Sends a copy to every pipe (PUB, BUS, SURVEYOR). Never waits for a peer: one whose buffer is full misses the message,
 * alone and counted. A pipe that has become full is hopeful until it has room again or is given up: whoever can wait a
 * little before sending should, so that a peer that keeps up misses nothing.
 */
import type { SocketContext } from '../context.ts'
import type { Pipe } from '../pipe.ts'

/** Counts what was sent to all, so that a transport can tell that it is the same message; 0 is for none. */
let sent = 0

export class Distributor {
  readonly pipes: Set<Pipe> = new Set()
  /** How many of them are full now. */
  full = 0
  /** Told when the last hopeful pipe has room again or is gone. */
  onRoom: (() => void) | undefined
  readonly #hopeful: Set<Pipe> = new Set()
  /** Pipes whose peers want only some of the messages. */
  #filtering = 0
  readonly #context: SocketContext

  constructor(context: SocketContext) {
    this.#context = context
  }

  /** Whether a full pipe may have room soon. */
  get hopeful(): boolean {
    return this.#hopeful.size > 0
  }

  add(pipe: Pipe): void {
    this.pipes.add(pipe)
    if (pipe.filter !== undefined) this.#filtering++
  }

  remove(pipe: Pipe): void {
    if (pipe.filter !== undefined && this.pipes.has(pipe)) this.#filtering--
    if (this.pipes.delete(pipe) && pipe.full) this.writable(pipe)
  }

  writable(pipe: Pipe): void {
    this.full--
    if (this.#hopeful.delete(pipe) && this.#hopeful.size === 0) this.onRoom?.()
  }

  /** Pipes that are full now miss messages until they have room. */
  giveUp(): void {
    this.#hopeful.clear()
  }

  /** Sends to all pipes but `except`. */
  send(header: Uint8Array, body: Uint8Array, except?: Pipe): void {
    if (this.pipes.size === 0) {
      this.#context.drop('no-peer', undefined, { size: body.length })
      return
    }
    const shared = this.pipes.size > 1 ? ++sent : 0
    const filtering = this.#filtering > 0
    for (const pipe of this.pipes) {
      if (pipe === except || (filtering && pipe.filter?.wants(header, body) === false)) continue
      if (pipe.full) this.#context.drop('queue-full', pipe, { size: body.length })
      else if (!pipe.send(header, body, shared)) {
        this.full++
        this.#hopeful.add(pipe)
      }
    }
  }
}
