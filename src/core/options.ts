/**
 * The option types of sockets and endpoints, and their validation against `option-table.ts`. Values are checked once,
 * when a socket or endpoint is made; what passes is frozen and readable as `socket.options` and `endpoint.options`.
 */
import type { Codec } from './codec.ts'
import { SpError } from './errors.ts'
import { endpointOptions, isObject, type OptionRule, type Rule, socketOptions } from './option-table.ts'
import type { HttpServer, TlsSettings } from './platform.ts'
import type { Peer, UpgradeInfo } from './transport.ts'

/** TLS, WebSocket and IPC settings are checked by the transport that uses them. */
interface TransportOptions {
  /**
   * `tls+tcp://` and `wss://`: options of `node:tls`, such as `ca`, `cert`, `key`; or a function that returns them, asked
   * for every connection, so that certificates are replaced without a restart.
   */
  tls?: TlsSettings | (() => TlsSettings) | undefined
  /** `ws://` and `wss://`. */
  ws?: WebSocketOptions | undefined
  /** `ipc://`. */
  ipc?: IpcOptions | undefined
}

export interface IpcOptions {
  /** Permission bits of the socket file on `bind`, 0 to 0o777. Default: as the umask leaves them. */
  mode?: number | undefined
}

export interface WebSocketOptions {
  /**
   * `bind`: browsers of which pages may connect: origins such as `https://app.example.com`, host names, `'*'` for all, or
   * a function. Default: pages from the host name that the browser connects to. Peers that send no `Origin` always pass.
   */
  origins?: '*' | readonly string[] | ((origin: string, request: UpgradeInfo) => boolean) | undefined
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
export interface EndpointOptions extends TransportOptions {
  /** Class for sending over this endpoint, 1 (first choice) to 16. Default 8. nanomsg: NN_SNDPRIO. */
  sendPriority?: number | undefined
  /** Class for receiving from this endpoint, 1 (first choice) to 16. Default 8. nanomsg: NN_RCVPRIO. */
  recvPriority?: number | undefined
  /** First delay before connecting again, ms, varied by 25 %. Default 100. nanomsg: NN_RECONNECT_IVL. */
  reconnectInterval?: number | undefined
  /** The delay doubles up to this, ms. Default 5000. nanomsg: NN_RECONNECT_IVL_MAX. */
  reconnectIntervalMax?: number | undefined
  /** Largest message accepted, bytes, SP header included. Default 1 MiB; `Infinity` = none. nanomsg: NN_RCVMAXSIZE. */
  recvMaxSize?: number | undefined
  /** A connection whose handshake takes longer is refused, ms. Default 5000. */
  handshakeTimeout?: number | undefined
  /** Asked about every peer once its handshake told who it is, before it takes part; see `Authorize`. */
  authorize?: Authorize | undefined
  /** Send small segments at once. Default true. nanomsg: NN_TCP_NODELAY. */
  tcpNoDelay?: boolean | undefined
  /** Let TCP notice dead peers: true, or the idle time in ms before the first probe. Default true (60 s). */
  tcpKeepAlive?: boolean | number | undefined
}

/** Options every socket has. */
export interface SocketOptions extends EndpointOptions {
  /** Appears in error messages and `stats()`. Default: the pattern's name and a number. nanomsg: NN_SOCKET_NAME. */
  name?: string | undefined
  /** Bytes accepted for each pipe before it counts as full. Default 1 MiB. */
  sendBuffer?: number | undefined
  /** Most bytes received from each pipe and not yet read; then its transport stops reading. Default 1 MiB. */
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

export interface ReqOnlyOptions {
  /** An unanswered request is sent again after this, ms. Default 60000; `Infinity` = never. nanomsg: NN_REQ_RESEND_IVL. */
  resendInterval?: number | undefined
  /** false: nothing is ever sent twice, losing the pipe rejects with `ECONNRESET`. Default true. */
  retry?: boolean | undefined
  /** true: without a REP attached a request rejects at once with `EHOSTUNREACH`. Default false. */
  failFast?: boolean | undefined
}

export interface SurveyorOnlyOptions {
  /** How long a survey collects answers, ms. Default 1000. nanomsg: NN_SURVEYOR_DEADLINE. */
  deadline?: number | undefined
}

export type Overflow = 'wait' | 'drop-oldest' | 'drop-newest'

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

type Absentable = 'tls' | 'ws' | 'ipc' | 'authorize' | 'codec'

/** Every option with a value; `tls`, `ws`, `ipc`, `authorize` and `codec` may be absent. */
export type ResolvedOptions = Readonly<{
  [K in Exclude<OptionName, Absentable>]-?: Exclude<AllOptions[K], undefined>
}> &
  Readonly<Pick<AllOptions, Absentable>>

export type ResolvedEndpointOptions = Readonly<
  Pick<ResolvedOptions, Exclude<keyof EndpointOptions, keyof TransportOptions>> & TransportOptions
>

export type OptionRules = Readonly<Record<string, OptionRule>>

/** Checks the options of a socket. `own` are those that its pattern has beyond the common ones. */
export function resolveSocketOptions(given: unknown, own: OptionRules | undefined, owner: string): ResolvedOptions {
  const rules: OptionRules = { ...socketOptions, ...endpointOptions, ...own }
  return merge(rules, (name) => (name === 'name' ? owner : rules[name]?.default), owner, given) as ResolvedOptions
}

/** Checks the options of an endpoint; what is not given comes from the socket. */
export function resolveEndpointOptions(
  given: unknown,
  socket: ResolvedOptions,
  owner: string
): ResolvedEndpointOptions {
  const inherited = (name: string): unknown => socket[name as keyof EndpointOptions]
  return merge(endpointOptions, inherited, owner, given) as ResolvedEndpointOptions
}

/** Checks what is given and puts it over the defaults. */
function merge(rules: OptionRules, defaultOf: (name: string) => unknown, owner: string, given: unknown = {}): object {
  if (!isObject(given)) {
    throw new SpError('EINVAL', { message: `the options of ${owner} are an object, not ${show(given)}` })
  }
  const names = Object.keys(rules)
  const merged = Object.fromEntries(names.map((name) => [name, defaultOf(name)]))
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, key)) {
      const message = `${owner} has no option ${show(key)}; it has ${names.join(', ')}`
      throw new SpError('EINVAL', { message })
    }
    if (value !== undefined) merged[key] = check(`option ${key}`, rules[key] as OptionRule, value)
  }
  return Object.freeze(merged)
}

/** Returns a value that its rule accepts; otherwise `EINVAL` names what it is of, the value and what is allowed. */
export function check<T>(what: string, rule: Rule, value: T): T {
  if (rule.accepts(value)) return value
  throw new SpError('EINVAL', { message: `${what} is ${show(value)}; allowed is ${rule.allowed}` })
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return isObject(value) ? 'an object' : String(value)
}
