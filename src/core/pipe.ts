/**
 * A pipe as protocols see it: one live connection of the socket, over which messages go and which stops reading when too
 * much waits to be received. Whose it is stands in `PeerInfo`.
 */
import type { PeerInfo } from './peer.ts'
import type { DropReason } from './reasons.ts'

export interface Pipe extends PeerInfo {
  /** The transport has as much as it takes; `Protocol.writable` follows. */
  readonly full: boolean
  /** Messages that were sent to it, and their body bytes. */
  readonly messagesSent: number
  readonly bytesSent: number
  /** Whether as much waits to be received as may: from this peer, or on the socket as a whole. */
  readonly recvFull: boolean
  /** Sends one message; true while there is room for more. `shared` is that of `Connection.send`. */
  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean
  /** A message of `size` bytes waits to be received: stop reading at the limit. */
  charge(size: number): void
  /** It was received or discarded. */
  release(size: number): void
  /** The protocol bounds what waits by dropping: reading goes on at the limit. */
  keepReading(): void
  /** Counts a loss on the pipe and its endpoint. Called by `SocketContext.drop`. */
  countDrop(reason: DropReason, count: number): void
  /** Counts a message that nobody subscribed to. Called by `SocketContext.filtered`. */
  countFiltered(): void
}
