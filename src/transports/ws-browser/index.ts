/** WebSocket in browsers and workers, over the platform's own `WebSocket`: every pattern dials, nothing binds. */
import { SpError } from '../../core/errors.ts'
import { isObject, optional, show } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'

export const ws: Transport = {
  schemes: ['ws', 'wss'],
  options: { ws: optional('an object', isObject) },
  check(address, _role, { options }) {
    // The scheme does not matter to the syntax.
    const text = `ws://${address}`
    if (!URL.canParse(text) || /#|^[^/?]*@/.test(address)) {
      throw new SpError('EINVAL', { message: `${show(text)} is no WebSocket URL: host[:port][/path][?query]` })
    }
    if (options.ws?.headers !== undefined) {
      throw new SpError('EINVAL', { message: 'browsers take no ws: { headers }' })
    }
  },
  dial
}
