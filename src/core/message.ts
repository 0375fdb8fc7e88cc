/** A received message, as `recvMessage` and raw sockets return it. */
import type { PeerInfo } from './peer.ts'
import type { Body } from './platform.ts'

/** What arrived, from whom. `header` is empty but on raw sockets. */
export interface Message<In = Body> {
  /** The body, as bytes or as the codec decoded it. */
  readonly body: In
  /** The protocol header, as it goes into `send` of a raw socket. */
  readonly header: Body
  /** The peer that it came from. */
  readonly pipe: PeerInfo
}
