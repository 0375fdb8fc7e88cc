/**
 * Chooses where the next message goes (PUSH, REQ): the highest priority class with a ready pipe, and inside a class
 * round-robin in order of becoming ready. A lower class is used only while no pipe of a higher one is ready.
 */
import type { Pipe } from '../pipe.ts'
import { Ring } from '../ring.ts'

export class LoadBalancer {
  /** Attached pipes, ready or not. */
  readonly pipes: Set<Pipe> = new Set()
  readonly #classes: (Ring<Pipe> | undefined)[] = []
  /** Bit p is set while class p has a ready pipe. */
  #ready = 0

  add(pipe: Pipe): void {
    this.pipes.add(pipe)
    this.writable(pipe)
  }

  remove(pipe: Pipe): void {
    this.pipes.delete(pipe)
    if (pipe.full) return
    const ring = this.#classes[pipe.sendPriority] as Ring<Pipe>
    ring.filter((p) => p !== pipe)
    if (ring.length === 0) this.#ready &= ~(1 << pipe.sendPriority)
  }

  /** A pipe that was full has room again. */
  writable(pipe: Pipe): void {
    const priority = pipe.sendPriority
    let ring = this.#classes[priority]
    if (ring === undefined) this.#classes[priority] = ring = new Ring()
    ring.push(pipe)
    this.#ready |= 1 << priority
  }

  /** Sends to the next pipe in turn and returns it; `undefined` when none is ready. */
  send(header: Uint8Array, body: Uint8Array): Pipe | undefined {
    if (this.#ready === 0) return undefined
    const priority = 31 - Math.clz32(this.#ready & -this.#ready)
    const ring = this.#classes[priority] as Ring<Pipe>
    const pipe = ring.peek() as Pipe
    const room = pipe.send(header, body)
    // One pipe alone, the common case, stays where it is.
    if ((!room || ring.length > 1) && ring.peek() === pipe) {
      ring.shift()
      if (room) ring.push(pipe)
      else if (ring.length === 0) this.#ready &= ~(1 << priority)
    }
    return pipe
  }

  /** The class that is sent to now; null when no pipe is ready. */
  get priority(): number | null {
    return this.#ready === 0 ? null : 31 - Math.clz32(this.#ready & -this.#ready)
  }
}
