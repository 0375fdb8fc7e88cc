/** WebSocket in browsers and workers, over the platform's own `WebSocket`: every pattern dials, nothing binds. */
import { SpError } from '../../core/errors.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'

export const ws: Transport = {
  schemes: ['ws', 'wss'],
  check(address, role, { tls, ws: settings }) {
    if (role === 'bind') throw cannotBind(address)
    // The scheme does not matter to the syntax.
    const url = URL.canParse(`ws://${address}`) ? new URL(`ws://${address}`) : undefined
    if (url === undefined || url.hash !== '' || url.username !== '' || url.password !== '') {
      throw new SpError('EINVAL', {
        message: `ws://${address} is no WebSocket URL; it must be host[:port][/path][?query]`
      })
    }
    if (tls !== undefined || settings?.headers !== undefined) {
      throw new SpError('EINVAL', {
        message:
          'a browser takes neither tls nor ws: { headers }; it checks certificates itself, and a token goes in the URL'
      })
    }
  },
  dial,
  listen: ({ address }) => Promise.reject(cannotBind(address))
}

function cannotBind(address: string): SpError {
  return new SpError('ENOTSUP', {
    message: `a browser cannot listen at ws://${address}; bind in Node and connect from here, or bind inproc://`
  })
}
