/**
 * A pipe as protocols see it: one live connection of the socket, over which messages go and which stops reading when too
 * much waits to be received (`intake.ts`). Whose it is stands in `PeerInfo`.
 */
import type { PipeIntake } from './intake.ts'
import type { PeerInfo } from './peer.ts'
import type { DropReason } from './reasons.ts'
import type { TopicFilter } from './topics/filter.ts'

export interface Pipe extends PeerInfo {
  /** The transport has as much as it takes; `Protocol.writable` follows. */
  readonly full: boolean
  /** Messages that were sent to it, and their body bytes. */
  readonly messagesSent: number
  /** Messages that came from it, also those that were dropped. */
  readonly messagesReceived: number
  /** Body bytes handed to its connection so far. */
  readonly bytesSent: number
  /** Where topics travel upstream. @internal */
  readonly filter?: TopicFilter | undefined
  /** Messages from it that nobody subscribed to; counted by the protocol. */
  messagesFiltered: number
  /** What waits to be received from it; there once the protocol has an `Inbox` or made the `Intake` of its socket. */
  readonly intake: PipeIntake | undefined
  /** Sends one message; true while there is room for more. `shared` is that of `Connection.send`. */
  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean
  /** Counts a loss on the pipe and its endpoint. Called by `SocketContext.drop`. */
  countDrop(reason: DropReason, count: number): void
}
