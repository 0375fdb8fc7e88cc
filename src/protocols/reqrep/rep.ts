/** REP: answers requests. The machinery is in `replier.ts`. sp-request-reply. */
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
  name: 'rep',
  self: 0x31,
  peer: 0x30,
  peerName: 'req',
  options: hopOptions
}

/**
 * Answers requests: many at a time with `serve` or `requests`, or one at a time with `recv` and `send`.
 *
 * @example
 * await using rep = new Rep()
 * await rep.bind('tcp://*:5555')
 * await rep.serve(({ body }) => `you said ${body}`)
 */
export class Rep<Out = BodyInput, In = Body> extends ReplierSocket<Out, In> {
  constructor(options?: SocketOptions & HopOptions & CodecOption<Out, In>) {
    super({ ...identity, create: (context) => new ReplierProtocol(context) }, options)
  }
}

/**
 * REP with headers: received ones begin with the channel of the pipe, followed by the backtrace; `send` goes where the
 * first word leads.
 */
export class RawRep extends DuplexSocket<RawMessage, Message, RawReplierProtocol> {
  constructor(options?: SocketOptions & HopOptions) {
    super({ ...identity, create: (context) => new RawReplierProtocol(context) }, rawShape, options)
  }
}
