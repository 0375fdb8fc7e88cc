/**
 * The interface of protocols: one object per socket that decides which peers join, where messages go and what arriving
 * ones mean. It knows pipes, never schemes. See CONTRIBUTING.md, "How to add a protocol".
 */
import type { SocketContext } from './context.ts'
import type { Incoming } from './incoming.ts'
import type { ProtocolIdentity } from './peer.ts'
import type { Pipe } from './pipe.ts'
import type { Body } from './platform.ts'
import type { OptionRules } from './rules.ts'
import type { RecvOptions, WaitOptions } from './waiting.ts'

/** The rules of a pattern: one object for each socket. The core calls it, nobody else. */
export interface Protocol {
  /** Whether the socket is full, so that further peers are refused as `busy`. Absent: it never is. */
  busy?(): boolean
  /** A peer finished its handshake. */
  attach(pipe: Pipe): void
  /** It is gone; nothing is sent to or received from it any more. */
  detach(pipe: Pipe): void
  /** A pipe that was full has room again. */
  writable(pipe: Pipe): void
  /** A message arrived. The cursor is only valid during the call. */
  receive(pipe: Pipe, message: Incoming): void
  /** The socket closes: reject everything that waits, stop every timer. */
  close(): void
  /** Sending side, where the pattern has one. */
  readonly sender?: Sender
  /** Receiving side, where the pattern has one. */
  readonly receiver?: Receiver
  /** The priority class that is sent to now, for `stats()`. */
  sendPriority?(): number | null
}

/** Sends one message, header and body apart. Raw sockets pass the user's header, cooked ones an empty one. */
export interface Sender {
  /** False when `send` would have to wait. May throw `EFSM`. */
  trySend(header: Uint8Array, body: Body): boolean
  /** Resolves when the message is accepted. Rejects with `ETIMEDOUT`, `EFSM`, `EBADF` or `signal.reason`. */
  send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void>
  /** Whether `send` would wait now where `trySend` would not, and drop for somebody. Absent: it never does. */
  readonly waits?: boolean
}

/** Makes what the caller gets from a received message. A throw drops the message with reason `codec`. */
export type Open<R> = (body: Body, header: Body, pipe: Pipe) => R

/** The receiving side of a protocol. */
export interface Receiver {
  /** `undefined` when nothing is there. May throw `EFSM`. */
  tryRecv<R>(open: Open<R>): R | undefined
  /** A call that waits ends with the error that its `cancellation` is given, and takes no message. */
  recv<R>(open: Open<R>, options?: RecvOptions): Promise<R>
}

/** Everything that makes a socket one of a pattern. */
export interface ProtocolDefinition<P extends Protocol = Protocol> extends ProtocolIdentity {
  /** Options beyond the common ones, by name. */
  readonly options?: OptionRules
  /** Whether the pattern takes one peer only. */
  readonly exclusive?: boolean
  /** Makes the protocol of a socket. */
  create(context: SocketContext): P
}
