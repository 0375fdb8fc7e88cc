/** WebSocket in browsers and workers, over the platform's own `WebSocket`: every pattern dials, nothing binds. */
import { SpError } from '../../core/errors.ts'
import { isObject, optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'

export const ws: Transport = {
  schemes: ['ws', 'wss'],
  options: { ws: optional('an object', isObject) },
  check(address, _role, { options }) {
    // The scheme does not matter to the syntax.
    const text = `ws://${address}`
    const url = URL.canParse(text) && new URL(text)
    if (!url || url.hash + url.username + url.password !== '') {
      throw new SpError('EINVAL', { message: `${text} is no WebSocket URL: host[:port][/path][?query]` })
    }
    if (options.ws?.headers !== undefined) {
      throw new SpError('EINVAL', { message: 'browsers take no ws: { headers }' })
    }
  },
  dial
}
