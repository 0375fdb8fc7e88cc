/**
 * The receiving side of a socket: a fair queue of what has arrived, and the calls that wait for something to arrive.
 *
 *   class 1:  pipe A [m m m]  pipe B [m]        read first, one message from each pipe in turn
 *   class 8:  pipe C [m m]                      read while class 1 is empty
 *
 * While a call waits the queue is empty: an arriving message goes to the call directly.
 */
import type { SocketContext } from '../context.ts'
import { ready } from '../pace.ts'
import type { Pipe } from '../pipe.ts'
import { type Body, platform } from '../platform.ts'
import type { Open, Receiver } from '../protocol.ts'
import { Ring } from '../ring.ts'
import { checkWaitOptions, type WaitOptions, WaitQueue } from '../waiting.ts'

/** What waits from one pipe. */
class Lane {
  readonly pipe: Pipe
  readonly bodies: Ring<Body> = new Ring()
  /** In step with `bodies`; stays empty for patterns without a header. */
  readonly headers: Ring<Body> = new Ring()

  constructor(pipe: Pipe) {
    this.pipe = pipe
  }
}

export class Inbox implements Receiver {
  readonly #context: SocketContext
  readonly #lanes: Map<Pipe, Lane> = new Map()
  #lastLane: Lane | undefined
  readonly #classes: (Ring<Lane> | undefined)[] = []
  /** Bit p is set while class p has something to read. */
  #filled = 0
  /** What waits counts as waiting on its pipe. */
  #charges = true
  readonly #waiters: WaitQueue<Open<unknown>, unknown> = new WaitQueue('recv')
  /** Header and pipe of the body that `#take` returned last. */
  #header: Body = platform.empty
  #pipe!: Pipe

  constructor(context: SocketContext) {
    this.#context = context
  }

  /** A message arrived: hand it to the call that waits longest, or keep it. */
  push(pipe: Pipe, body: Body, header: Body = platform.empty): void {
    const waiter = this.#filled === 0 ? this.#waiters.head : undefined
    if (waiter !== undefined) {
      const value = this.#open(waiter.payload, body, header, pipe)
      if (value !== undefined) waiter.resolve(value)
      return
    }
    let lane = this.#lastLane
    if (lane === undefined || lane.pipe !== pipe) lane = this.#lane(pipe)
    if (lane.bodies.length === 0) this.#enlist(lane)
    lane.bodies.push(body)
    if (header.length > 0) lane.headers.push(header)
    pipe.charge(body.length + header.length)
  }

  tryRecv<R>(open: Open<R>): R | undefined {
    for (;;) {
      const body = this.#take()
      if (body === undefined) return undefined
      const value = this.#open(open, body, this.#header, this.#pipe)
      if (value !== undefined) return value
    }
  }

  recv<R>(open: Open<R>, options?: WaitOptions): Promise<R> {
    if (options !== undefined) checkWaitOptions(options)
    const value = this.tryRecv(open)
    if (value !== undefined) return ready(value)
    return this.#waiters.wait(open, options, this.#context.options.recvTimeout) as Promise<R>
  }

  /** Whether a call waits for a message. */
  get awaited(): boolean {
    return this.#waiters.head !== undefined
  }

  /** The pipe is gone; what came from it stays readable. */
  detach(pipe: Pipe): void {
    this.#lanes.delete(pipe)
    if (this.#lastLane?.pipe === pipe) this.#lastLane = undefined
  }

  /** Discards what waits and is not wanted any more, and then tells `dropped` of each. For patterns without a header. */
  prune(keep: (body: Body) => boolean, dropped: (pipe: Pipe, size: number) => void): void {
    const unwanted: { readonly pipe: Pipe; readonly size: number }[] = []
    for (let priority = 1; priority <= 16; priority++) {
      const ring = this.#classes[priority]
      if (ring === undefined) continue
      ring.filter((lane) => {
        lane.bodies.filter((body) => {
          if (keep(body)) return true
          unwanted.push({ pipe: lane.pipe, size: body.length })
          return false
        })
        return lane.bodies.length > 0
      })
      if (ring.length === 0) this.#filled &= ~(1 << priority)
    }
    // Only now is everything in order: a pipe that gets room may deliver at once, and a listener of drops may read.
    for (const { pipe, size } of unwanted) {
      pipe.release(size)
      dropped(pipe, size)
    }
  }

  /** Discards the oldest message of a pipe and returns its size; -1 when it has none. For patterns without a header. */
  dropOldest(pipe: Pipe): number {
    const lane = this.#lanes.get(pipe)
    const body = lane?.bodies.shift()
    if (lane === undefined || body === undefined) return -1
    if (lane.bodies.length === 0) this.#delist(lane)
    pipe.release(body.length)
    return body.length
  }

  /** Rejects every waiting call. What has arrived stays until the inbox is forgotten. */
  rejectAll(makeError: () => unknown): void {
    this.#waiters.rejectAll(makeError)
  }

  /**
   * Nothing more arrives: what waits counts no longer, and pipes that stopped reading go on. For patterns without a
   * header.
   */
  discharge(): void {
    this.#charges = false
    for (const ring of this.#classes) {
      ring?.filter(({ pipe, bodies }) => {
        bodies.filter(({ length }) => {
          pipe.release(length)
          return true
        })
        return true
      })
    }
  }

  /** Discards everything, so that pipes that stopped reading go on. */
  clear(): void {
    while (this.#take() !== undefined);
  }

  #take(): Body | undefined {
    if (this.#filled === 0) return undefined
    const priority = 31 - Math.clz32(this.#filled & -this.#filled)
    const ring = this.#classes[priority] as Ring<Lane>
    const lane = ring.peek() as Lane
    const body = lane.bodies.shift() as Body
    const header = lane.headers.length > 0 ? (lane.headers.shift() as Body) : platform.empty
    const more = lane.bodies.length > 0
    // One pipe alone, the common case, stays where it is.
    if (!more || ring.length > 1) {
      ring.shift()
      if (more) ring.push(lane)
      else if (ring.length === 0) this.#filled &= ~(1 << priority)
    }
    this.#header = header
    this.#pipe = lane.pipe
    if (this.#charges) lane.pipe.release(body.length + header.length)
    return body
  }

  #open<R>(open: Open<R>, body: Body, header: Body, pipe: Pipe): R | undefined {
    let value: R | undefined
    try {
      value = open(body, header, pipe)
    } catch (cause) {
      this.#context.drop('codec', pipe, { size: body.length, cause })
      return undefined
    }
    if (value === undefined) this.#context.drop('codec', pipe, { size: body.length })
    else {
      this.#context.messagesReceived++
      this.#context.bytesReceived += body.length
    }
    return value
  }

  #lane(pipe: Pipe): Lane {
    let lane = this.#lanes.get(pipe)
    if (lane === undefined) {
      lane = new Lane(pipe)
      this.#lanes.set(pipe, lane)
    }
    this.#lastLane = lane
    return lane
  }

  #enlist(lane: Lane): void {
    const priority = lane.pipe.recvPriority
    let ring = this.#classes[priority]
    if (ring === undefined) this.#classes[priority] = ring = new Ring()
    ring.push(lane)
    this.#filled |= 1 << priority
  }

  #delist(lane: Lane): void {
    const ring = this.#classes[lane.pipe.recvPriority] as Ring<Lane>
    ring.filter((other) => other !== lane)
    if (ring.length === 0) this.#filled &= ~(1 << lane.pipe.recvPriority)
  }
}
