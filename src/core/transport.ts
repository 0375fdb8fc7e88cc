/**
 * The interface of transports, and the registry that finds one by the scheme of an address. A transport turns
 * connections into messages and back, handshake included; it knows nothing of patterns. See CONTRIBUTING.md, "How to
 * add a transport".
 */
import { SpError } from './errors.ts'
import type { DropDetails } from './events.ts'
import type { Incoming } from './incoming.ts'
import type { ResolvedEndpointOptions } from './options.ts'
import type { ConnectionInfo, ProtocolIdentity } from './peer.ts'
import type { DetachReason, RejectReason } from './reasons.ts'
import { invalid, type OptionRules, show } from './rules.ts'
import type { TopicFilter } from './topics/filter.ts'

/** Whether an address is listened at or connected to. */
export type Role = 'bind' | 'connect'

/** Turns connections into messages and back for some schemes. It knows nothing of patterns. */
export interface Transport {
  /** Schemes it serves, such as `tcp`. */
  readonly schemes: readonly string[]
  /** Endpoint options that it understands; every socket has them once it is registered. */
  readonly options?: OptionRules
  /** `dial` may wait for as long as it takes until somebody listens, and is not bounded by `handshakeTimeout`. */
  readonly patient?: boolean
  /** Throws `EINVAL` for an address whose syntax is wrong, `ENOTSUP` for a pattern that it cannot carry; does no I/O. */
  check(address: string, role: Role, asked: AddressCheck): void
  /** One attempt: connects and shakes hands. Rejects with a `Refusal` or any error; `signal` gives the attempt up. */
  dial(request: DialRequest): Promise<Connection>
  /** Resolves once it listens. Absent where nobody can. */
  listen?(request: ListenRequest): Promise<Binding>
}

/** Who asks about an address. */
export interface AddressCheck {
  /** Options of the endpoint, checked and complete. */
  readonly options: ResolvedEndpointOptions
  /** The pattern of the socket. */
  readonly protocol: ProtocolIdentity
}

/** What dialing and listening have in common. */
export interface EndpointRequest extends AddressCheck {
  /** The URL that was given. */
  readonly url: string
  /** What follows `scheme://`. */
  readonly address: string
  /** What precedes `://`. */
  readonly scheme: string
  /** Bytes a connection accepts before it counts as full. */
  readonly sendBuffer: number
  /** What is counted for all peers of a listener; absent for dialers, and in pages. @internal */
  readonly door?: DoorKeeper | undefined
  /** Bytes of which a transport that cannot stop reading may hold as many again for a paused connection. */
  readonly recvBuffer: number
}

/** One attempt to connect. */
export interface DialRequest extends EndpointRequest {
  /** Aborts when the attempt is over: the dialer was closed, or `handshakeTimeout` has passed since it began. */
  readonly signal: AbortSignal
  /** Whether a peer may close right after the handshake because it already has one (PAIR): wait to see before joining. */
  readonly exclusive: boolean
  /**
   * Why no peer can be taken now; asked right before the peer is told who we are. A socket that takes one peer keeps its
   * place free for this attempt from then on.
   */
  admit(address?: string): Refusal | undefined
}

/** What a transport needs to listen, and whom it tells of connections. */
export interface ListenRequest extends EndpointRequest {
  /** Whether the socket takes one peer (PAIR): a listener then waits for the hello of a peer before it says its own. */
  readonly exclusive: boolean
  /** Why no further peer can be taken now; asked before the handshake, with its address where that is known. */
  admit(address?: string): Refusal | undefined
  /**
   * Asks the `authorize` option about a peer, within what is left of the handshake. A transport that can still refuse in
   * its own way asks before it answers the peer; for others the socket asks in `accept`.
   */
  authorize(info: ConnectionInfo): Promise<Refusal | undefined> | undefined
  /** Hands over a connection whose handshake is done. Returns why the socket refused it, where it did. */
  accept(connection: Connection): Refusal | undefined
  /** A connection that failed before it could be handed over. */
  refuse(refusal: Refusal): void
  /** Accepting failed, for example for want of descriptors. Listening goes on. */
  failed(error: unknown): void
}

/** A connection whose handshake is not done yet. */
export interface Arrival {
  readonly address: string
  /** It is over: another takes its place. */
  giveWay(refusal: Refusal): void
}

/** What waits to be sent to all peers of a listener, bytes. */
export interface Sending {
  waiting: number
}

/** Unfinished handshakes count as peers of the listener; the oldest may have to give way. */
export interface DoorKeeper {
  readonly sending: Sending
  /** A connection came. Returns why it may not stay; otherwise it counts until it departs. */
  arrive(arrival: Arrival): Refusal | undefined
  /** Its handshake is over, one way or the other. */
  depart(arrival: Arrival): void
}

