/**
 * What waits to be received, on a socket as a whole and from each pipe. `recvBuffer` bounds each pipe; a socket with many
 * would hold as many times that, so above `pipesWorth` of it further pipes are not read until there is room again, first
 * come, first served. What pipes left behind that are gone has a bound of its own, of the same size: peers that come,
 * leave much and go neither fill the memory nor keep those that stay from being read.
 */
import type { Connection } from './transport.ts'

/** How many full pipes a socket holds. */
const pipesWorth = 16

/** What a message costs beside its bytes, which is much for one that is tiny; and what may wait at least for each pipe. */
export const overhead = 64
const least = 65536

/** However small its messages are, a pipe is full when this many wait to be received. */
const manyMessages = 16384

/** A pipe that waits for room on the socket. */
interface Waiting {
  /** The socket has room. */
  proceed(): void
}

/** What waits to be received on a socket as a whole, bounded in bytes. */
export class Intake {
  readonly #recvBuffer: number
  readonly #limit: number
  #bytes = 0
  /** What pipes left that are gone. */
  #left = 0
  readonly #waiting: Set<Waiting> = new Set()

  /** `recvBuffer` of the socket, bytes. */
  constructor(recvBuffer: number) {
    this.#recvBuffer = recvBuffer
    this.#limit = Math.max(recvBuffer, least) * pipesWorth
  }

  /** The part of one pipe. */
  open(connection: Connection): PipeIntake {
    return new PipeIntake(this, this.#recvBuffer, connection)
  }

  /** Whether as much waits as may. */
  get full(): boolean {
    return this.#bytes >= this.#limit
  }

  /** Whether pipes that are gone have left more than may wait. */
  get overfull(): boolean {
    return this.#left > this.#limit
  }

  /** A message of `size` bytes waits. */
  charge(size: number): void {
    this.#bytes += size + overhead
  }

  /** A message of `size` bytes waits no more. */
  release(size: number): void {
    this.#bytes -= size + overhead
    if (this.#waiting.size > 0) this.#proceed()
  }

  /** A pipe is gone, and this waits from it. */
  leave(bytes: number, messages: number): void {
    const size = bytes + messages * overhead
    this.#left += size
    this.#bytes -= size
    if (this.#waiting.size > 0) this.#proceed()
  }

  /** Of what a pipe left that is gone. */
  releaseLeft(size: number): void {
    this.#left -= size + overhead
  }

  /** `pipe` goes on when there is room. */
  await(pipe: Waiting): void {
    this.#waiting.add(pipe)
  }

  /** It is gone, or its own bound holds it. */
  forget(pipe: Waiting): void {
    this.#waiting.delete(pipe)
  }

  /** Lets those that wait go on while there is room. */
  #proceed(): void {
    if (this.full) return
    for (const pipe of this.#waiting) {
      this.#waiting.delete(pipe)
      pipe.proceed()
      if (this.full) return
    }
  }
}

/** What waits to be received from one pipe, whose connection stops reading at the limit. */
export class PipeIntake implements Waiting {
  readonly #intake: Intake
  readonly #limit: number
  readonly #connection: Connection
  #maxMessages: number
  #bytes = 0
  #messages = 0
  #state: 'reading' | 'stopped' | 'left' = 'reading'
  #keepsReading = false
  #blocked = false

  constructor(intake: Intake, limit: number, connection: Connection) {
    this.#intake = intake
    this.#limit = limit
    this.#connection = connection
    this.#maxMessages = connection.maxWaiting ?? manyMessages
  }

  /** Messages that wait. */
  get messages(): number {
    return this.#messages
  }

  /** Whether as much waits as may: from this pipe, or on the socket as a whole. */
  get full(): boolean {
    return this.#holds(1) || this.#intake.full
  }

  /** The connection has begun to read. */
  begin(): void {
    if (this.#blocked || this.#intake.full) this.#stop()
  }

  /** The protocol can take nothing now, whatever waits: reading stops until `unblock`. */
  block(): void {
    this.#blocked = true
    if (this.#state === 'reading') this.#stop()
  }

  /** The protocol takes messages again: reading goes on. */
  unblock(): void {
    this.#blocked = false
    if (this.#state === 'stopped') this.proceed()
  }

  /** A message of `size` bytes waits: the connection stops reading at the limit. */
  charge(size: number): void {
    this.#bytes += size
    this.#messages++
    this.#intake.charge(size)
    if (this.#state === 'reading' && this.full) this.#stop()
  }

  /** It was received or discarded. */
  release(size: number): void {
    this.#bytes -= size
    this.#messages--
    if (this.#state === 'left') this.#intake.releaseLeft(size)
    else this.#intake.release(size)
    if (this.#state === 'stopped') this.proceed()
  }

  /** The protocol bounds what waits by dropping: reading goes on at the limit. */
  keepReading(): void {
    this.#keepsReading = true
    this.#maxMessages = manyMessages
  }

  /** Reads on if there is room, here and on the socket; otherwise when there is. */
  proceed(): void {
    if (this.#holds(this.#connection.resumeBelow)) return
    if (this.#intake.full) {
      this.#intake.await(this)
      return
    }
    this.#state = 'reading'
    this.#connection.resume()
  }

  /** The pipe is gone, and what it holds waits on. */
  leave(): void {
    this.#state = 'left'
    this.#intake.forget(this)
    this.#intake.leave(this.#bytes, this.#messages)
  }

  #stop(): void {
    if (this.#keepsReading) return
    this.#state = 'stopped'
    if (!this.#holds(1)) this.#intake.await(this)
    this.#connection.pause(this.#intake.full ? 0 : this.#limit - this.#bytes)
  }

  /** Whether this share of what may wait waits. */
  #holds(share: number): boolean {
    return this.#blocked || this.#bytes >= this.#limit * share || this.#messages >= this.#maxMessages * share
  }
}
