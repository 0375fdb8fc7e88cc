/**
 * The WebSocket subprotocol says who talks to whom, in place of an SP hello: it is the role of the listening side, so a
 * REQ that dials asks for `rep.sp.nanomsg.org`. sp-websocket-mapping §2.
 */
import type { ProtocolIdentity } from '../../core/transport.ts'

const suffix = '.sp.nanomsg.org'

/** What a listener takes. */
export function ownSubprotocol({ name }: ProtocolIdentity): string {
  return name + suffix
}

/** What a dialer asks for. */
export function peerSubprotocol({ peerName }: ProtocolIdentity): string {
  return peerName + suffix
}
