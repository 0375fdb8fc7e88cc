/** The closed sets of reasons that events and statistics use, each with the sentence the documentation prints. */

/** Why a message was dropped. */
export const dropReasons = {
  'no-peer': 'Nobody was attached to send it to.',
  'queue-full': 'The send buffer of that peer was full.',
  overflow: 'The receive buffer was full, and the socket chose to drop or the transport could not stop reading.',
  'too-big': 'It was larger than recvMaxSize.',
  ttl: 'It came over more hops than ttl allows.',
  malformed: 'Its protocol header was damaged, or it has more parts than the pattern takes.',
  'late-reply': 'A reply or answer to a request that is over or went to others, or a second copy of one.',
  unsubscribed: 'It waited to be received when its last subscription was taken back.',
  unroutable: 'The peer it was addressed to, or that asked, is gone.',
  unexpected: 'The pattern does not receive messages in this direction.',
  closed: 'It was accepted, but its connection or socket closed before it left.',
  truncated: 'The connection ended in the middle of it.',
  'handler-error': 'The handler that was to answer it threw.',
  codec: 'The codec could not decode it.',
  filtered: 'The filter of a device dropped it or threw, or a directory left it out.'
} as const
/** Why a message was lost or discarded. Reasons are for ever; docs/events.md says what each means. */
export type DropReason = keyof typeof dropReasons

/** Why a connection was refused before it became a pipe. */
export const rejectReasons = {
  'protocol-mismatch': 'The peer speaks another protocol.',
  busy: 'The socket takes one peer and has one.',
  limit: 'A bound was reached: maxConnections, maxConnectionsPerHost, maxConnectRate, maxHandshakes or maxAuthorizing.',
  'handshake-timeout': 'The handshake did not finish within handshakeTimeout.',
  'malformed-hello': 'The peer did not shake hands as the address demands: no SP hello, no ZMTP greeting.',
  closed: 'The connection ended during the handshake.',
  tls: 'The TLS handshake failed.',
  websocket: 'The WebSocket upgrade was refused or malformed.',
  'not-found': 'The server has nothing at that path (HTTP 404).',
  unavailable: 'The server cannot serve now (HTTP 5xx).',
  unauthorized: 'The authorize hook or the origin check said no, here or at the peer (HTTP 401, 403).'
} as const
/** Why a connection was refused before it took part. Reasons are for ever; docs/events.md says what each means. */
export type RejectReason = keyof typeof rejectReasons

/** Why a pipe ended. */
export const detachReasons = {
  'closed-by-peer': 'The peer closed the connection.',
  'closed-locally': 'The endpoint or socket was closed here.',
  'connection-error': 'The connection broke; see the cause.',
  malformed: 'The peer damaged the framing.',
  'too-big': 'The peer sent a message larger than recvMaxSize.',
  overflow: 'More arrived than may wait, over a transport that cannot stop reading.',
  stalled: 'Nothing of what waited to be sent left within stallTimeout.'
} as const
/** Why a pipe ended. Reasons are for ever; docs/events.md says what each means. */
export type DetachReason = keyof typeof detachReasons
