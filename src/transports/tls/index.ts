/** TLS: what TCP does, inside TLS 1.2 or later. No ALPN. */
import { isFunction, isObject, optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { checkAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const tls: Transport = {
  schemes: ['tls+tcp'],
  options: { tls: optional('an object, or a function that returns one', (v) => isFunction(v) || isObject(v)) },
  check: (address, role, { options }) => checkAddress(address, role, options),
  dial,
  listen
}
