/**
 * The interface of transports, and the registry that finds one by the scheme of an address. A transport turns
 * connections into messages and back, handshake included; it knows nothing of patterns. See CONTRIBUTING.md, "How to
 * add a transport".
 */
import type { DropDetails } from './context.ts'
import type { Dialer } from './dialer.ts'
import { SpError } from './errors.ts'
import type { Incoming } from './incoming.ts'
import type { Listener } from './listener.ts'
import { type ResolvedEndpointOptions, show } from './options.ts'
import type { DetachReason, RejectReason } from './reasons.ts'

export interface Transport {
  /** Schemes it serves, such as `tcp`. */
  readonly schemes: readonly string[]
  /** Throws `EINVAL` for an address whose syntax is wrong; does no I/O. */
  check(address: string, role: 'bind' | 'connect', options: ResolvedEndpointOptions): void
  /** One attempt: connects and shakes hands. Rejects with a `Refusal` or any error; `signal` gives the attempt up. */
  dial(request: DialRequest): Promise<Connection>
  /** Resolves once it listens. */
  listen(request: ListenRequest): Promise<Binding>
}

/** The SP endpoint type of the socket and of the peers it accepts, as they stand in hello messages. */
export interface ProtocolIdentity {
  readonly name: string
  /** 16-bit endpoint id, such as 0x30 for REQ. */
  readonly self: number
  /** Id of the only acceptable peer. */
  readonly peer: number
  /** Name of that peer, such as `rep`. */
  readonly peerName: string
}

export interface EndpointRequest {
  readonly url: string
  /** What follows `scheme://`. */
  readonly address: string
  readonly scheme: string
  readonly protocol: ProtocolIdentity
  readonly options: ResolvedEndpointOptions
  /** Bytes a connection accepts before it counts as full. */
  readonly sendBuffer: number
  /** Bytes of which a transport that cannot stop reading may hold as many again for a paused connection. */
  readonly recvBuffer: number
}

export interface DialRequest extends EndpointRequest {
  readonly signal: AbortSignal
  /** Whether a peer may close right after the handshake because it already has one (PAIR): wait to see before joining. */
  readonly exclusive: boolean
}

export interface ListenRequest extends EndpointRequest {
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

export interface Binding {
  /** The URL with the real port, good for connecting. */
  readonly url: string
  /** Stops listening; resolves when the address is free again. Accepted connections stay. */
  close(): Promise<void>
}

/** Where a connection leads, and what its transport knows about the peer. */
export interface ConnectionInfo {
  /** Own address, such as `tcp://127.0.0.1:5555`. */
  readonly local: string
  readonly remote: string
  /** Endpoint id from the peer's hello. */
  readonly peerProtocol: number
  readonly tls?: TlsInfo
  readonly ws?: UpgradeInfo
  /** Credentials of the peer process, where the platform gives them. */
  readonly credentials?: object
}

/** What TLS negotiated, and who the peer proved to be. */
export interface TlsInfo {
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  readonly cipher: string
  /** Whether the peer presented a certificate that a trusted authority signed. */
  readonly authorized: boolean
  readonly certificate?: TlsCertificate
}

export interface TlsCertificate {
  /** Names by their short form, such as `{ CN: 'sensor-7', O: 'Example' }`. */
  readonly subject: Readonly<Record<string, string | string[] | undefined>>
  readonly issuer: Readonly<Record<string, string | string[] | undefined>>
  /** Alternative names, such as `DNS:sensor-7.example.com, IP Address:10.0.0.7`. */
  readonly subjectAltName?: string
  readonly serialNumber: string
  readonly fingerprint256: string
  readonly validFrom: string
  readonly validTo: string
}

/** The HTTP request that became a WebSocket connection. */
export interface UpgradeInfo {
  /** Path and query. */
  readonly url: string
  /** By lower-case name; of the request on the listening side, of the answer on the dialing side. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A peer that is not a pipe yet, as `authorize` sees it. */
export interface Peer {
  readonly address: string
  /** SP endpoint id of the peer, such as 0x31 for REP. */
  readonly peerProtocol: number
  /** Certificate, credentials and upgrade request, where the transport has them. */
  readonly info: ConnectionInfo
  /** The endpoint it came through. */
  readonly endpoint: Dialer | Listener
}

export interface Connection {
  readonly info: ConnectionInfo
  /** Starts delivery. Called once; until then the connection does not read. */
  start(sink: ConnectionSink): void
  /**
   * Takes one message; never refuses. `header` is copied before it returns, `body` belongs to the connection.
   * Returns false when the connection is now full; `sink.writable()` follows when it has room again.
   * `shared`: 0 or absent, or a number that is the same for all connections to which this message goes and never comes again, so
   * that a transport may encode it once.
   */
  send(header: Uint8Array, body: Uint8Array, shared?: number): boolean
  /** The share of `recvBuffer` below which a paused connection goes on reading; less than 1 where resuming costs. */
  readonly resumeBelow: number
  /** Messages that may wait to be received before the pipe calls `pause`, however small they are. Default 16,384. */
  readonly maxWaiting?: number
  /** Stops delivering. The connection may take in up to `room` bytes more, and then stops reading. */
  pause(room: number): void
  resume(): void
  /** Messages taken and not yet given to the operating system or peer. */
  readonly pending: number
  /** Ends the connection after delivering what was taken, for at most `linger` ms; resolves when it is over. */
  close(linger: number): Promise<void>
}

/** What a connection reports to its pipe. */
export interface ConnectionSink {
  /** A message arrived. The cursor is only valid during the call. */
  message(message: Incoming): void
  writable(): void
  /**
   * A message was lost: `too-big` above `recvMaxSize`, after which the connection closes itself; `overflow` when it is
   * paused, cannot stop reading and holds as much as it may; `truncated` when it ended in the middle of one.
   */
  dropped(reason: 'too-big' | 'overflow' | 'truncated', details?: DropDetails): void
  /** The connection ended; comes once, last, also after `close()`. */
  closed(reason: DetachReason, cause?: unknown): void
}

/** Why a connection did not become a pipe; thrown by `dial`, given to `refuse`. */
export class Refusal extends Error {
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

export interface ParsedUrl {
  readonly transport: Transport
  readonly scheme: string
  readonly address: string
}

/** Splits `scheme://address`. Throws `EINVAL` for a wrong address and `EPROTONOSUPPORT` for an unknown scheme. */
export function parseUrl(url: unknown, role: 'bind' | 'connect', options: ResolvedEndpointOptions): ParsedUrl {
  const parts = typeof url === 'string' && /^([^:\r\n]+):\/\/([^\r\n]*)$/.exec(url)
  if (!parts) throw new SpError('EINVAL', { message: `${show(url)} is not scheme://address, in one line` })
  const [endpoint, scheme, address] = parts as unknown as [string, string, string]
  const transport = registry.get(scheme)
  if (transport === undefined) {
    throw new SpError('EPROTONOSUPPORT', {
      message: `no transport for ${scheme}:// ; there are ${[...registry.keys()].join(', ')}`,
      endpoint
    })
  }
  transport.check(address, role, options)
  return { transport, scheme, address }
}
