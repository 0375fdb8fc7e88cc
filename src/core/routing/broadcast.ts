/**
 * The sending side of a socket that sends to all (PUB, BUS, SURVEYOR) and never waits for a stuck peer. A tight loop of
 * awaited sends would starve the I/O that empties the buffers, so while some peer is full every `send` takes a turn of
 * the event loop, and the first after a buffer has filled takes as many as there are in a few milliseconds. A peer that
 * is still full then misses the message; one that keeps up misses none.
 */
import type { SocketContext } from '../context.ts'
import { done } from '../pace.ts'
import { type Body, platform } from '../platform.ts'
import type { Sender } from '../protocol.ts'
import { checkWaitOptions, startTimer, type WaitOptions, WaitQueue } from '../waiting.ts'
import type { Distributor } from './distributor.ts'

/**
 * How long a peer that has become full is waited for, ms: this, and as much again for each 16 KiB of the message that
 * waits, since what fills a buffer in few messages leaves it in few steps, but no more than 16 times.
 */
const patience = 20
const patientBytes = 16384
const mostPatience = 16

/** And for at least this many turns of the event loop after that. */
const patientTurns = 16

interface Parked {
  readonly header: Uint8Array
  readonly body: Body
}

export class Broadcast implements Sender {
  readonly #context: SocketContext
  readonly #distributor: Distributor
  readonly #send: (header: Uint8Array, body: Body) => void
  readonly #parked: WaitQueue<Parked, void>
  #parkedBytes = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts the waits, so that a turn that comes after its wait is over does nothing. */
  #round = 0
  #waiting = false

  /** `send` hands a message to the distributor; a raw BUS leaves one pipe out. */
  constructor(
    context: SocketContext,
    distributor: Distributor,
    send: (header: Uint8Array, body: Body) => void = (header, body) => distributor.send(header, body)
  ) {
    this.#context = context
    this.#distributor = distributor
    this.#send = send
    this.#parked = new WaitQueue('send', ({ body }) => {
      this.#parkedBytes -= body.length + 1
      if (this.#parked.head === undefined) this.#endWait()
    })
    distributor.onRoom = () => this.#release()
  }

  trySend(header: Uint8Array, body: Body): boolean {
    this.#releaseAll()
    this.#transmit(header, body)
    return true
  }

  send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    if (options !== undefined) checkWaitOptions(options)
    if (this.#parked.head === undefined && this.#distributor.full === 0) {
      this.#transmit(header, body)
      return done()
    }
    if (options?.timeout === 0) {
      this.trySend(header, body)
      return done()
    }
    // Calls that are not awaited must not pile up without bound.
    if (this.#parkedBytes >= this.#context.options.sendBuffer) this.#releaseAll()
    this.#parkedBytes += body.length + 1
    const waiter = this.#parked.add({ header: new Uint8Array(header), body }, options, Number.POSITIVE_INFINITY)
    if (!this.#waiting) this.#wait()
    return waiter.promise
  }

  rejectAll(makeError: () => unknown): void {
    this.#parked.rejectAll(makeError)
  }

  #transmit(header: Uint8Array, body: Body): void {
    this.#send(header, body)
    this.#context.messagesSent++
    this.#context.bytesSent += body.length
  }

  /** Waits for hopeful peers, otherwise for a turn of the event loop. */
  #wait(): void {
    this.#waiting = true
    const round = ++this.#round
    // A turn may end in the I/O phase we are in, which polled before our last writes, so there are two at least. A timer
    // may be late in a busy process, with I/O that has not been looked at since: what is hopeful gets more of them.
    const turn = (left: number): void => {
      if (round !== this.#round || !this.#waiting) return
      if (left > 0) {
        platform.turn(() => turn(left - 1))
        return
      }
      this.#distributor.giveUp()
      this.#release()
    }
    if (!this.#distributor.hopeful) {
      turn(2)
      return
    }
    const size = this.#parked.head?.payload.body.length ?? 0
    const times = Math.min(1 + size / patientBytes, mostPatience)
    this.#timer = startTimer(() => turn(patientTurns), patience * times)
  }

  #endWait(): void {
    this.#waiting = false
    clearTimeout(this.#timer)
  }

  /** Sends what has waited longest, and more while nobody is full. */
  #release(): void {
    if (!this.#waiting) return
    this.#endWait()
    this.#releaseOne()
    while (this.#parked.head !== undefined && this.#distributor.full === 0) this.#releaseOne()
    if (this.#parked.head !== undefined) this.#wait()
  }

  #releaseAll(): void {
    while (this.#parked.head !== undefined) this.#releaseOne()
  }

  #releaseOne(): void {
    const waiter = this.#parked.head
    if (waiter === undefined) return
    this.#transmit(waiter.payload.header, waiter.payload.body)
    waiter.resolve()
  }
}
