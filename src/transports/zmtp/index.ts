/** ZeroMQ peers over TCP, IPC and WebSocket: the transports of these with another wire or speech. */
import type { Transport } from '../../core/transport.ts'
import { ipcTransport } from '../ipc/index.ts'
import { tcpTransport } from '../tcp/index.ts'
import { wsTransport } from '../ws/index.ts'
import { checkZmtpOptions, zmtpOptions } from './options.ts'
import { socketTypeOf } from './socket-types.ts'
import { zmtpWire } from './wire.ts'

const speech = async () => (await import('./zws.ts')).zwsSpeech

export const zmtpTransports: readonly Transport[] = [
  withZmtp(tcpTransport('zmtp+tcp', zmtpWire)),
  withZmtp(ipcTransport('zmtp+ipc', zmtpWire)),
  withZmtp(wsTransport('zmtp+ws', speech)),
  withZmtp(wsTransport('zmtp+wss', speech))
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
