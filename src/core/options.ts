/**
 * The types of options: of sockets, of endpoints and of single patterns. Their defaults and rules are in
 * `option-table.ts`, those of transports with the transports; `resolve-options.ts` checks what is given.
 */
import type { Codec } from './codec.ts'
import type { Peer, UpgradeInfo } from './peer.ts'
import type { HttpServer, StreamAgent, TlsSettings } from './platform.ts'

/** Their rules come with the transports that use them; such a transport may add its own by declaration merging. */
export interface TransportOptions {
  /**
   * `tls+tcp://` and `wss://`: options of `node:tls`, such as `ca`, `cert`, `key`; or a function that returns them, asked
   * for every connection, so that certificates are replaced without a restart.
   */
  tls?: TlsSettings | (() => TlsSettings) | undefined
  /** `ws://` and `wss://`. */
  ws?: WebSocketOptions | undefined
  /**
   * `connect` over TCP, with TLS, WebSocket or without: opens the stream in place of us, through a proxy for example. An object
   * with `createConnection`, as an `Agent` of `node:http` is, or one of the package `https-proxy-agent`. Not in browsers.
   */
  agent?: StreamAgent | undefined
  /** `ipc://`. */
  ipc?: IpcOptions | undefined
  /** `thread://`; see `hubless/threads`. */
  thread?: ThreadOptions | undefined
}

/** Options of single transports that have a value everywhere. */
interface TcpOptions {
  /** Send small segments at once. Default true. nanomsg: NN_TCP_NODELAY. */
  tcpNoDelay?: boolean | undefined
  /** Let TCP notice dead peers: true, or the idle time in ms before the first probe. Default true (60 s). */
  tcpKeepAlive?: boolean | number | undefined
  /**
   * `bind` in a worker of `node:cluster`: true refuses to share the port with other workers. Default false: an explicit
   * port is shared, port 0 never is.
   */
  exclusive?: boolean | undefined
}

/** Options of `ipc://`. */
export interface IpcOptions {
  /** Permission bits of the socket file on `bind`, 0 to 0o777. Default: as the umask leaves them. */
  mode?: number | undefined
}

/** Options of `thread://`. */
export interface ThreadOptions {
  /**
   * Move bodies to the other thread where they fill all of their memory and have more than 8 KiB, in place of copying
   * them: whoever sent one finds it empty. Default false.
   */
  transfer?: boolean | undefined
}

/** Options of `ws://` and `wss://`. */
export interface WebSocketOptions {
  /**
   * `bind`: browsers of which pages may connect: origins such as `https://app.example.com`, host names, `'*'` for all, or
   * a function. Default: pages from the host name that the browser connects to. Peers that send no `Origin` always pass.
   */
  origins?: '*' | readonly string[] | ((origin: string, request: UpgradeInfo) => boolean) | undefined
  /**
   * `bind`: further host names and addresses by which peers may ask for this listener. One that is reached over loopback
   * takes names of loopback only unless they are listed here, so that a page cannot reach it by a name of its own.
   */
  hosts?: readonly string[] | undefined
  /** A ping after this long, ms; a peer that answers nothing until the next is gone. Default 30000; `Infinity` = never. */
  pingInterval?: number | undefined
  /** Bytes of the head of an upgrade request, or of the answer to one. Default 16384. Not in browsers. */
  maxHeaderSize?: number | undefined
  /** Frames of one message, empty ones included. Default 65536. Not in browsers. */
  maxFragments?: number | undefined
  /** `connect`: further headers of the upgrade request. Not in browsers. */
  headers?: Readonly<Record<string, string>> | undefined
  /** `bind`: take upgrades from this HTTP server in place of an own one; host and port of the URL are not used. */
  server?: HttpServer | undefined
  /** Send messages as text frames. Default `binary`; both are accepted. nanomsg: NN_WS_MSG_TYPE. */
  type?: 'binary' | 'text' | undefined
}

/** Decides on a peer before it takes part: `true` lets it in, anything else and a throw refuses it. */
export type Authorize = (peer: Peer) => boolean | Promise<boolean>

/** Options of one endpoint; given to `bind` or `connect` they override the socket's. */
export interface EndpointOptions extends TransportOptions, TcpOptions, StreamOptions, DoorOptions {
  /** Class for sending over this endpoint, 1 (first choice) to 16. Default 8. nanomsg: NN_SNDPRIO. */
  sendPriority?: number | undefined
  /** Class for receiving from this endpoint, 1 (first choice) to 16. Default 8. nanomsg: NN_RCVPRIO. */
  recvPriority?: number | undefined
  /** First delay before connecting again, ms, varied by 25 %. Default 100. nanomsg: NN_RECONNECT_IVL. */
  reconnectInterval?: number | undefined
  /** The delay doubles up to this, ms; 0 = it does not grow. Default 5000. nanomsg: NN_RECONNECT_IVL_MAX. */
  reconnectIntervalMax?: number | undefined
  /** Largest message accepted, bytes, SP header included. Default 1 MiB; `Infinity` = none. nanomsg: NN_RCVMAXSIZE. */
  recvMaxSize?: number | undefined
  /**
   * One attempt to connect may take this long, from the lookup of the name to the hello of the peer; an accepted
   * connection from its arrival to the hello. ms. Default 5000.
   */
  handshakeTimeout?: number | undefined
  /** Asked about every peer once its handshake told who it is, before it takes part; see `Authorize`. */
  authorize?: Authorize | undefined
  /** Calls of `authorize` that run at a time, also those of attempts that are over by then. Default 1024. */
  maxAuthorizing?: number | undefined
}

