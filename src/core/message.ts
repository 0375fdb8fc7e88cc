/** A received message, as `recvMessage` and raw sockets return it. */
import type { PeerInfo } from './peer.ts'
import type { Body } from './platform.ts'

/** What arrived, from whom. `header` is empty but on raw sockets. */
export interface Message<In = Body> {
  readonly body: In
  /** The protocol header, as it goes into `send` of a raw socket. */
  readonly header: Body
  readonly pipe: PeerInfo
}
