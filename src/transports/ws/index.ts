/**
 * WebSocket in Node: one SP message is one binary message; the subprotocol is the hello. sp-websocket-mapping. It is loaded
 * when somebody uses it.
 */
import type { Transport } from '../../core/transport.ts'
import { tcpOptions } from '../tcp/options.ts'
import { tlsOptions } from '../tls/options.ts'
import { checkTls } from '../tls/settings.ts'
import { isSecure, parseWsAddress } from './address.ts'
import { wsOption } from './options.ts'
import type { Speech } from './speech.ts'

/** WebSockets under a scheme, over TLS if that ends with `wss`; `speech` loads what is spoken in them, SP by default. */
export function wsTransport(
  scheme: string,
  speech: () => Promise<Speech | undefined> = async () => undefined
): Transport {
  const secure = isSecure(scheme)
  return {
    schemes: [scheme],
    options: { ...(secure ? tlsOptions : tcpOptions), ws: wsOption },
    check(address, role, { options }) {
      const attached = options.ws?.server !== undefined
      parseWsAddress(address, scheme, role, attached)
      // An attached server has its own certificate.
      if (secure && (!attached || role === 'connect')) checkTls(options, role, `${scheme}://${address}`)
    },
    dial: async (request) => (await import('./dialer.ts')).dial(request, await speech()),
    listen: async (request) => (await import('./listener.ts')).listen(request, await speech())
  }
}
