/**
 * What waits to be received from one pipe. Bodies are views of the memory that the transport read into; where most of it
 * is not wanted any more they get bytes of their own, so that what waits keeps at most twice its size alive, and one
 * buffer more:
 *
 *   read into:  [ filtered … |body| … filtered ]  ->  [body]
 *   read into:  [body|body|body|body|filtered|body]   stays
 */
import type { PipeIntake } from '../intake.ts'
import type { Linked } from '../linked-list.ts'
import type { Pipe } from '../pipe.ts'
import { type Body, platform } from '../platform.ts'
import { Ring } from '../ring.ts'

export class Lane implements Linked<Lane> {
  readonly pipe: Pipe
  readonly intake: PipeIntake
  previous: Lane | undefined
  next: Lane | undefined
  list: { remove(lane: Lane): boolean } | undefined
  /** Nothing is taken from it for now. */
  held = false
  readonly #bodies: Ring<Body> = new Ring()
  /** In step with the bodies; stays empty for patterns without a header. */
  readonly #headers: Ring<Body> = new Ring()
  /** The memory of the newest bodies, how many came from it, and their bytes. */
  #memory: ArrayBufferLike = platform.empty.buffer
  #views = 0
  #viewed = 0

  constructor(pipe: Pipe) {
    this.pipe = pipe
    // An inbox has made the socket's before.
    this.intake = pipe.intake as PipeIntake
  }

  /** 1 to 16, lower first; 0 while it is held. */
  get priority(): number {
    return this.held ? 0 : this.pipe.recvPriority
  }

  get length(): number {
    return this.#bodies.length
  }

  /** `memory`: what the body lies in, where that is known. */
  push(body: Body, header: Body, memory: ArrayBufferLike = body.buffer): void {
    if (memory !== this.#memory) {
      this.thin()
      this.#memory = memory
    }
    this.#views++
    this.#viewed += body.length
    this.#bodies.push(body)
    if (header.length > 0) this.#headers.push(header)
  }

  shift(): Body {
    return this.#bodies.shift() as Body
  }

  /** Goes with `shift`. */
  shiftHeader(): Body {
    return this.#headers.shift() ?? platform.empty
  }

  /** Of each message, header included. */
  sizes(): number[] {
    const sizes: number[] = []
    for (let i = 0; i < this.length; i++) {
      sizes.push(this.#bodies.at(i).length + (i < this.#headers.length ? this.#headers.at(i).length : 0))
    }
    return sizes
  }

  clear(): void {
    this.#bodies.clear()
    this.#headers.clear()
  }

  /** Keeps the bodies that `keep` accepts. For patterns without a header. */
  filter(keep: (body: Body) => boolean): void {
    const bodies = this.#bodies
    bodies.filter(keep)
    for (let first = 0, end = 0; first < bodies.length; first = end) {
      const { buffer } = bodies.at(first)
      while (end < bodies.length && bodies.at(end).buffer === buffer) end++
      this.#thin(first, end, buffer)
    }
    this.#views = this.#viewed = 0
  }

  /** Nothing more comes from the memory of the newest bodies. */
  thin(): void {
    const end = this.#bodies.length
    // While all of them wait there is no need to look at each.
    const all = this.#views <= end && this.#viewed * 2 >= this.#memory.byteLength
    if (!all) this.#thin(end - Math.min(this.#views, end), end, this.#memory)
    this.#views = this.#viewed = 0
  }

  /** Lets go of `memory` if less than half of it waits. */
  #thin(first: number, end: number, memory: ArrayBufferLike): void {
    if (first === end) return
    let kept = 0
    for (let i = first; i < end; i++) kept += this.#bodies.at(i).length
    if (kept * 2 < memory.byteLength) this.#move(first, end, kept)
  }

  /** Gives some bodies memory of their own, together; not from a pool, which others would keep alive. */
  #move(first: number, end: number, size: number): void {
    const memory = new ArrayBuffer(size)
    if (end - first > 1) platform.keepTogether(memory)
    let at = 0
    for (let i = first; i < end; i++) {
      const body = this.#bodies.at(i)
      const own = platform.view(memory, at, body.length)
      own.set(body)
      this.#bodies.replace(i, own)
      at += body.length
    }
  }
}
