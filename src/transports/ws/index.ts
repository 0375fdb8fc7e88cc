/** WebSocket in Node: one SP message is one binary message; the subprotocol is the hello. sp-websocket-mapping. */
import { optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { optionRules } from '../option-values.ts'
import { checkTls } from '../tls/settings.ts'
import { parseWsAddress } from './address.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const ws: Transport = {
  schemes: ['ws'],
  options: { ws: optional(optionRules.ws.allowed, optionRules.ws.accepts) },
  check: (address, role, { options }) => void parseWsAddress(address, 'ws', role, options.ws?.server !== undefined),
  dial,
  listen
}

export const wss: Transport = {
  schemes: ['wss'],
  check(address, role, { options }) {
    const attached = options.ws?.server !== undefined
    parseWsAddress(address, 'wss', role, attached)
    // An attached server has its own certificate.
    if (!attached || role === 'connect') checkTls(options, role, `wss://${address}`)
  },
  dial,
  listen
}
