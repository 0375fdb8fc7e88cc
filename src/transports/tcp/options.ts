/** The endpoint options of everything that runs over TCP. */
import { boolean, finiteDuration, isFunction, isObject, type OptionRules, option, optional } from '../../core/rules.ts'
import { streamOptions } from '../stream/options.ts'

export const tcpOptions: OptionRules = {
  ...streamOptions,
  tcpNoDelay: option(true, boolean),
  tcpKeepAlive: option(true, {
    allowed: 'true, false or a number of ms from 1',
    accepts: (v) => boolean.accepts(v) || (finiteDuration.accepts(v) && (v as number) >= 1)
  }),
  exclusive: option(false, boolean),
  agent: optional(
    'an object with a function createConnection, such as an http.Agent',
    (v) => isObject(v) && isFunction((v as { createConnection?: unknown }).createConnection)
  )
}
