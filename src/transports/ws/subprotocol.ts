/**
 * The WebSocket subprotocol says who talks to whom, in place of an SP hello: it is the role of the listening side, so a
 * REQ that dials asks for `rep.sp.nanomsg.org`. sp-websocket-mapping §2.
 */
import type { ProtocolIdentity } from '../../core/peer.ts'

const suffix = '.sp.nanomsg.org'

/** What a listener takes. */
export function ownSubprotocol({ name }: ProtocolIdentity): string {
  return name + suffix
}

/** Endpoint ids by role, to name both sides of a mismatch as an SP hello would. nanomsg: protocol numbers. */
const ids: Readonly<Record<string, number>> = {
  pair: 0x10,
  pub: 0x20,
  sub: 0x21,
  req: 0x30,
  rep: 0x31,
  push: 0x50,
  pull: 0x51,
  surveyor: 0x62,
  respondent: 0x63,
  bus: 0x70
}

/** Why a peer that asked for `offered` is not the one `own` talks to. */
export function describeMismatch(own: ProtocolIdentity, offered: string | undefined): string {
  const name = (role: string, id = 0): string => `${role} (0x${id.toString(16)})`
  const sought = (offered ?? '').split(',').map((entry) => {
    const role = entry.trim().endsWith(suffix) ? entry.trim().slice(0, -suffix.length) : ''
    return Object.hasOwn(ids, role) ? name(role, ids[role]) : JSON.stringify(entry.trim())
  })
  const peer = offered === undefined ? 'names no subprotocol' : `asks for ${sought.join(', ')}`
  return `this is ${name(own.name, own.self)} for ${name(own.peerName, own.peer)}; the peer ${peer.slice(0, 200)}`
}

/** What a dialer asks for. */
export function peerSubprotocol({ peerName }: ProtocolIdentity): string {
  return peerName + suffix
}
