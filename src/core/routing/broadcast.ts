/**
 * The sending side of a socket that sends to all (PUB, BUS, SURVEYOR). A tight loop of awaited sends would starve the
 * I/O that empties the buffers, so `send` waits while a pipe is hopeful: then one that keeps up misses nothing, and one
 * that does not was waited for once. `trySend` never waits. Messages leave in the order of the calls.
 */
import type { SocketContext } from '../context.ts'
import { done } from '../pace.ts'
import { type Body, platform } from '../platform.ts'
import type { Sender } from '../protocol.ts'
import { checkWaitOptions, startTimer, type Timer, type WaitOptions, WaitQueue } from '../waiting.ts'
import { Distributor } from './distributor.ts'
import { lookInterval } from './outlet.ts'

/** Calls that may wait, however small their messages are. */
const manyCalls = 1024

interface Parked {
  readonly header: Uint8Array
  readonly body: Body
}

export class Broadcast implements Sender {
  /** The pipes. What is sent here directly overtakes calls that wait. */
  readonly distributor: Distributor
  readonly #context: SocketContext
  readonly #transmit: (header: Uint8Array, body: Body) => void
  readonly #parked: WaitQueue<Parked, void>
  #calls = 0
  #bytes = 0
  #timer: Timer

  /** `transmit` hands a message to the distributor. Default: as it is. */
  constructor(
    context: SocketContext,
    transmit: (header: Uint8Array, body: Body) => void = (header, body) => this.distributor.send(header, body)
  ) {
    this.#context = context
    this.#transmit = transmit
    this.distributor = new Distributor(context)
    this.distributor.onRoom = () => this.#proceed()
    this.#parked = new WaitQueue('send', undefined, ({ body }) => {
      this.#calls--
      this.#bytes -= body.length
    })
  }

  get waits(): boolean {
    return this.#parked.head !== undefined || this.distributor.hopeful
  }

  trySend(header: Uint8Array, body: Body): boolean {
    this.#releaseAll()
    this.#send(header, body)
    return true
  }

  /**
   * Sends to every pipe; waits once for those that are full and may keep up. Rejects with `ETIMEDOUT`, `EBADF` or
   * `signal.reason`.
   */
  send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    if (!this.waits || options?.timeout === 0) {
      this.trySend(header, body)
      return done()
    }
    // Calls that are not awaited must not pile up without bound.
    if (this.#calls >= manyCalls || this.#bytes >= this.#context.options.sendBuffer) this.#releaseAll()
    this.#calls++
    this.#bytes += body.length
    const waiter = this.#parked.add({ header: new Uint8Array(header), body }, options, Number.POSITIVE_INFINITY)
    this.#watch()
    return waiter.promise
  }

  /** The socket closes: calls that wait reject. */
  close(): void {
    clearTimeout(this.#timer)
    this.#parked.rejectAll(() => this.#context.closedError())
  }

  #send(header: Uint8Array, body: Body): void {
    this.#transmit(header, body)
    this.#context.messagesSent++
    this.#context.bytesSent += body.length
  }

  /** Looks at the hopeful pipes from time to time, after I/O that a late timer left aside has had its turn. */
  #watch(): void {
    this.#timer ??= startTimer(() => platform.turn(() => this.#look()), lookInterval)
  }

  #look(): void {
    this.#timer = undefined
    if (this.#parked.head === undefined) return
    this.distributor.look()
    this.#proceed()
  }

  /** Sends what waits, until a pipe is hopeful again. */
  #proceed(): void {
    while (this.#parked.head !== undefined && !this.distributor.hopeful) this.#releaseFirst()
    if (this.#parked.head !== undefined) this.#watch()
  }

  #releaseAll(): void {
    while (this.#parked.head !== undefined) this.#releaseFirst()
  }

  #releaseFirst(): void {
    const waiter = this.#parked.head
    if (waiter === undefined) return
    // First out of the queue: a listener of drops may send as well.
    waiter.resolve()
    this.#send(waiter.payload.header, waiter.payload.body)
  }
}
