/** SP on a byte stream: a hello of eight bytes each way, then frames. sp-tcp-mapping, sp-ipc-mapping. */
import { Refusal } from '../../core/transport.ts'
import type { Wire } from '../stream/wire.ts'
import { SpDecoder } from './decoder.ts'
import { type Framing, ipcFraming, tcpFraming } from './framing.ts'
import { shakeHands } from './hello.ts'
import { SpWriter } from './writer.ts'

function spWire(framing: Framing): Wire {
  return {
    greet(stream, greeting, done) {
      shakeHands(stream, greeting, (result) => {
        if (result instanceof Refusal) {
          done(result)
          return
        }
        const { peer: peerProtocol, rest } = result
        done({
          info: { peerProtocol },
          rest,
          open: ({ stream, limit, recvMaxSize, sink, onRoom }) => ({
            decoder: new SpDecoder(framing, recvMaxSize, sink),
            writer: new SpWriter(stream, framing, limit, onRoom)
          })
        })
      })
    }
  }
}

export const spOverTcp: Wire = spWire(tcpFraming)
export const spOverIpc: Wire = spWire(ipcFraming)
