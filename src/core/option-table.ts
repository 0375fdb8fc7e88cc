/**
 * The one table of options: default, allowed values, where it may be given and a sentence. Validation and
 * `docs/options.md` derive from it; the types in `options.ts` are checked against it by the compiler.
 */
import type { OptionName } from './options.ts'

export interface OptionRule {
  readonly default: unknown
  /** In words, for error messages and documentation. */
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
  /** `socket`: every socket; `endpoint`: every socket, bind and connect; `pattern`: the sockets named in `only`. */
  readonly scope: 'socket' | 'endpoint' | 'pattern'
  readonly only?: string
  readonly about: string
  /** The nanomsg option it corresponds to. */
  readonly nanomsg?: string
}

const duration = {
  allowed: 'a number of ms from 0, or Infinity',
  accepts: (v: unknown): boolean => typeof v === 'number' && v >= 0
}
const finiteDuration = {
  allowed: 'a finite number of ms from 0',
  accepts: (v: unknown): boolean => typeof v === 'number' && v >= 0 && v < Number.POSITIVE_INFINITY
}
const buffer = {
  allowed: 'a whole number of bytes from 1, or Infinity',
  accepts: (v: unknown): boolean => v === Number.POSITIVE_INFINITY || (Number.isInteger(v) && (v as number) >= 1)
}
const size = {
  allowed: 'a whole number of bytes from 0, or Infinity',
  accepts: (v: unknown): boolean => v === Number.POSITIVE_INFINITY || (Number.isInteger(v) && (v as number) >= 0)
}
const count = (low: number, high: number): Pick<OptionRule, 'allowed' | 'accepts'> => ({
  allowed: `a whole number from ${low} to ${high}`,
  accepts: (v) => Number.isInteger(v) && (v as number) >= low && (v as number) <= high
})
const boolean = { allowed: 'true or false', accepts: (v: unknown): boolean => typeof v === 'boolean' }
const plainObject = {
  allowed: 'an object',
  accepts: (v: unknown): boolean => typeof v === 'object' && v !== null && !Array.isArray(v)
}
const oneOf = (...values: string[]): Pick<OptionRule, 'allowed' | 'accepts'> => ({
  allowed: values.map((v) => `'${v}'`).join(', '),
  accepts: (v) => typeof v === 'string' && values.includes(v)
})

