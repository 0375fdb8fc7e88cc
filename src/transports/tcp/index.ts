/** TCP: SP hello, then 8-byte length frames. sp-tcp-mapping. */
import type { Transport } from '../../core/transport.ts'
import { parseTcpAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const tcp: Transport = {
  schemes: ['tcp'],
  check: (address, role) => void parseTcpAddress(address, role),
  dial,
  listen
}
