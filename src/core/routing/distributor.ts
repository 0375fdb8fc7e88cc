/**
 * Sends a copy to every pipe (PUB, BUS, SURVEYOR). Never waits for a peer: one whose buffer is full misses the message,
 * alone and counted.
 */
import type { SocketContext } from '../context.ts'
import type { Pipe } from '../pipe.ts'

export class Distributor {
  readonly pipes: Set<Pipe> = new Set()
  /** How many of them are full now. */
  full = 0
  readonly #context: SocketContext

  constructor(context: SocketContext) {
    this.#context = context
  }

  add(pipe: Pipe): void {
    this.pipes.add(pipe)
  }

  remove(pipe: Pipe): void {
    if (this.pipes.delete(pipe) && pipe.full) this.full--
  }

  writable(_pipe: Pipe): void {
    this.full--
  }

  /** Sends to all pipes but `except`. */
  send(header: Uint8Array, body: Uint8Array, except?: Pipe): void {
    if (this.pipes.size === 0) {
      this.#context.drop('no-peer', undefined, { size: body.length })
      return
    }
    for (const pipe of this.pipes) {
      if (pipe === except) continue
      if (pipe.full) this.#context.drop('queue-full', pipe, { size: body.length })
      else if (!pipe.send(header, body)) this.full++
    }
  }
}
