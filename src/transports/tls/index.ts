/** TLS: what TCP does, inside TLS 1.2 or later. No ALPN. `node:tls` is loaded when somebody uses it. */
import type { Transport } from '../../core/transport.ts'
import { spOverTcp } from '../sp/wire.ts'
import { parseTcpAddress } from '../tcp/address.ts'
import { tlsOptions } from './options.ts'
import { checkTls } from './settings.ts'

const scheme = 'tls+tcp'

export const tls: Transport = {
  schemes: [scheme],
  options: tlsOptions,
  check(address, role, { options }) {
    parseTcpAddress(address, role, scheme)
    checkTls(options, role, `${scheme}://${address}`)
  },
  dial: async (request) => (await import('./dialer.ts')).dial(request, spOverTcp),
  listen: async (request) => (await import('./listener.ts')).listen(request, spOverTcp)
}
