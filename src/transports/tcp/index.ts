/** TCP: SP hello, then 8-byte length frames. sp-tcp-mapping. */
import { boolean, finiteDuration, option } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { parseTcpAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const tcp: Transport = {
  schemes: ['tcp'],
  options: {
    tcpNoDelay: option(true, boolean),
    tcpKeepAlive: option(true, {
      allowed: 'true, false or a number of ms from 1',
      accepts: (v) => boolean.accepts(v) || (finiteDuration.accepts(v) && (v as number) >= 1)
    }),
    exclusive: option(false, boolean)
  },
  check: (address, role) => void parseTcpAddress(address, role),
  dial,
  listen
}
