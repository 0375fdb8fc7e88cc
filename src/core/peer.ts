/** What is known about a peer and the endpoint it came through: plain facts, for applications and for `authorize`. */
import type { PipeStats } from './stats.ts'

/** The SP endpoint type of a socket and of the peers it accepts, as they stand in hello messages. */
export interface ProtocolIdentity {
  readonly name: string
  /** 16-bit endpoint id, such as 0x30 for REQ. */
  readonly self: number
  /** Id of the only acceptable peer. */
  readonly peer: number
  /** Name of that peer, such as `rep`. */
  readonly peerName: string
}

/** A dialer or listener, as events and peers name it. */
export interface EndpointInfo {
  readonly kind: 'dialer' | 'listener'
  /** Of a listener with the real port; of a dialer with a URL factory what that returned last. */
  readonly url: string
  readonly state: string
  /** Ends the endpoint and its pipes, delivering what was sent for at most the socket's `linger`. */
  close(): Promise<void>
}

/** Where a connection leads, and what its transport knows about the peer. */
export interface ConnectionInfo {
  /** Own address, such as `tcp://127.0.0.1:5555`. */
  readonly local: string
  readonly remote: string
  /** Endpoint id of the peer, from its hello. */
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
  readonly endpoint: EndpointInfo
}

/** Where a pipe stands: `draining` delivers what was sent before it closes. */
export type PipeState = 'attaching' | 'attached' | 'draining' | 'closed'

/** A peer that takes part: what `socket.peers`, events and received messages tell of it. */
export interface PeerInfo extends Peer {
  /** Unique among the live pipes of the process; 31 bits. */
  readonly id: number
  readonly state: PipeState
  /** Class for sending to it, 1 (first choice) to 16. */
  readonly sendPriority: number
  /** Class for receiving from it. */
  readonly recvPriority: number
  /** Aborts when the pipe ends. */
  readonly signal: AbortSignal
  stats(): PipeStats
  /** Ends the connection, delivering what was sent for at most `linger` ms. */
  close(linger: number): Promise<void>
}