/** What bounds those who come to a listener. Not in pages, where no stranger reaches one. */
interface DoorOptions {
  /**
   * `bind`: peers that this listener has at a time; a further one is refused with reason `limit`. One whose handshake is not
   * done counts, and the oldest such gives way. Default `Infinity`: as many as there are descriptors.
   */
  maxConnections?: number | undefined
  /**
   * `bind`: the same, for those from one address, or of IPv6 from one /64, but for `::1`. Over a transport without addresses
   * all peers count as one host.
   */
  maxConnectionsPerHost?: number | undefined
  /** `bind`: connections that this listener takes in a second, at once or one by one. Default `Infinity`. */
  maxConnectRate?: number | undefined
}

/** Options of everything that runs over a stream of bytes. */
interface StreamOptions {
  /** `bind`: unfinished handshakes at a time; the oldest gives way to a further one. Default 16384. */
  maxHandshakes?: number | undefined
  /**
   * A connection of which the system takes no bytes for this long, while some wait to be sent, has ended: ms, and at most half
   * of it more. Its peer is frozen, unreachable or does not read. Default `Infinity`.
   */
  stallTimeout?: number | undefined
  /**
   * `bind`: bytes that may wait for all peers of this listener together. Beyond that each may have a sixteenth of `sendBuffer`.
   * Default: 64 times `sendBuffer`.
   */
  sendBudget?: number | undefined
}

/** Options every socket has. */
export interface SocketOptions extends EndpointOptions {
  /** Appears in error messages and `stats()`. Default: the pattern's name and a number. nanomsg: NN_SOCKET_NAME. */
  name?: string | undefined
  /** Bytes accepted for each pipe before it counts as full. Default 1 MiB. */
  sendBuffer?: number | undefined
  /**
   * Most bytes received from each pipe and not yet read; then its transport stops reading. The socket as a whole holds 16
   * times that. Default 1 MiB.
   */
  recvBuffer?: number | undefined
  /** Default `timeout` of `send`, ms. Default `Infinity`. nanomsg: NN_SNDTIMEO. */
  sendTimeout?: number | undefined
  /** Default `timeout` of `recv`, ms. Default `Infinity`. nanomsg: NN_RCVTIMEO. */
  recvTimeout?: number | undefined
  /** How long `close` goes on delivering what was accepted, ms. Default 1000. nanomsg: NN_LINGER. */
  linger?: number | undefined
}

/** A socket option that replaces bytes by values. */
export interface CodecOption<Out, In> {
  /** Encodes what is sent and decodes what is received; see `hubless/codecs`. */
  codec?: Codec<Out, In> | undefined
}

/** REP, RESPONDENT and their raw twins. */
export interface HopOptions {
  /** Requests that came over more hops are dropped, 1 to 255. Default 8. nanomsg: NN_MAXTTL. */
  ttl?: number | undefined
}

/** Options of REQ alone. */
export interface ReqOnlyOptions {
  /** An unanswered request is sent again after this, ms. Default 60000; `Infinity` = never. nanomsg: NN_REQ_RESEND_IVL. */
  resendInterval?: number | undefined
  /** false: nothing is ever sent twice, losing the pipe rejects with `ECONNRESET`. Default true. */
  retry?: boolean | undefined
  /** true: without a REP attached a request rejects at once with `EHOSTUNREACH`. Default false. */
  failFast?: boolean | undefined
}

/** Options of SURVEYOR alone. */
export interface SurveyorOnlyOptions {
  /** How long a survey collects answers, ms. Default 1000. nanomsg: NN_SURVEYOR_DEADLINE. */
  deadline?: number | undefined
}

/** What a SUB does when its receive buffer is full: stop reading, or drop the oldest or the newest message. */
export type Overflow = 'wait' | 'drop-oldest' | 'drop-newest'

/** Options of SUB alone. */
export interface SubOnlyOptions {
  /** What happens at `recvBuffer`: stop reading from the publisher, or drop. Default `wait`. */
  overflow?: Overflow | undefined
}

type AllOptions = SocketOptions &
  HopOptions &
  ReqOnlyOptions &
  SurveyorOnlyOptions &
  SubOnlyOptions &
  CodecOption<unknown, unknown>
export type OptionName = keyof AllOptions
export type PatternOption = keyof (HopOptions & ReqOnlyOptions & SurveyorOnlyOptions & SubOnlyOptions)

type Absentable = keyof TransportOptions | 'authorize' | 'codec' | 'sendBudget'

/** Every option with a value; those of single transports, `authorize`, `codec` and `sendBudget` may be absent. */
export type ResolvedOptions = Readonly<{
  [K in Exclude<OptionName, Absentable>]-?: Exclude<AllOptions[K], undefined>
}> &
  Readonly<Pick<AllOptions, Absentable>>

/** Options of an endpoint, checked and complete. */
export type ResolvedEndpointOptions = Readonly<
  Pick<ResolvedOptions, Exclude<keyof EndpointOptions, keyof TransportOptions>> & TransportOptions
>
