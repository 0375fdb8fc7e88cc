/**
 * PIPELINE: PUSH hands each message to exactly one PULL, by priority and in turn; PULL reads its PUSHes fairly. Nothing
 * on the wire but the body. What a worker that dies had accepted is lost, and counted. sp-pipeline.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Message } from '../core/message.ts'
import { RecvSocket, SendSocket } from '../core/messaging.ts'
import type { CodecOption, SocketOptions } from '../core/options.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Protocol, ProtocolDefinition } from '../core/protocol.ts'
import { type RawMessage, rawShape } from '../core/raw.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { cookedShape } from '../core/shape.ts'
import { Dealing } from './dealing.ts'

class PushProtocol extends Dealing {
  receive(pipe: Pipe, message: Incoming): void {
    this.context.drop('unexpected', pipe, message.size)
  }
}

class PullProtocol implements Protocol {
  readonly receiver: Inbox

  constructor(context: SocketContext) {
    this.receiver = new Inbox(context)
  }

  attach(): void {}

  detach(pipe: Pipe): void {
    this.receiver.detach(pipe)
  }

  writable(): void {}

  receive(pipe: Pipe, message: Incoming): void {
    this.receiver.take(pipe, message)
  }

  close(): void {
    this.receiver.close()
  }
}

const push: ProtocolDefinition<PushProtocol> = {
  name: 'push',
  self: 0x50,
  peer: 0x51,
  peerName: 'pull',
  create: (context) => new PushProtocol(context)
}

const pull: ProtocolDefinition<PullProtocol> = {
  name: 'pull',
  self: 0x51,
  peer: 0x50,
  peerName: 'push',
  create: (context) => new PullProtocol(context)
}

/**
 * Hands out work: each message to one PULL. Waits while none is ready.
 *
 * @example
 * await using push = new Push()
 * await push.bind('tcp://*:5555')
 * await push.send('job 1')
 */
export class Push<Out = BodyInput> extends SendSocket<Out, PushProtocol> {
  constructor(options?: SocketOptions & CodecOption<Out, unknown>) {
    super(push, cookedShape(options), options)
  }
}

/**
 * Takes work from PUSHes.
 *
 * @example
 * await using pull = new Pull()
 * pull.connect('tcp://127.0.0.1:5555')
 * for await (const job of pull) work(job)
 */
export class Pull<In = Body> extends RecvSocket<In, PullProtocol> {
  constructor(options?: SocketOptions & CodecOption<never, In>) {
    super(pull, cookedShape(options), options)
  }
}

/** PUSH with headers: a header given to `send` is put before the body. */
export class RawPush extends SendSocket<RawMessage, PushProtocol> {
  constructor(options?: SocketOptions) {
    super(push, rawShape, options)
  }
}

/** PULL that says which pipe a message came from; its headers are empty. */
export class RawPull extends RecvSocket<Message, PullProtocol> {
  constructor(options?: SocketOptions) {
    super(pull, rawShape, options)
  }
}
