/**
 * The connections of a listener that are not handed over yet. Each is followed by itself, from the accepted stream
 * through TLS to the hello or upgrade, with one clock for all of it.
 */
import type { Socket } from 'node:net'
import type { RejectReason } from '../../core/reasons.ts'
import { Refusal } from '../../core/transport.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'

export class Handshakes {
  readonly #open: Set<Handshake> = new Set()

  /** `timeout` ms for each. */
  begin(stream: Socket, address: string, timeout: number): Handshake {
    return new Handshake(this.#open, stream, address, timeout)
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

export class Handshake {
  /** The uppermost stream so far. */
  stream: Socket
  readonly address: string
  readonly #open: Set<Handshake>
  readonly #timeout: number
  readonly #began = performance.now()
  #timer: Timer

  constructor(open: Set<Handshake>, stream: Socket, address: string, timeout: number) {
    this.#open = open
    this.stream = stream
    this.address = address
    this.#timeout = timeout
    open.add(this)
  }

  /** What is left of it, ms. */
  get left(): number {
    return Math.max(1, Math.ceil(this.#timeout - (performance.now() - this.#began)))
  }

  /** Begins a phase. When it takes too long or the peer leaves, the handshake is over and `refuse` hears why. */
  enter({ what, broken, reason }: Phase, refuse: (refusal: Refusal) => void): void {
    const { stream } = this
    const fail = (why: RejectReason, message: string): void => {
      if (!this.finish()) return
      stream.destroy()
      refuse(new Refusal(why, message, this.address))
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
    return this.#open.delete(this)
  }

  #onClose: () => void = () => {}
}
