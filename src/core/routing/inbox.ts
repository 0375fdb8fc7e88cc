/**
 * The receiving side of a socket: a fair queue of what has arrived, and the calls that wait for something to arrive.
 * While a call waits the queue is empty: an arriving message goes to the call directly.
 */
import type { SocketContext } from '../context.ts'
import type { Incoming } from '../incoming.ts'
import { Intake } from '../intake.ts'
import { ready } from '../pace.ts'
import type { Pipe } from '../pipe.ts'
import { type Body, platform } from '../platform.ts'
import type { Open, Receiver } from '../protocol.ts'
import { checkWaitOptions, type RecvOptions, WaitQueue } from '../waiting.ts'
import { FilledLanes } from './filled-lanes.ts'
import { Lane } from './lane.ts'

/** What was discarded. */
export interface Discarded {
  count: number
  bytes: number
}

/** What was received and waits for a call: by priority of the endpoints, fairly among their pipes. */
export class Inbox implements Receiver {
  readonly #context: SocketContext
  readonly #lanes: Map<Pipe, Lane> = new Map()
  #lastLane: Lane | undefined
  readonly #filled = new FilledLanes()
  /** What waits counts as waiting on its pipe. */
  #charges = true
  readonly #waiters: WaitQueue<Open<unknown>, unknown>

  constructor(context: SocketContext) {
    this.#context = context
    this.#waiters = new WaitQueue('recv', context.why)
    context.intake ??= new Intake(context.options.recvBuffer)
  }

  /** A message arrived from a pipe, with this header, or with none. */
  take(pipe: Pipe, message: Incoming, header?: Body): void {
    const body = message.body()
    this.push(pipe, body, header, message.memory)
  }

