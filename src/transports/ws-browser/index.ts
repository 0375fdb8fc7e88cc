/** WebSocket in browsers and workers, over the platform's own `WebSocket`: every pattern dials, nothing binds. */
import { invalid, isObject, optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'

export const ws: Transport = {
  schemes: ['ws', 'wss'],
  options: { ws: optional('an object; pages cannot set headers', (v) => isObject(v) && !('headers' in v)) },
  check(address) {
    // The scheme does not matter to the syntax.
    const text = `ws://${address}`
    const url = URL.canParse(text) && new URL(text)
    if (!url || url.hash + url.username + url.password !== '') {
      throw invalid(`${text} is no WebSocket URL: host[:port][/path][?query]`)
    }
  },
  dial
}
