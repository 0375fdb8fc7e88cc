/** TCP: SP hello, then 8-byte length frames. sp-tcp-mapping. */
import type { Transport } from '../../core/transport.ts'
import { spOverTcp } from '../sp/wire.ts'
import type { Wire } from '../stream/wire.ts'
import { parseTcpAddress } from './address.ts'
import { checkAgent } from './agent.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'
import { tcpOptions } from './options.ts'

/** TCP under a scheme of its own for each wire. */
export function tcpTransport(scheme: string, wire: Wire): Transport {
  return {
    schemes: [scheme],
    options: tcpOptions,
    check(address, role, { options }) {
      parseTcpAddress(address, role, scheme)
      if (role === 'connect') checkAgent(options, `${scheme}://${address}`)
    },
    dial: (request) => dial(request, wire),
    listen: (request) => listen(request, wire)
  }
}

export const tcp: Transport = tcpTransport('tcp', spOverTcp)
