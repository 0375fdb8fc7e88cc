/**
 * The options that every socket has: default and allowed values, in groups by where they may be given; those of one
 * pattern stand with the pattern. Validation and `docs/options.md` derive from these tables; the types in `options.ts`
 * are checked against them by the compiler. What an option is for is told in `scripts/docs/option-texts.ts`, so that
 * browsers need not load it.
 */
import type { EndpointOptions, OptionName, PatternOption } from './options.ts'

/** What a value must be. */
export interface Rule {
  /** In words, for error messages and documentation. */
  readonly allowed: string
  readonly accepts: (value: unknown) => boolean
}

export interface OptionRule extends Rule {
  readonly default: unknown
}

/** Numbers from `low` to `high`, of ms any, of other things whole ones. */
export function range(low: number, high = Infinity, of = ''): Rule {
  const ms = of === ' of ms'
  return {
    allowed: `a ${ms ? '' : 'whole '}number${of} from ${low}${high === Infinity ? ', or Infinity' : ` to ${high}`}`,
    accepts: (v) => typeof v === 'number' && v >= low && v <= high && (ms || v === high || Number.isInteger(v))
  }
}

export const duration: Rule = range(0, Infinity, ' of ms')
const finiteDuration: Rule = {
  allowed: 'a finite number of ms from 0',
  accepts: (v) => duration.accepts(v) && v !== Infinity
}
const buffer = range(1, Infinity, ' of bytes')
export const boolean: Rule = { allowed: 'true or false', accepts: (v) => typeof v === 'boolean' }

const isFunction = (v: unknown): boolean => typeof v === 'function'
export const isObject = (v: unknown): v is object => typeof v === 'object' && v !== null && !Array.isArray(v)

/** An option that has this value where none is given. */
export const option = (value: unknown, { allowed, accepts }: Rule): OptionRule => ({ default: value, allowed, accepts })
const optional = (allowed: string, accepts: Rule['accepts']): OptionRule => ({ default: undefined, allowed, accepts })

/** For `bind` and `connect`, and for every socket as the default of these. */
export const endpointOptions: Record<keyof EndpointOptions, OptionRule> = {
  sendPriority: option(8, range(1, 16)),
  recvPriority: option(8, range(1, 16)),
  reconnectInterval: option(100, finiteDuration),
  reconnectIntervalMax: option(5000, finiteDuration),
  recvMaxSize: option(1048576, range(0, Infinity, ' of bytes')),
  handshakeTimeout: option(5000, duration),
  tcpNoDelay: option(true, boolean),
  tcpKeepAlive: option(true, {
    allowed: 'true, false or a number of ms from 1',
    accepts: (v) => boolean.accepts(v) || (finiteDuration.accepts(v) && (v as number) >= 1)
  }),
  authorize: optional('a function', isFunction),
  tls: optional('an object, or a function that returns one', (v) => isFunction(v) || isObject(v)),
  // Node, which has more use for them, looks into these objects: see transports/option-values.ts.
  ws: optional('an object', isObject),
  ipc: optional('an object', isObject)
}

/** For every socket. */
export const socketOptions: Record<Exclude<OptionName, keyof EndpointOptions | PatternOption>, OptionRule> = {
  name: optional('a string of 1 to 63 characters', (v) => typeof v === 'string' && v.length >= 1 && v.length <= 63),
  sendBuffer: option(1048576, buffer),
  recvBuffer: option(1048576, buffer),
  sendTimeout: option(Infinity, duration),
  recvTimeout: option(Infinity, duration),
  linger: option(1000, duration),
  codec: optional('an object with functions encode and decode', (v) => {
    const { encode, decode } = Object(v) as { encode?: unknown; decode?: unknown }
    return isObject(v) && isFunction(encode) && isFunction(decode)
  })
}
