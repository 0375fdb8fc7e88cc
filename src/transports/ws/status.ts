/** HTTP statuses of a refused upgrade, as hubless answers them and as it understands the answers of others. */
import type { RejectReason } from '../../core/reasons.ts'

/** A refusal of an upgrade: what the peer gets to read, and what our own `reject` event says. */
export interface Verdict {
  readonly status: number
  readonly reason: RejectReason
  /** One line. */
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The reason behind the status of somebody else's answer. */
export function reasonOf(status: number): RejectReason {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 404) return 'not-found'
  if (status === 409) return 'busy'
  // nng, mangos, nanomsg and hubless answer so when the subprotocol does not fit.
  if (status === 400) return 'protocol-mismatch'
  return status >= 500 ? 'unavailable' : 'websocket'
}
