/** ZMTP as a wire of byte streams: greeting and mechanism, then frames. ZMTP 3.1, RFC 37. */
import { Refusal } from '../../core/transport.ts'
import type { Wire } from '../stream/wire.ts'
import { openDirections } from './directions.ts'
import type { HandshakeResult } from './handshake.ts'
import { chooseMechanism } from './mechanisms/choose.ts'
import { socketTypeOf } from './socket-types.ts'
import { StreamHandshake } from './stream-handshake.ts'

export const zmtpWire: Wire = {
  greet(stream, greeting, done) {
    const { protocol, role } = greeting
    const options = greeting.options.zmtp ?? {}
    const own = socketTypeOf(protocol)
    const mechanism = chooseMechanism(options, role, own)
    const finish = (result: HandshakeResult | Refusal): void => {
      if (result instanceof Refusal) {
        done(result)
        return
      }
      const { info, minor, rest } = result
      const { cipher } = mechanism
      done({ info, rest, open: (channel) => openDirections(channel, { protocol, options, minor, cipher }) })
    }
    new StreamHandshake({ stream, greeting, own, mechanism, done: finish })
  }
}
