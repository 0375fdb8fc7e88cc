/**
 * What went out over one connection and is not acknowledged. NATS takes as much as one writes, so it is counted here, and
 * who sends waits while it is too much.
 */
import type { NatsConnection } from './package.ts'

/** Bytes before senders wait. */
const most = 8_388_608
/** After so many bytes an acknowledgement is asked for. */
const askEvery = 262_144
/** What a message costs beside its body, so that many small ones are bounded as well. */
const messageCost = 256

export class Unacknowledged {
  bytes = 0
  readonly #nats: NatsConnection
  readonly #acknowledged: () => void
  #unasked = 0

  constructor(nats: NatsConnection, acknowledged: () => void) {
    this.#nats = nats
    this.#acknowledged = acknowledged
  }

  get tooMuch(): boolean {
    return this.bytes >= most
  }

  /** A message of that size went out. */
  add(size: number): void {
    this.bytes += size + messageCost
    this.#unasked += size + messageCost
    if (this.#unasked >= askEvery) this.#ask()
  }

  #ask(): void {
    const amount = this.#unasked
    this.#unasked = 0
    this.#nats.flush().then(
      () => {
        this.bytes -= amount
        this.#acknowledged()
      },
      () => {}
    )
  }
}
