/** RESPONDENT: answers surveys, each to the surveyor that asked. The machinery is in `replier.ts`. sp-surveyor. */
import type { BodyInput } from '../../core/body.ts'
import type { Message } from '../../core/message.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { CodecOption, HopOptions, SocketOptions } from '../../core/options.ts'
import type { Body } from '../../core/platform.ts'
import type { ProtocolDefinition } from '../../core/protocol.ts'
import { type RawMessage, rawShape } from '../../core/raw.ts'
import { hopOptions, RawReplierProtocol, ReplierProtocol } from '../replier.ts'
import { ReplierSocket } from '../serving.ts'

const identity: Omit<ProtocolDefinition, 'create'> = {
  name: 'respondent',
  self: 0x63,
  peer: 0x62,
  peerName: 'surveyor',
  options: hopOptions
}

/**
 * Answers surveys: with `serve` or `requests`, or one at a time with `recv` and `send`.
 *
 * @example
 * await using respondent = new Respondent()
 * respondent.connect('tcp://127.0.0.1:5555')
 * await respondent.serve(() => 'I am here')
 */
export class Respondent<Out = BodyInput, In = Body> extends ReplierSocket<Out, In> {
  constructor(options?: SocketOptions & HopOptions & CodecOption<Out, In>) {
    super({ ...identity, create: (context) => new ReplierProtocol(context) }, options)
  }
}

/** RESPONDENT with headers; see `RawRep`. */
export class RawRespondent extends DuplexSocket<RawMessage, Message, RawReplierProtocol> {
  constructor(options?: SocketOptions & HopOptions) {
    super({ ...identity, create: (context) => new RawReplierProtocol(context) }, rawShape, options)
  }
}
