/**
 * Sends a copy to every pipe (PUB, BUS, SURVEYOR) and never waits: one whose buffer is full misses the message, alone
 * and counted. It knows for which pipes one should wait a little before the next message, and tells when there is none.
 */
import type { SocketContext } from '../context.ts'
import type { Pipe } from '../pipe.ts'
import { Outlet } from './outlet.ts'

/** Counts what was sent to all, so that a transport can tell that it is the same message; 0 is for none. */
let sent = 0

/** Sends to every pipe that has room, and counts what the others miss. */
export class Distributor {
  /** Told when no pipe is waited for any more. */
  onRoom: (() => void) | undefined
  readonly #context: SocketContext
  readonly #outlets: Map<Pipe, Outlet> = new Map()
  readonly #hopeful: Set<Outlet> = new Set()
  /** Pipes whose peers want only some of the messages. */
  #filtering = 0

  constructor(context: SocketContext) {
    this.#context = context
  }

  /** How many pipes there are. */
  get size(): number {
    return this.#outlets.size
  }

  /** Whether a pipe has just become full and may have room soon. */
  get hopeful(): boolean {
    return this.#hopeful.size > 0
  }

  /** A pipe takes part. */
  add(pipe: Pipe): void {
    this.#outlets.set(pipe, new Outlet(pipe, this.#context.options.sendBuffer))
    if (pipe.filter !== undefined) this.#filtering++
  }

  /** A pipe is gone. */
  remove(pipe: Pipe): void {
    const outlet = this.#outlets.get(pipe)
    this.#outlets.delete(pipe)
    if (outlet !== undefined && pipe.filter !== undefined) this.#filtering--
    if (outlet !== undefined) this.#settle(outlet)
  }

  /** A pipe that was full has room again. */
  writable(pipe: Pipe): void {
    const outlet = this.#outlets.get(pipe)
    outlet?.room()
    if (outlet !== undefined) this.#settle(outlet)
  }

  /** Sends to all pipes but `except`; `reached` gets the ids of those that do not miss it, before they can answer. */
  send(header: Uint8Array, body: Uint8Array, except?: Pipe, reached?: Set<number>): void {
    if (this.#outlets.size === 0) {
      this.#context.drop('no-peer', undefined, body.length)
      return
    }
    const shared = this.#outlets.size > 1 ? ++sent : 0
    const filtering = this.#filtering > 0
    for (const pipe of this.#outlets.keys()) {
      if (pipe === except || (filtering && pipe.filter?.wants(header, body) === false)) continue
      if (pipe.full) this.#context.drop('queue-full', pipe, body.length)
      else {
        reached?.add(pipe.id)
        if (!pipe.send(header, body, shared)) this.#fill(pipe)
      }
    }
  }

  /** Hopeful pipes were waited for, `lookInterval` ms or a part of it: gives up those that had their time. */
  look(): void {
    for (const outlet of this.#hopeful) {
      outlet.look()
      if (!outlet.hopeful) this.#hopeful.delete(outlet)
    }
  }

  #fill(pipe: Pipe): void {
    const outlet = this.#outlets.get(pipe)
    if (outlet === undefined) return
    outlet.fill()
    if (outlet.hopeful) this.#hopeful.add(outlet)
  }

  #settle(outlet: Outlet): void {
    if (this.#hopeful.delete(outlet) && this.#hopeful.size === 0) this.onRoom?.()
  }
}
