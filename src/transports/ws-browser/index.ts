/** WebSocket in browsers and workers, over the platform's own `WebSocket`: every pattern dials, nothing binds. */
import { invalid, isObject, optional, show } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'

export const ws: Transport = {
  schemes: ['ws', 'wss'],
  options: { ws: optional('an object; pages cannot set headers', (v) => isObject(v) && !('headers' in v)) },
  check(address) {
    // The scheme does not matter to the syntax.
    const text = `ws://${address}`
    if (!URL.canParse(text) || /#|^[^/?]*@/.test(address)) {
      throw invalid(`${show(text)} is no WebSocket URL: host[:port][/path][?query]`)
    }
  },
  dial
}
