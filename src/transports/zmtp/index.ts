/** ZeroMQ peers over TCP, IPC and WebSocket: the transports of these with another wire or speech. */
import type { Transport } from '../../core/transport.ts'
import { ipcTransport } from '../ipc/index.ts'
import { tcpTransport } from '../tcp/index.ts'
import { parseWsAddress } from '../ws/address.ts'
import { ws } from '../ws/index.ts'
import { checkZmtpOptions, zmtpOptions } from './options.ts'
import { socketTypeOf } from './socket-types.ts'
import { zmtpWire } from './wire.ts'

/** WebSockets are loaded when somebody uses them. */
const zws: Transport = {
  ...ws,
  schemes: ['zmtp+ws'],
  check(address, role, asked) {
    parseWsAddress(address, 'zmtp+ws', role, asked.options.ws?.server !== undefined)
  },
  dial: async (request) => (await import('../ws/dialer.ts')).dial(request, (await import('./zws.ts')).zwsSpeech),
  listen: async (request) => (await import('../ws/listener.ts')).listen(request, (await import('./zws.ts')).zwsSpeech)
}

export const zmtpTransports: readonly Transport[] = [
  withZmtp(tcpTransport('zmtp+tcp', zmtpWire)),
  withZmtp(ipcTransport('zmtp+ipc', zmtpWire)),
  withZmtp(zws)
]

function withZmtp(transport: Transport): Transport {
  return {
    ...transport,
    options: { ...transport.options, ...zmtpOptions },
    check(address, role, asked) {
      transport.check(address, role, asked)
      socketTypeOf(asked.protocol)
      checkZmtpOptions(asked.options, role)
    }
  }
}
