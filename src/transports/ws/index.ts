/**
 * WebSocket in Node: one SP message is one binary message; the subprotocol is the hello. sp-websocket-mapping. It is loaded
 * when somebody uses it.
 */
import type { Transport } from '../../core/transport.ts'
import { tcpOptions } from '../tcp/options.ts'
import { tlsOptions } from '../tls/options.ts'
import { checkTls } from '../tls/settings.ts'
import { parseWsAddress } from './address.ts'
import { wsOption } from './options.ts'

const lazy: Pick<Transport, 'dial' | 'listen'> = {
  dial: async (request) => (await import('./dialer.ts')).dial(request),
  listen: async (request) => (await import('./listener.ts')).listen(request)
}

export const ws: Transport = {
  schemes: ['ws'],
  options: { ...tcpOptions, ws: wsOption },
  check: (address, role, { options }) => void parseWsAddress(address, 'ws', role, options.ws?.server !== undefined),
  ...lazy
}

export const wss: Transport = {
  schemes: ['wss'],
  options: { ...tlsOptions, ws: wsOption },
  check(address, role, { options }) {
    const attached = options.ws?.server !== undefined
    parseWsAddress(address, 'wss', role, attached)
    // An attached server has its own certificate.
    if (!attached || role === 'connect') checkTls(options, role, `wss://${address}`)
  },
  ...lazy
}
