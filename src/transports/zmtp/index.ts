/** ZeroMQ peers over TCP and IPC: the transports of these with another wire. */
import type { Transport } from '../../core/transport.ts'
import { ipcTransport } from '../ipc/index.ts'
import type { Wire } from '../stream/wire.ts'
import { tcpTransport } from '../tcp/index.ts'
import { checkZmtpOptions, zmtpOptions } from './options.ts'
import { socketTypeOf } from './socket-types.ts'
import { zmtpWire } from './wire.ts'

export const zmtpTransports: readonly Transport[] = [
  zmtpOver('zmtp+tcp', tcpTransport),
  zmtpOver('zmtp+ipc', ipcTransport)
]

function zmtpOver(scheme: string, below: (scheme: string, wire: Wire) => Transport): Transport {
  const transport = below(scheme, zmtpWire)
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
