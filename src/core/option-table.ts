/**
 * The options that every socket has: default and allowed values, in groups by where they may be given. Those of one
 * pattern stand with the pattern, those of one transport with the transport. Validation and `docs/options.md` derive from
 * these tables; what an option is for is told in `scripts/docs/option-texts.ts`, so that browsers need not load it.
 */
import { duration, finiteDuration, isFunction, isObject, option, optional, range } from './rules.ts'

const buffer = range(1, Infinity, ' of bytes')

/** For `bind` and `connect`, and for every socket as the default of these. */
export const endpointOptions = {
  sendPriority: option(8, range(1, 16)),
  recvPriority: option(8, range(1, 16)),
  reconnectInterval: option(100, finiteDuration),
  reconnectIntervalMax: option(5000, finiteDuration),
  recvMaxSize: option(1048576, range(0, Infinity, ' of bytes')),
  handshakeTimeout: option(5000, duration),
  authorize: optional('a function', isFunction),
  maxAuthorizing: option(1024, range(1))
}

/** For every socket. */
export const socketOptions = {
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