/** A transport that listens. */
export interface Binding {
  /** The URL with the real port, good for connecting. */
  readonly url: string
  /** Stops listening; resolves when the address is free again. Accepted connections stay. */
  close(): Promise<void>
}

/** `shared` of a body that its sender keeps; see `Connection.send`. */
export const keptBody = -1

/** `ConnectionLife` is one half of a connection: who is told, and when. The other half is framing. */
export interface Connection {
  /** What is known of the other end. */
  readonly info: ConnectionInfo
  /** Where topics travel upstream. @internal */
  readonly filter?: TopicFilter | undefined
  /** Starts delivery. Called once; until then the connection does not read. */
  start(sink: ConnectionSink): void
  /**
   * Takes one message; never refuses. `header` is copied before it returns, `body` belongs to the connection.
   * Returns false when the connection is now full; `sink.writable()` follows when it has room again.
   * `shared`: 0 or absent when the body is this connection's alone; above 0 a number that is the same for all connections to
   * which this message goes and never comes again, so that a transport may encode it once; -1 (`keptBody`) when the sender keeps
   * the body and may send it again. Unless it is 0, nobody is handed the very bytes, nor are they changed.
   */
  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean
  /** The share of `recvBuffer` below which a paused connection goes on reading; less than 1 where resuming costs. */
  readonly resumeBelow: number
  /** Messages that may wait to be received before the pipe calls `pause`, however small they are. Default 16,384. */
  readonly maxWaiting?: number
  /** Stops delivering. The connection may take in up to `room` bytes more, and then stops reading. */
  pause(room: number): void
  /** Goes on delivering after `pause`. */
  resume(): void
  /** Messages taken and not yet given to the operating system or peer. */
  readonly pending: number
  /** Ends the connection after delivering what was taken, for at most `linger` ms; resolves when it is over. */
  close(linger: number): Promise<void>
}

/**
 * How a connection loses a message: `too-big` above `recvMaxSize`, after which it closes itself; `overflow` when it is
 * paused, cannot stop reading and holds as much as it may; `truncated` when it ended in the middle of one; `malformed` and
 * `ttl` when it means nothing here, or came over more hops than can be remembered.
 */
export type Loss = 'too-big' | 'overflow' | 'truncated' | 'malformed' | 'ttl'

/** What a connection reports to. */
export interface ConnectionSink {
  /** A message arrived. The cursor is only valid during the call. */
  message(message: Incoming): void
  /** The connection was full and has room again. */
  writable(): void
  /** A message was lost. */
  dropped(reason: Loss, details?: DropDetails): void
  /** The connection ended; comes once, last, and not after `close()`. */
  closed(reason: DetachReason, cause?: unknown): void
}

/** Why a connection did not become a pipe; thrown by `dial`, given to `refuse`. */
export class Refusal extends Error {
  /** Why, as a word for events and counters. */
  readonly reason: RejectReason
  /** Address of the peer, where known. */
  readonly address: string

  constructor(reason: RejectReason, message: string, address: string, cause?: unknown) {
    super(message, { cause })
    this.reason = reason
    this.address = address
  }
}

const registry = new Map<string, Transport>()

/** Makes a transport available to every socket of the process. A scheme that is there already is replaced. */
export function registerTransport(transport: Transport): void {
  for (const scheme of transport.schemes) registry.set(scheme, transport)
}

export function isRegistered({ schemes }: Transport): boolean {
  return schemes.some((scheme) => registry.has(scheme))
}

/** The endpoint options of all transports. */
export function transportOptions(): OptionRules {
  return Object.assign({}, ...Array.from(registry.values(), ({ options }) => options))
}

/** An address, taken apart. */
export interface ParsedUrl {
  /** Who serves its scheme. */
  readonly transport: Transport
  /** What precedes `://`. */
  readonly scheme: string
  /** What follows it. */
  readonly address: string
}

/** Splits `scheme://address`. Throws `EINVAL` for a wrong address and `EPROTONOSUPPORT` for an unknown scheme. */
export function parseUrl(url: unknown, role: Role, asked: AddressCheck): ParsedUrl {
  const parts = typeof url === 'string' && /^([^:\r\n]+):\/\/([^\r\n]*)$/.exec(url)
  if (!parts) throw invalid(`${show(url)} is not scheme://address, in one line`)
  const [, scheme, address] = parts as unknown as [string, string, string]
  const transport = registry.get(scheme)
  if (transport === undefined) {
    throw new SpError('EPROTONOSUPPORT', {
      about: `no transport for ${scheme}:// ; there are ${[...registry.keys()].join(', ')}`
    })
  }
  transport.check(address, role, asked)
  return { transport, scheme, address }
}
