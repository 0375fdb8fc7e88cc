/** Raw SURVEYOR: no deadline; sends header and body to all and hands over what comes back, the backtrace as header. */
import type { SocketContext } from '../../core/context.ts'
import type { Incoming } from '../../core/incoming.ts'
import type { Message } from '../../core/message.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { SocketOptions } from '../../core/options.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Protocol } from '../../core/protocol.ts'
import { type RawMessage, rawShape } from '../../core/raw.ts'
import { Broadcast } from '../../core/routing/broadcast.ts'
import { Inbox } from '../../core/routing/inbox.ts'
import { takeBacktrace } from '../backtrace.ts'
import { surveyorIdentity } from './surveyor.ts'

/** No TTL applies to answers; this bounds the time a damaged stack can take. */
const maxWords = 255

class RawSurveyorProtocol implements Protocol {
  readonly sender: Broadcast
  readonly receiver: Inbox
  readonly #context: SocketContext

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = new Inbox(context)
    this.sender = new Broadcast(context, (header, body) => this.#send(header, body))
  }

  attach(pipe: Pipe): void {
    this.sender.distributor.add(pipe)
  }

  detach(pipe: Pipe): void {
    this.sender.distributor.remove(pipe)
    this.receiver.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.sender.distributor.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    const { size } = message
    const trace = takeBacktrace(message, maxWords)
    if ('header' in trace) this.receiver.take(pipe, message, trace.header)
    else this.#context.drop('malformed', pipe, size)
  }

  close(): void {
    this.sender.close()
    this.receiver.close()
  }

  #send(header: Uint8Array, body: Body): void {
    if (header.length === 0) this.#context.drop('malformed', undefined, body.length)
    else this.sender.distributor.send(header, body)
  }
}

/** SURVEYOR with headers; see the top of the file. */
export class RawSurveyor extends DuplexSocket<RawMessage, Message, RawSurveyorProtocol> {
  constructor(options?: SocketOptions) {
    super({ ...surveyorIdentity, create: (context) => new RawSurveyorProtocol(context) }, rawShape, options)
  }
}
