/** What is known about a peer and the endpoint it came through: plain facts, for applications and for `authorize`. */
import type { PipeStats } from './stats.ts'

/** The SP endpoint type of a socket and of the peers it accepts, as they stand in hello messages. */
export interface ProtocolIdentity {
  /** Name of the pattern, such as `req`. */
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
  /** Which of the two it is. */
  readonly kind: 'dialer' | 'listener'
  /** Of a listener with the real port; of a dialer with a URL factory what that returned last. */
  readonly url: string
  /** State of the dialer or listener. */
  readonly state: string
  /** Ends the endpoint and its pipes, delivering what was sent for at most the socket's `linger`. */
  close(): Promise<void>
}

/** Where a connection leads, and what its transport knows about the peer. */
export interface ConnectionInfo {
  /** Own address, such as `tcp://127.0.0.1:5555`. */
  readonly local: string
  /** Address of the peer, as its transport writes it. */
  readonly remote: string
  /** Endpoint id of the peer, from its hello. */
  readonly peerProtocol: number
  /** What the TLS handshake told, where there was one. */
  readonly tls?: TlsInfo
  /** The upgrade request, on a listener of `ws://` or `wss://`. */
  readonly ws?: UpgradeInfo
  /** Credentials of the peer process, where the platform gives them. */
  readonly credentials?: object
}

/** What TLS negotiated, and who the peer proved to be. */
export interface TlsInfo {
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  /** Name of the cipher. */
  readonly cipher: string
  /** Whether the peer presented a certificate that a trusted authority signed. */
  readonly authorized: boolean
  /** Certificate of the peer, where it showed one. */
  readonly certificate?: TlsCertificate
}

/** What of a certificate helps to decide on a peer. */
export interface TlsCertificate {
  /** Names by their short form, such as `{ CN: 'sensor-7', O: 'Example' }`. */
  readonly subject: Readonly<Record<string, string | string[] | undefined>>
  /** Who signed it. */
  readonly issuer: Readonly<Record<string, string | string[] | undefined>>
  /** Alternative names, such as `DNS:sensor-7.example.com, IP Address:10.0.0.7`. */
  readonly subjectAltName?: string
  /** Serial number, hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the certificate, as pairs of hexadecimal digits with colons. */
  readonly fingerprint256: string
  /** From when it holds, as `node:tls` writes it. */
  readonly validFrom: string
  /** Until when it holds, as `node:tls` writes it. */
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
  /** Address of the peer. */
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
  /** Where it stands. */
  readonly state: PipeState
  /** Class for sending to it, 1 (first choice) to 16. */
  readonly sendPriority: number
  /** Class for receiving from it. */
  readonly recvPriority: number
  /** Aborts when the pipe ends. */
  readonly signal: AbortSignal
  /** Counters of this pipe, as plain JSON. */
  stats(): PipeStats
  /** Ends the connection, delivering what was sent for at most `linger` ms. */
  close(linger: number): Promise<void>
}
