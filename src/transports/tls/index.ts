/** TLS: what TCP does, inside TLS 1.2 or later. No ALPN. */
import type { Transport } from '../../core/transport.ts'
import { checkAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const tls: Transport = {
  schemes: ['tls+tcp'],
  check: checkAddress,
  dial,
  listen
}
