/**
 * DEALER of ZeroMQ: messages of several frames, sent to each peer in turn, received fairly. No envelope is added or taken
 * off. There is no such pattern in SP, so it goes over `zmtp+…://` only. RFC 28.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketOptions } from '../core/options.ts'
import type { Body } from '../core/platform.ts'
import type { ProtocolDefinition } from '../core/protocol.ts'
import { DealingProtocol } from './dealing.ts'
import { FramesSocket, framesShape, takeTable } from './frames.ts'

const definition: ProtocolDefinition<DealingProtocol> = {
  name: 'dealer',
  self: 0x10005,
  peer: 0x10005,
  peerName: 'rep, dealer or router',
  create: (context) => new DealingProtocol(context, takeTable)
}

/**
 * Sends and receives messages of several frames; a lone body is sent as one frame.
 *
 * @example
 * await using dealer = new Dealer()
 * dealer.connect('zmtp+tcp://127.0.0.1:5555')
 * await dealer.send(['', 'what time is it?'])
 * const [, answer] = await dealer.recv()
 */
export class Dealer extends FramesSocket<BodyInput | readonly BodyInput[], Body[], DealingProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, framesShape, options)
  }
}
