/** The tunnels of one link at the caller's end: those that are being opened, by number, and the carriers of the open ones. */
import type { Body, Pipe } from 'hubless'
import { Carriers } from './carriers.ts'
import type { Opening } from './target.ts'

export class TunnelEnds {
  readonly #opening: Map<number, Opening> = new Map()
  #carriers: Carriers | undefined
  #number = 0

  /** Open or being opened. */
  get size(): number {
    return this.#opening.size + (this.#carriers?.size ?? 0)
  }

  /** The link is up: tunnels may be carried. `idle` is told when the last is over. */
  attach(pipe: Pipe, idle: () => void): void {
    this.#carriers = new Carriers(pipe, idle)
  }

  /** Returns the number under which it is asked for. */
  add(opening: Opening): number {
    do this.#number = (this.#number + 1) >>> 0
    while (this.#opening.has(this.#number) || this.#carriers?.has(this.#number) === true)
    this.#opening.set(this.#number, opening)
    return this.#number
  }

  /** Who asked under the number and waits for it to open. */
  asked(number: number): Opening | undefined {
    return this.#opening.get(number)
  }

  /** It will not open. */
  delete(number: number): void {
    this.#opening.delete(number)
  }

  opened(number: number, peer: string): void {
    const opening = this.#opening.get(number)
    if (opening === undefined || this.#carriers === undefined) return
    this.#opening.delete(number)
    opening.opened(this.#carriers.open(number, peer))
  }

  frame(number: number, body: Body): void {
    this.#carriers?.frame(number, body)
  }

  closed(number: number): void {
    this.#carriers?.closed(number)
  }

  writable(): void {
    this.#carriers?.writable()
  }

  /** The link is gone. Returns those whose tunnel was not open yet. */
  lost(cause: Error): readonly Opening[] {
    const opening = [...this.#opening.values()]
    this.#opening.clear()
    this.#carriers?.lost(cause)
    this.#carriers = undefined
    return opening
  }
}
