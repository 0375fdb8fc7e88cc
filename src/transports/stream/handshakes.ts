/**
 * The connections of a listener that are not handed over yet. Each is followed by itself, from the accepted stream
 * through TLS to the hello or upgrade, with one clock for all of it. There are `maxHandshakes` at most: the oldest, which is
 * the most likely to be a stranger that says nothing, gives way to a further one.
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { type Arrival, type ListenRequest, Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { hangUp } from './hang-up.ts'

type Refuse = (refusal: Refusal) => void

export class Handshakes {
  readonly #open: Set<Handshake> = new Set()

  /** A connection for `request`; undefined when that takes none now. */
  receive(stream: Socket, address: string, request: ListenRequest): Handshake | undefined {
    const handshake = this.begin(stream, address, request.options, (refusal) => request.refuse(refusal))
    const refusal = handshake.arrive(request)
    if (refusal === undefined) return handshake
    handshake.finish()
    hangUp(stream)
    request.refuse(refusal)
    return undefined
  }

  /** A connection of which nobody knows yet which listener it is for; `refuse` hears when nothing becomes of it. */
  begin(stream: Socket, address: string, options: ListenRequest['options'], refuse: Refuse): Handshake {
    const { handshakeTimeout, maxHandshakes } = options
    const [oldest] = this.#open
    if (oldest !== undefined && this.#open.size >= maxHandshakes) {
      oldest.giveWay(new Refusal('limit', `the oldest of ${maxHandshakes} unfinished handshakes`, oldest.address))
    }
    return new Handshake(this.#open, stream, address, handshakeTimeout, refuse)
  }

  /** Gives up all of them; nobody is told. */
  close(): void {
    for (const handshake of [...this.#open]) {
      handshake.finish()
      handshake.stream.destroy()
    }
  }
}

/** What a phase waits for, and what it means when the peer leaves before. */
export interface Phase {
  readonly what: string
  readonly broken: string
  readonly reason: RejectReason
}

export class Handshake implements Arrival {
  /** The uppermost stream so far. */
  stream: Socket
  readonly address: string
  readonly refuse: Refuse
  readonly #open: Set<Handshake>
  readonly #timeout: number
  readonly #began = performance.now()
  #listener: ListenRequest | undefined
  #timer: Timer

  constructor(open: Set<Handshake>, stream: Socket, address: string, timeout: number, refuse: Refuse) {
    this.#open = open
    this.stream = stream
    this.address = address
    this.#timeout = timeout
    this.refuse = refuse
    open.add(this)
  }

  /** What is left of it, ms. */
  get left(): number {
    return Math.max(1, Math.ceil(this.#timeout - (performance.now() - this.#began)))
  }

  /** It is for this listener, and counts there until it is over. Returns why it may not. */
  arrive(listener: ListenRequest): Refusal | undefined {
    const refusal = listener.door?.arrive(this)
    if (refusal === undefined) this.#listener = listener
    return refusal
  }

  giveWay(refusal: Refusal): void {
    if (!this.finish()) return
    this.stream.on('error', () => {}).destroy()
    this.refuse(refusal)
  }

  /** Begins a phase. When it takes too long or the peer leaves, the handshake is over and `refuse` hears why. */
  enter({ what, broken, reason }: Phase): void {
    const { stream } = this
    const fail = (why: RejectReason, message: string): void => {
      this.giveWay(new Refusal(why, message, this.address))
    }
    this.leave()
    this.#timer = startTimer(() => fail('handshake-timeout', `no ${what} within ${this.#timeout} ms`), this.left)
    this.#onClose = () => fail(reason, broken)
    stream.once('close', this.#onClose)
    // A stream that was reset before anybody looked may have told so already.
    if (stream.closed) this.#onClose()
  }

  /** The phase came to its end. False when the handshake is over. */
  leave(): boolean {
    clearTimeout(this.#timer)
    this.stream.off('close', this.#onClose)
    return this.#open.has(this)
  }

  /** It is over, one way or the other. False when it was already. */
  finish(): boolean {
    this.leave()
    this.#listener?.door?.depart(this)
    return this.#open.delete(this)
  }

  #onClose: () => void = () => {}
}