export const optionTable = {
  name: {
    default: undefined,
    allowed: 'a string of 1 to 63 characters',
    accepts: (v) => typeof v === 'string' && v.length >= 1 && v.length <= 63,
    scope: 'socket',
    about: 'Appears in error messages and `stats()`. By default the pattern and a number, such as `req-3`.',
    nanomsg: 'NN_SOCKET_NAME'
  },
  sendBuffer: {
    default: 1048576,
    ...buffer,
    scope: 'socket',
    about: 'Bytes accepted for each pipe before it counts as full; one message may go beyond.',
    nanomsg: 'NN_SNDBUF'
  },
  recvBuffer: {
    default: 1048576,
    ...buffer,
    scope: 'socket',
    about:
      'Bytes received from each pipe and not yet read before its transport stops reading; also at most 16 384 messages.',
    nanomsg: 'NN_RCVBUF'
  },
  sendTimeout: {
    default: Number.POSITIVE_INFINITY,
    ...duration,
    scope: 'socket',
    about: 'Default `timeout` of `send`.',
    nanomsg: 'NN_SNDTIMEO'
  },
  recvTimeout: {
    default: Number.POSITIVE_INFINITY,
    ...duration,
    scope: 'socket',
    about: 'Default `timeout` of `recv`.',
    nanomsg: 'NN_RCVTIMEO'
  },
  linger: {
    default: 1000,
    ...duration,
    scope: 'socket',
    about: 'How long `close` goes on delivering what was accepted.',
    nanomsg: 'NN_LINGER'
  },
  codec: {
    default: undefined,
    allowed: 'an object with the functions encode and decode',
    accepts: (v) =>
      plainObject.accepts(v) &&
      typeof (v as { encode?: unknown }).encode === 'function' &&
      typeof (v as { decode?: unknown }).decode === 'function',
    scope: 'socket',
    about: 'Sends and receives values in place of bytes; see `hubless/codecs`. Not on raw sockets.'
  },
  sendPriority: {
    default: 8,
    ...count(1, 16),
    scope: 'endpoint',
    about: 'Class for sending, 1 is the first choice. A lower class is used only while no higher one is ready.',
    nanomsg: 'NN_SNDPRIO'
  },
  recvPriority: {
    default: 8,
    ...count(1, 16),
    scope: 'endpoint',
    about: 'Class for receiving, 1 is read first.',
    nanomsg: 'NN_RCVPRIO'
  },
  reconnectInterval: {
    default: 100,
    ...finiteDuration,
    scope: 'endpoint',
    about: 'First delay before connecting again, varied by 25 %; it doubles with every failure.',
    nanomsg: 'NN_RECONNECT_IVL'
  },
  reconnectIntervalMax: {
    default: 5000,
    ...finiteDuration,
    scope: 'endpoint',
    about: 'Upper bound of the delay; below `reconnectInterval` it caps that too.',
    nanomsg: 'NN_RECONNECT_IVL_MAX'
  },
  recvMaxSize: {
    default: 1048576,
    ...size,
    scope: 'endpoint',
    about: 'Largest message accepted, inclusive, SP header included; 0 = empty messages only.',
    nanomsg: 'NN_RCVMAXSIZE'
  },
  handshakeTimeout: {
    default: 5000,
    ...duration,
    scope: 'endpoint',
    about: 'A connection whose whole handshake (TLS, WebSocket, SP hello) takes longer is refused.'
  },
  tcpNoDelay: {
    default: true,
    ...boolean,
    scope: 'endpoint',
    about: 'Send small segments at once.',
    nanomsg: 'NN_TCP_NODELAY'
  },
  tcpKeepAlive: {
    default: true,
    allowed: 'true, false or a number of ms from 1',
    accepts: (v) => typeof v === 'boolean' || (typeof v === 'number' && v >= 1 && v < Number.POSITIVE_INFINITY),
    scope: 'endpoint',
    about: 'Let TCP notice dead peers: true (first probe after 60 s), false, or the idle time in ms.'
  },
  authorize: {
    default: undefined,
    allowed: 'a function',
    accepts: (v) => typeof v === 'function',
    scope: 'endpoint',
    about: 'Asked about every peer before it takes part; anything but true, or a promise of it, refuses the peer.'
  },
  tls: {
    default: undefined,
    allowed: 'an object, or a function that returns one',
    accepts: (v) => typeof v === 'function' || plainObject.accepts(v),
    scope: 'endpoint',
    about: 'Options of `node:tls` for `tls+tcp://` and `wss://`, or a function asked for them at every connection.'
  },
  ws: {
    default: undefined,
    allowed: "an object with origins ('*', a list of strings or a function), headers, server, type ('binary', 'text')",
    accepts: acceptsWs,
    scope: 'endpoint',
    about: '`{ origins, headers, server, type }` for `ws://` and `wss://`.'
  },
  ipc: {
    default: undefined,
    allowed: 'an object with mode, a whole number from 0 to 0o777',
    accepts: acceptsIpc,
    scope: 'endpoint',
    about: '`{ mode }`: permission bits of the socket file; default as the umask leaves them.'
  },
  ttl: {
    default: 8,
    ...count(1, 255),
    scope: 'pattern',
    only: 'Rep, Respondent',
    about: 'A request or survey that made more hops is dropped.',
    nanomsg: 'NN_MAXTTL'
  },
  resendInterval: {
    default: 60000,
    ...duration,
    scope: 'pattern',
    only: 'Req',
    about: 'An unanswered request is sent again after this, measured from its last transmission; Infinity = never.',
    nanomsg: 'NN_REQ_RESEND_IVL'
  },
  retry: {
    default: true,
    ...boolean,
    scope: 'pattern',
    only: 'Req',
    about: 'false: nothing is ever sent twice, and losing the pipe rejects with `ECONNRESET`.'
  },
  failFast: {
    default: false,
    ...boolean,
    scope: 'pattern',
    only: 'Req',
    about: 'true: without a REP attached a request rejects at once.'
  },
  deadline: {
    default: 1000,
    ...duration,
    scope: 'pattern',
    only: 'Surveyor',
    about: 'How long a survey collects answers.',
    nanomsg: 'NN_SURVEYOR_DEADLINE'
  },
  overflow: {
    default: 'wait',
    ...oneOf('wait', 'drop-oldest', 'drop-newest'),
    scope: 'pattern',
    only: 'Sub',
    about: 'What happens at `recvBuffer`: stop reading from the publisher, or drop.'
  }
} as const satisfies Record<OptionName, OptionRule> as Record<OptionName, OptionRule>

function acceptsWs(value: unknown): boolean {
  if (!plainObject.accepts(value)) return false
  return Object.entries(value as object).every(([key, v]) => v === undefined || wsRules[key as 'type']?.(v) === true)
}

const wsRules: Record<'origins' | 'headers' | 'server' | 'type', (value: unknown) => boolean> = {
  origins: (v) =>
    v === '*' || typeof v === 'function' || (Array.isArray(v) && v.every((origin) => typeof origin === 'string')),
  // A header with a line break would smuggle in another one.
  headers: (v) =>
    plainObject.accepts(v) &&
    Object.entries(v as object).every(([name, text]) => isHeader(name) && typeof text === 'string' && isLine(text)),
  server: (v) => plainObject.accepts(v) && typeof (v as { on?: unknown }).on === 'function',
  type: oneOf('binary', 'text').accepts
}

/** A header name that does not belong to the upgrade itself. */
function isHeader(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/^(sec-websocket-.*|upgrade|connection|content-length)$/i.test(name)
}

function isLine(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

function acceptsIpc(value: unknown): boolean {
  if (!plainObject.accepts(value)) return false
  for (const [key, mode] of Object.entries(value as object)) {
    if (key !== 'mode') return false
    if (mode !== undefined && !count(0, 0o777).accepts(mode)) return false
  }
  return true
}
