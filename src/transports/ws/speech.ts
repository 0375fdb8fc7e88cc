/**
 * What is spoken on a WebSocket, chosen by its subprotocol. SP is one speech: its subprotocol says all there is to say, and
 * messages follow. ZeroMQ's is another, with a handshake of its own after the upgrade.
 */
import type { Socket } from 'node:net'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { ProtocolIdentity } from '../../core/peer.ts'
import type { Refusal } from '../../core/transport.ts'
import type { Greeting, Session, SessionInfo } from '../stream/wire.ts'
import { openSession } from './session.ts'
import { describeMismatch, ownSubprotocol, peerSubprotocol } from './subprotocol.ts'
import { type Verdict, verdict } from './verdict.ts'

/** Whose subprotocols are asked for. */
export interface Speaker {
  readonly protocol: ProtocolIdentity
  readonly options: ResolvedEndpointOptions
}

/** An upgrade that is done. */
export interface Upgraded {
  readonly stream: Socket
  readonly subprotocol: string
  readonly info: SessionInfo
  /** Bytes that came after it. */
  readonly rest: Uint8Array
  readonly greeting: Greeting
}

export interface Speech {
  /** Whether the subprotocol tells all that `authorize` can know, so that it is asked before the upgrade is answered. */
  readonly tellsAll: boolean
  /** What a dialer asks for, best first. */
  offer(own: Speaker): readonly string[]
  /** What a listener takes of the names that were offered, or why none. */
  choose(offered: readonly string[] | undefined, own: Speaker): string | Verdict
  /** Goes on after the upgrade; calls `done` once. A stream that is refused is ended by then. */
  open(upgraded: Upgraded, done: (result: Session | Refusal) => void): void
}

export const spSpeech: Speech = {
  tellsAll: true,
  offer: ({ protocol }) => [peerSubprotocol(protocol)],
  choose(offered, { protocol }) {
    const own = ownSubprotocol(protocol)
    if (offered?.includes(own)) return own
    return verdict(400, 'protocol-mismatch', describeMismatch(protocol, offered?.join(',')))
  },
  open({ info, rest, greeting: { role, options } }, done) {
    done(openSession(info, rest, role === 'connect', options.ws))
  }
}
