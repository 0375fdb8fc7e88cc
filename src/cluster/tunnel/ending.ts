/**
 * How a tunnel ends: each side ends its own direction, and it is over when both have everything, or when it broke.
 *
 *   open ──end──► sentEnd ──peer ended──► both ──all received──► closed
 *     └─peer ended─► gotEnd ──end────────► both
 */
import { Machine, type SpError, type StateTable } from 'hubless'

/** Which of the two sides has said that it sends no more: this one, the other, both; or it is over. */
export type TunnelState = 'open' | 'sentEnd' | 'gotEnd' | 'both' | 'closed'

export const tunnelStates: StateTable<TunnelState, 'end' | 'peerEnd' | 'over'> = {
  name: 'tunnel',
  initial: 'open',
  transitions: {
    open: { end: 'sentEnd', peerEnd: 'gotEnd', over: 'closed' },
    sentEnd: { peerEnd: 'both', over: 'closed' },
    gotEnd: { end: 'both', over: 'closed' },
    both: { over: 'closed' },
    closed: {}
  }
}

export class Ending {
  readonly #machine = new Machine(tunnelStates)
  /** The other end has everything of ours. */
  delivered = false
  /** We have everything of theirs. */
  received = false
  /** Nobody here wants what they still send. */
  discards = false
  failure: SpError | undefined
  #resolve!: () => void
  /** Resolves when it is over, however. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolve = resolve
  })

  get state(): TunnelState {
    return this.#machine.state
  }

  get over(): boolean {
    return this.#machine.state === 'closed'
  }

  /** The other side sends nothing more. */
  get atEnd(): boolean {
    const { state } = this.#machine
    return state === 'gotEnd' || state === 'both' || (state === 'closed' && this.failure === undefined)
  }

  /** Both directions are over, or ours is and we do not want the other. */
  get complete(): boolean {
    return this.delivered && (this.received || this.discards)
  }

  /** Ends our direction; false where it has ended before. */
  end(): boolean {
    const { state } = this.#machine
    if (state !== 'open' && state !== 'gotEnd') return false
    this.#machine.fire('end')
    return true
  }

  /** The other side has ended its direction. */
  peerEnd(): void {
    if (!this.atEnd) this.#machine.fire('peerEnd')
  }

  close(failure: SpError | undefined): void {
    this.failure = failure
    this.#machine.fire('over')
    this.#resolve()
  }
}
