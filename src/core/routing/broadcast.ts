/**
 * The sending side of a socket that sends to all (PUB, BUS, SURVEYOR) and never waits for a peer. A tight loop of
 * awaited sends would starve the I/O that empties the buffers, so `send` gives the event loop a turn while some peer is
 * full, and only then lets those that are still full miss the message.
 */
import type { SocketContext } from '../context.ts'
import { done } from '../pace.ts'
import { type Body, platform } from '../platform.ts'
import type { Sender } from '../protocol.ts'
import { checkWaitOptions, type WaitOptions, WaitQueue } from '../waiting.ts'
import type { Distributor } from './distributor.ts'

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
  #turning = false

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
      this.#parkedBytes -= body.length
    })
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
    this.#parkedBytes += body.length
    const waiter = this.#parked.add({ header: new Uint8Array(header), body }, options, Number.POSITIVE_INFINITY)
    this.#takeTurn()
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

  #takeTurn(): void {
    if (this.#turning) return
    this.#turning = true
    // Two turns: the first may end in the I/O phase we are in, which polled before our last writes.
    platform.turn(() => platform.turn(() => this.#afterTurn()))
  }

  #afterTurn(): void {
    this.#turning = false
    if (this.#context.closed) return
    this.#releaseOne()
    while (this.#parked.head !== undefined && this.#distributor.full === 0) this.#releaseOne()
    if (this.#parked.head !== undefined) this.#takeTurn()
  }

  #releaseAll(): void {
    while (this.#parked.head !== undefined) this.#releaseOne()
  }

  #releaseOne(): void {
    const waiter = this.#parked.head
    if (waiter === undefined) return
    // First: a listener of a drop event may close the socket, which must not reject what is sent.
    waiter.resolve()
    this.#transmit(waiter.payload.header, waiter.payload.body)
  }
}
