/**
 * What is spoken on a byte stream, apart from how the stream came about: a handshake, and how messages lie in the bytes.
 * TCP, TLS and IPC carry any wire; SP is one, WebSocket after its upgrade another, ZeroMQ a third.
 */
import type { Socket } from 'node:net'
import type { DropDetails } from '../../core/events.ts'
import type { ResolvedEndpointOptions } from '../../core/options.ts'
import type { ConnectionInfo, ProtocolIdentity } from '../../core/peer.ts'
import type { TopicFilter } from '../../core/topics/filter.ts'
import type { Loss, Refusal, Role } from '../../core/transport.ts'
import type { SendLimit } from './allowance.ts'

export interface Wire {
  /**
   * Shakes hands on a connected stream and calls `done` once, with what was agreed or with why not; a stream that is
   * refused is ended by then. The stream is paused afterwards. Never throws.
   */
  greet(stream: Socket, greeting: Greeting, done: (result: Session | Refusal) => void): void
}

/** What a wire needs to know to shake hands. */
export interface Greeting {
  readonly protocol: ProtocolIdentity
  readonly role: Role
  readonly options: ResolvedEndpointOptions
  /** Of the peer, for error messages and events. */
  readonly address: string
  /** What is left of the handshake, ms; `Infinity` where somebody else watches the clock. */
  readonly timeout: number
  /** Why no peer can be taken now; asked right before the peer is told who we are. */
  readonly admit: () => Refusal | undefined
  /** Whether the socket takes one peer, so that the other side may hang up because it has one. */
  readonly exclusive: boolean
  /** How long the peer took to answer so far, ms: how long one may take to hang up. */
  readonly roundTrip: number
  /** Judges a peer by what it says before it is told who we are; absent where nobody asks. */
  readonly approve?: ((peer: SessionInfo) => Promise<Refusal | undefined> | undefined) | undefined
}

/** What a handshake told about the peer. */
export type SessionInfo = Pick<ConnectionInfo, 'peerProtocol'> & Partial<ConnectionInfo>

/** A handshake that is done. */
export interface Session {
  readonly info: SessionInfo
  /** Bytes that arrived after it. */
  readonly rest: Uint8Array
  /** Both directions of the connection; called once. */
  open(channel: Channel): Directions
}

export interface Directions {
  readonly decoder: Decoder
  readonly writer: Writer
  /** Where topics travel upstream. */
  readonly filter?: TopicFilter | undefined
}

/** What the two directions work on. */
export interface Channel {
  readonly stream: Socket
  /** What may wait to be sent. */
  readonly limit: SendLimit
  readonly recvMaxSize: number
  readonly sink: FrameSink
  /** There is room again after `write` returned false. */
  onRoom(): void
}

/** Bytes to messages, however they are cut. */
export interface Decoder {
  /** Bytes that wait to be decoded because of `pause`. */
  readonly backlog: number
  push(chunk: Uint8Array): void
  pause(): void
  /** Decodes what `pause` left behind, up to the next one. */
  resume(): void
  /** The stream is over: decodes what is left, paused or not. True when it ended inside a message. */
  end(): boolean
  /** Decodes nothing more. */
  stop(): void
}

export interface FrameSink {
  /** `bytes[start, end)` is a message. */
  frame(bytes: Uint8Array, start: number, end: number): void
  /** A message whose header does not stand before its body. */
  parts(header: Uint8Array, body: Uint8Array): void
  /** A message is lost, and the connection goes on. */
  dropped(reason: Loss, details?: DropDetails): void
  tooBig(size: number): void
  /** The peer damaged the framing. */
  malformed(cause?: Error): void
  /** The peer said farewell in the way of the wire. */
  farewell(cause?: Error): void
  /** A chunk was decoded, as far as it goes: nothing of it is looked at any more. */
  decoded(): void
}

/** Messages to bytes. */
export interface Writer {
  /** Messages taken and not yet given to the operating system. */
  readonly pending: number
  /** Set when the peer has sent something: the first of many messages may leave before the others. */
  eager?: boolean
  /** Takes a message; false when the limit is reached. See `Connection.send`. */
  write(header: Uint8Array, body: Uint8Array, shared?: number): boolean
  /** Hands everything to the stream now. */
  flush(): void
  /** Says farewell in the way of the wire, after what was written. Absent where ending the stream says it. */
  farewell?(): void
}
