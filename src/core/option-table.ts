/**
 * The one table of options: default, allowed values and where it may be given. Validation and `docs/options.md` derive
 * from it; the types in `options.ts` are checked against it by the compiler. What an option is for is told in
 * `scripts/docs/option-texts.ts`, so that browsers need not load it.
 */
import type { OptionName } from './options.ts'
import { platform } from './platform.ts'

export interface OptionRule {
  readonly default: unknown
  /** In words, for error messages and documentation. */
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
  /** `socket`: every socket; `endpoint`: every socket, bind and connect; `pattern`: some sockets. */
  readonly scope: 'socket' | 'endpoint' | 'pattern'
}

const duration = {
  allowed: 'a number of ms from 0, or Infinity',
  accepts: (v: unknown): boolean => typeof v === 'number' && v >= 0
}
const finiteDuration = {
  allowed: 'a finite number of ms from 0',
  accepts: (v: unknown): boolean => typeof v === 'number' && v >= 0 && v < Infinity
}
const buffer = {
  allowed: 'a whole number of bytes from 1, or Infinity',
  accepts: (v: unknown): boolean => v === Infinity || (Number.isInteger(v) && (v as number) >= 1)
}
const size = {
  allowed: 'a whole number of bytes from 0, or Infinity',
  accepts: (v: unknown): boolean => v === Infinity || (Number.isInteger(v) && (v as number) >= 0)
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
    scope: 'socket'
  },
  sendBuffer: {
    default: 1048576,
    ...buffer,
    scope: 'socket'
  },
  recvBuffer: {
    default: 1048576,
    ...buffer,
    scope: 'socket'
  },
  sendTimeout: {
    default: Infinity,
    ...duration,
    scope: 'socket'
  },
  recvTimeout: {
    default: Infinity,
    ...duration,
    scope: 'socket'
  },
  linger: {
    default: 1000,
    ...duration,
    scope: 'socket'
  },
  codec: {
    default: undefined,
    allowed: 'an object with the functions encode and decode',
    accepts: (v) =>
      plainObject.accepts(v) &&
      typeof (v as { encode?: unknown }).encode === 'function' &&
      typeof (v as { decode?: unknown }).decode === 'function',
    scope: 'socket'
  },
  sendPriority: {
    default: 8,
    ...count(1, 16),
    scope: 'endpoint'
  },
  recvPriority: {
    default: 8,
    ...count(1, 16),
    scope: 'endpoint'
  },
  reconnectInterval: {
    default: 100,
    ...finiteDuration,
    scope: 'endpoint'
  },
  reconnectIntervalMax: {
    default: 5000,
    ...finiteDuration,
    scope: 'endpoint'
  },
  recvMaxSize: {
    default: 1048576,
    ...size,
    scope: 'endpoint'
  },
  handshakeTimeout: {
    default: 5000,
    ...duration,
    scope: 'endpoint'
  },
  tcpNoDelay: {
    default: true,
    ...boolean,
    scope: 'endpoint'
  },
  tcpKeepAlive: {
    default: true,
    allowed: 'true, false or a number of ms from 1',
    accepts: (v) => typeof v === 'boolean' || (typeof v === 'number' && v >= 1 && v < Infinity),
    scope: 'endpoint'
  },
  authorize: {
    default: undefined,
    allowed: 'a function',
    accepts: (v) => typeof v === 'function',
    scope: 'endpoint'
  },
  tls: {
    default: undefined,
    allowed: 'an object, or a function that returns one',
    accepts: (v) => typeof v === 'function' || plainObject.accepts(v),
    scope: 'endpoint'
  },
  ws: {
    default: undefined,
    allowed: "an object with origins ('*', a list of strings or a function), headers, server, type ('binary', 'text')",
    accepts: (v) => plainObject.accepts(v) && platform.accepts('ws', v as object),
    scope: 'endpoint'
  },
  ipc: {
    default: undefined,
    allowed: 'an object with mode, a whole number from 0 to 0o777',
    accepts: (v) => plainObject.accepts(v) && platform.accepts('ipc', v as object),
    scope: 'endpoint'
  },
  ttl: {
    default: 8,
    ...count(1, 255),
    scope: 'pattern'
  },
  resendInterval: {
    default: 60000,
    ...duration,
    scope: 'pattern'
  },
  retry: {
    default: true,
    ...boolean,
    scope: 'pattern'
  },
  failFast: {
    default: false,
    ...boolean,
    scope: 'pattern'
  },
  deadline: {
    default: 1000,
    ...duration,
    scope: 'pattern'
  },
  overflow: {
    default: 'wait',
    ...oneOf('wait', 'drop-oldest', 'drop-newest'),
    scope: 'pattern'
  }
} as const satisfies Record<OptionName, OptionRule> as Record<OptionName, OptionRule>
