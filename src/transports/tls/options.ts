/** The endpoint options of everything that runs over TLS. */
import { isFunction, isObject, type OptionRules, optional } from '../../core/rules.ts'
import { tcpOptions } from '../tcp/options.ts'

export const tlsOptions: OptionRules = {
  ...tcpOptions,
  tls: { ...optional('an object, or a function that returns one', (v) => isFunction(v) || isObject(v)), secret: true }
}
