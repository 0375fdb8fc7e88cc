/** What `docs/options.md` says of each option beyond its rule. */
import type { OptionName } from '../../src/core/options.ts'

export interface OptionText {
  readonly about: string
  /** The sockets that have it, where not all do. */
  readonly only?: string
  /** The nanomsg option it corresponds to. */
  readonly nanomsg?: string
}

export const optionTexts: Record<OptionName, OptionText> = {
  name: {
    about: 'Appears in error messages and `stats()`. By default the pattern and a number, such as `req-3`.',
    nanomsg: 'NN_SOCKET_NAME'
  },
  sendBuffer: {
    about: 'Bytes accepted for each pipe before it counts as full; one message may go beyond.',
    nanomsg: 'NN_SNDBUF'
  },
  recvBuffer: {
    about:
      'Most bytes received from each pipe and not yet read. Then its transport stops reading; with small messages it does so sooner. A socket holds 16 times that of all its pipes.',
    nanomsg: 'NN_RCVBUF'
  },
  sendTimeout: {
    about: 'Default `timeout` of `send`.',
    nanomsg: 'NN_SNDTIMEO'
  },
  recvTimeout: {
    about: 'Default `timeout` of `recv`.',
    nanomsg: 'NN_RCVTIMEO'
  },
  linger: {
    about: 'How long `close` goes on delivering what was accepted.',
    nanomsg: 'NN_LINGER'
  },
  codec: {
    about: 'Sends and receives values in place of bytes; see `hubless/codecs`. Not on raw sockets.'
  },
  sendPriority: {
    about: 'Class for sending, 1 is the first choice. A lower class is used only while no higher one is ready.',
    nanomsg: 'NN_SNDPRIO'
  },
  recvPriority: {
    about: 'Class for receiving, 1 is read first.',
    nanomsg: 'NN_RCVPRIO'
  },
  reconnectInterval: {
    about: 'First delay before connecting again, varied by 25 %; it doubles with every failure.',
    nanomsg: 'NN_RECONNECT_IVL'
  },
  reconnectIntervalMax: {
    about: 'Upper bound of the delay; below `reconnectInterval` it caps that too.',
    nanomsg: 'NN_RECONNECT_IVL_MAX'
  },
  recvMaxSize: {
    about: 'Largest message accepted, inclusive, SP header included; 0 = empty messages only.',
    nanomsg: 'NN_RCVMAXSIZE'
  },
  handshakeTimeout: {
    about: 'A connection whose whole handshake (TLS, WebSocket, SP hello) takes longer is refused.'
  },
  tcpNoDelay: {
    about: 'Send small segments at once.',
    nanomsg: 'NN_TCP_NODELAY'
  },
  exclusive: {
    about:
      '`bind` in a worker of `node:cluster`: `true` refuses to share the port with other workers. An explicit port is shared otherwise; port 0 never is.'
  },
  tcpKeepAlive: {
    about: 'Let TCP notice dead peers: true (first probe after 60 s), false, or the idle time in ms.'
  },
  maxConnections: {
    about:
      '`bind`: peers that a listener has at a time, unfinished handshakes among them, of which the oldest gives way. A further peer is refused with reason `limit`, told by a `reject` event and counted in `rejects`; it tries again, and joins when another left. Not in pages.'
  },
  maxConnectionsPerHost: {
    about:
      '`bind`: the same, for peers from one address; of IPv6 from one /64, which a host may use whole, but for `::1`. Over `ipc://`, `inproc://` and `thread://` all come from one. Not in pages.'
  },
  maxConnectRate: {
    about:
      '`bind`: connections that a listener takes in a second, at once or one by one; further ones are refused with reason `limit`. Over streams; not in pages.'
  },
  maxHandshakes: {
    about:
      '`bind`: handshakes that a listener has under way, TLS and WebSocket included; the oldest gives way with reason `limit`. Listeners on one WebSocket port share it.'
  },
  maxAuthorizing: {
    about:
      'Calls of `authorize` that an endpoint has under way, also those that outlive their attempt; a further peer is refused with reason `limit`.'
  },
  sendBudget: {
    about:
      '`bind`: bytes that may wait for all peers of a listener together; beyond that each may have a sixteenth of `sendBuffer`, beyond twice of it a 256th, and the pattern does what it does for a peer that is full. Default: 64 times `sendBuffer`. Over streams.'
  },
  stallTimeout: {
    about:
      'A connection over a stream, of which the system takes no more bytes for this long although some wait, ends with reason `stalled`: its peer is frozen, unreachable or does not read; see [reliability](reliability.md). At most half of it later.'
  },
  authorize: {
    about: 'Asked about every peer before it takes part; anything but true, or a promise of it, refuses the peer.'
  },
  tls: {
    about: 'Options of `node:tls` for `tls+tcp://` and `wss://`, or a function asked for them at every connection.'
  },
  agent: {
    about:
      '`connect` over TCP, with TLS, WebSocket or without: an `Agent` of `node:http`, one of the package `https-proxy-agent`, or any object with `createConnection`, which opens the stream; see [through a proxy](operating.md#through-a-proxy).'
  },
  ws: {
    about:
      '`{ origins, hosts, headers, server, type, pingInterval, maxHeaderSize, maxFragments }` for `ws://` and `wss://`.'
  },
  zmtp: {
    about:
      '`zmtp+tcp://`, `zmtp+ipc://`, `zmtp+ws://`, `zmtp+wss://`: how to prove who one is (`mechanism`, `username`, `password`, `curve`), `identity`, what becomes of bodies of several frames (`multipart`), `requestId`, `heartbeat`; see [ZeroMQ](zeromq.md).'
  },
  ipc: {
    about: '`{ mode }`: permission bits of the socket file; default as the umask leaves them.'
  },
  thread: {
    about:
      '`{ transfer }`: true moves large bodies to the other thread in place of copying them; see [threads](threads.md). There once `hubless/threads` is imported.'
  },
  ttl: {
    only: 'Rep, Respondent',
    about: 'A request or survey that made more hops is dropped.',
    nanomsg: 'NN_MAXTTL'
  },
  resendInterval: {
    only: 'Req',
    about: 'An unanswered request is sent again after this, measured from its last transmission; Infinity = never.',
    nanomsg: 'NN_REQ_RESEND_IVL'
  },
  retry: {
    only: 'Req',
    about: 'false: nothing is ever sent twice, and losing the pipe rejects with `ECONNRESET`.'
  },
  failFast: {
    only: 'Req',
    about: 'true: without a REP attached a request rejects at once.'
  },
  deadline: {
    only: 'Surveyor',
    about: 'How long a survey collects answers.',
    nanomsg: 'NN_SURVEYOR_DEADLINE'
  },
  overflow: {
    only: 'Sub',
    about: 'What happens at `recvBuffer`: stop reading from the publisher, or drop.'
  }
}
