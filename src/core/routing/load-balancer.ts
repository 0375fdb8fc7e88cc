/**
 * Chooses where the next message goes (PUSH, REQ): the highest priority class with a ready pipe, and inside a class
 * round-robin in order of becoming ready. A lower class is used only while no pipe of a higher one is ready.
 */
import type { Pipe } from '../pipe.ts'
import { Ring } from '../ring.ts'

/**
 * The ready pipes of one class, in order of becoming ready. One that ends stays where it is and is passed over later:
 * taking it out of the middle would make closing thousands of pipes quadratic.
 */
class ReadyPipes {
  readonly ring: Ring<Pipe> = new Ring()
  /** Those of the ring that did not end. */
  live = 0
}

/** Picks the pipe of the next message: the highest priority that has a ready one, and in it the next in turn. */
export class LoadBalancer {
  /** Attached pipes, ready or not. */
  readonly pipes: Set<Pipe> = new Set()
  readonly #classes: (ReadyPipes | undefined)[] = []
  /** Bit p is set while class p has a ready pipe. */
  #ready = 0

  /** A pipe takes part. */
  add(pipe: Pipe): void {
    this.pipes.add(pipe)
    this.writable(pipe)
  }

  /** A pipe is gone. */
  remove(pipe: Pipe): void {
    this.pipes.delete(pipe)
    if (pipe.full) return
    const ready = this.#classes[pipe.sendPriority] as ReadyPipes
    this.#leave(ready, pipe.sendPriority)
    if (ready.ring.length > 2 * ready.live + 8) ready.ring.filter(isLive)
  }

  /** A pipe that was full has room again. */
  writable(pipe: Pipe): void {
    const priority = pipe.sendPriority
    let ready = this.#classes[priority]
    if (ready === undefined) this.#classes[priority] = ready = new ReadyPipes()
    ready.ring.push(pipe)
    ready.live++
    this.#ready |= 1 << priority
  }

  /** Sends to the next pipe in turn and returns it; `undefined` when none is ready. `shared` as in `Connection.send`. */
  send(header: Uint8Array, body: Uint8Array, shared?: number): Pipe | undefined {
    const { priority } = this
    if (priority === null) return undefined
    const ready = this.#classes[priority] as ReadyPipes
    const { ring } = ready
    let pipe = ring.peek() as Pipe
    while (!isLive(pipe)) {
      ring.shift()
      pipe = ring.peek() as Pipe
    }
    const room = pipe.send(header, body, shared)
    // Sending may have ended it. One pipe alone, the common case, stays where it is.
    if ((!room || ring.length > 1) && ring.peek() === pipe && isLive(pipe)) {
      ring.shift()
      if (room) ring.push(pipe)
      else this.#leave(ready, priority)
    }
    return pipe
  }

  /** One pipe of a class is not ready any more. */
  #leave(ready: ReadyPipes, priority: number): void {
    ready.live--
    if (ready.live > 0) return
    ready.ring.clear()
    this.#ready &= ~(1 << priority)
  }

  /** The class that is sent to now; null when no pipe is ready. */
  get priority(): number | null {
    return this.#ready === 0 ? null : 31 - Math.clz32(this.#ready & -this.#ready)
  }
}

function isLive(pipe: Pipe): boolean {
  return pipe.state === 'attached'
}
