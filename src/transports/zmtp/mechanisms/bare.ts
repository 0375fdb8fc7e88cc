/**
 * No mechanism, for ZWS without one: each side says its identity in a message, who dialed first, and what socket it has is
 * not known.
 */
import type { Role } from '../../../core/transport.ts'
import type { Command } from '../frames.ts'
import type { ZmtpOptions } from '../options.ts'
import type { SocketType } from '../socket-types.ts'
import type { Mechanism, Step } from './mechanism.ts'

export class BareMechanism implements Mechanism {
  readonly name = 'NULL'
  readonly #identity: Buffer
  readonly #peer: string
  readonly #waits: boolean

  constructor(own: SocketType, { identity = '' }: ZmtpOptions, role: Role) {
    this.#identity = Buffer.from(own.identity ? (identity as string) : '')
    this.#peer = own.peers[0] as string
    this.#waits = role === 'bind'
  }

  begin(): Step {
    return this.#waits ? {} : { say: this.#identity, introduces: true }
  }

  /** `data` is the identity of the peer. */
  receive({ data }: Command): Step {
    const metadata = new Map([
      ['socket-type', Buffer.from(this.#peer)],
      ['identity', Buffer.from(data)]
    ])
    const claims = { metadata }
    return this.#waits ? { claims, say: this.#identity, introduces: true, over: true } : { claims, over: true }
  }
}