  /** Hands a body to the call that waits longest, or keeps it. `memory`: what it lies in, where that is known. */
  push(pipe: Pipe, body: Body, header: Body = platform.empty, memory?: ArrayBufferLike): void {
    if (this.#waiters.head !== undefined && !this.#holds(pipe) && this.#hand(body, header, pipe)) return
    let lane = this.#lastLane
    if (lane === undefined || lane.pipe !== pipe) lane = this.#lane(pipe)
    if (lane.length === 0) this.#filled.add(lane)
    lane.push(body, header, memory)
    lane.intake.charge(body.length + header.length)
  }

  tryRecv<R>(open: Open<R>): R | undefined {
    for (;;) {
      const lane = this.#filled.first
      if (lane === undefined) return undefined
      const { pipe, intake } = lane
      const body = lane.shift()
      const header = lane.shiftHeader()
      this.#filled.taken(lane)
      // May deliver, and a listener of drops may receive: from here on only what stands above counts.
      if (this.#charges) intake.release(body.length + header.length)
      const value = this.#open(open, body, header, pipe)
      if (value !== undefined) return value
    }
  }

  recv<R>(open: Open<R>, options?: RecvOptions): Promise<R> {
    checkWaitOptions(options)
    const value = this.tryRecv(open)
    if (value !== undefined) return ready(value)
    return this.#waiters.wait(open, options, this.#context.options.recvTimeout) as Promise<R>
  }

  /** Nothing that comes from a full pipe is taken while it is held; what waits there, and nobody else, presses back. */
  hold(pipe: Pipe, held: boolean): void {
    const lane = this.#lane(pipe)
    this.#filled.hold(lane, held)
    while (!held && this.#waiters.head !== undefined && lane.length > 0) {
      const body = lane.shift()
      const header = lane.shiftHeader()
      this.#filled.taken(lane)
      lane.intake.release(body.length + header.length)
      this.push(pipe, body, header)
    }
  }

  /** Whether a call waits for a message. */
  get awaited(): boolean {
    return this.#waiters.head !== undefined
  }

  /** The pipe is gone; what came from it stays readable, unless pipes that are gone have left too much. */
  detach(pipe: Pipe): void {
    if (this.#context.intake?.overfull) {
      const { count } = this.discard(pipe)
      if (count > 0) this.#context.drop('overflow', pipe, { count })
    } else this.#forget(pipe)?.thin()
  }

  /** The pipe is gone, and nobody wants what came from it. */
  discard(pipe: Pipe): Discarded {
    const lane = this.#forget(pipe)
    return this.#empty(lane === undefined ? [] : [lane])
  }

  /** Discards what waits and is not wanted any more, and then tells `dropped` of each. For patterns without a header. */
  prune(keep: (body: Body) => boolean, dropped: (pipe: Pipe, size: number) => void): void {
    const unwanted: { readonly lane: Lane; readonly size: number }[] = []
    for (const lane of this.#filled.all()) {
      lane.filter((body) => {
        if (keep(body)) return true
        unwanted.push({ lane, size: body.length })
        return false
      })
      if (lane.length === 0) this.#filled.remove(lane)
    }
    // Only now is everything in order: a pipe that gets room may deliver at once, and a listener of drops may read.
    for (const { lane, size } of unwanted) {
      lane.intake.release(size)
      dropped(lane.pipe, size)
    }
  }

  /**
   * Discards the oldest message of a pipe, or the one that would be read last of all where it has none, and tells
   * `dropped`. False when there is nothing. For patterns without a header.
   */
  dropOldest(pipe: Pipe, dropped: (pipe: Pipe, size: number) => void): boolean {
    const own = this.#lanes.get(pipe)
    const lane = own !== undefined && own.length > 0 ? own : this.#filled.last
    if (lane === undefined) return false
    const { length } = lane.shift()
    if (lane.length === 0) this.#filled.remove(lane)
    lane.intake.release(length)
    dropped(lane.pipe, length)
    return true
  }

  /** Rejects every waiting call. What has arrived stays until the inbox is forgotten. */
  rejectAll(makeError: () => unknown): void {
    this.#waiters.rejectAll(makeError)
  }

  /** The socket closes: waiting calls reject, and what nobody received is counted, and told once. */
  close(): void {
    this.rejectAll(() => this.#context.closedError())
    // Pipes that stopped reading stay stopped: what their peers hold may yet go to others.
    this.#charges = false
    const lanes = this.#filled.all()
    for (const { pipe, length } of lanes) pipe.countDrop('closed', length)
    const { count } = this.#empty(lanes)
    if (count > 0) this.#context.drop('closed', undefined, { count })
  }

  /** Nothing more arrives: what waits counts no longer, and pipes that stopped reading go on. */
  discharge(): void {
    this.#charges = false
    for (const lane of this.#filled.all()) for (const size of lane.sizes()) lane.intake.release(size)
  }

  /** Discards everything, so that pipes that stopped reading go on. */
  clear(): void {
    this.#empty(this.#filled.all())
  }

  #holds(pipe: Pipe): boolean {
    return pipe.full && this.#lane(pipe).held
  }

  #forget(pipe: Pipe): Lane | undefined {
    const lane = this.#lanes.get(pipe)
    this.#lanes.delete(pipe)
    this.#lastLane = undefined
    return lane
  }

  #empty(lanes: readonly Lane[]): Discarded {
    const discarded = { count: 0, bytes: 0 }
    for (const lane of lanes) {
      const sizes = lane.sizes()
      lane.clear()
      this.#filled.remove(lane)
      discarded.count += sizes.length
      for (const size of sizes) {
        discarded.bytes += size
        if (this.#charges) lane.intake.release(size)
      }
    }
    return discarded
  }

  /** Gives a message to the call that waits longest. False when no call is left that takes it. */
  #hand(body: Body, header: Body, pipe: Pipe): boolean {
    for (let waiter = this.#waiters.head; waiter !== undefined; waiter = this.#waiters.head) {
      const value = this.#decode(waiter.payload, body, header, pipe)
      if (value === undefined) return true
      // Decoding may have taken the call back, and then the message is another's.
      if (waiter.list !== undefined) {
        this.#count(body)
        waiter.resolve(value)
        return true
      }
    }
    if (!this.#context.closed) return false
    this.#context.drop('closed', pipe, body.length)
    return true
  }

  #open<R>(open: Open<R>, body: Body, header: Body, pipe: Pipe): R | undefined {
    const value = this.#decode(open, body, header, pipe)
    if (value !== undefined) this.#count(body)
    return value
  }

  #count(body: Body): void {
    this.#context.messagesReceived++
    this.#context.bytesReceived += body.length
  }

  #decode<R>(open: Open<R>, body: Body, header: Body, pipe: Pipe): R | undefined {
    let value: R | undefined
    try {
      value = open(body, header, pipe)
    } catch (cause) {
      this.#context.drop('codec', pipe, { size: body.length, cause })
      return undefined
    }
    if (value === undefined) this.#context.drop('codec', pipe, body.length)
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
}
