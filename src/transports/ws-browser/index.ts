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
        message: `ws://${address} is no WebSocket URL: host[:port][/path][?query]`
      })
    }
    if (tls !== undefined || settings?.headers !== undefined) {
      throw new SpError('EINVAL', {
        message: 'browsers take neither tls nor ws: { headers }: they check certificates, and a token goes in the URL'
      })
    }
  },
  dial,
  listen: ({ address }) => Promise.reject(cannotBind(address))
}

function cannotBind(address: string): SpError {
  return new SpError('ENOTSUP', {
    message: `browsers cannot listen at ws://${address}; bind in Node, or bind inproc://`
  })
}
