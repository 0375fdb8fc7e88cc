/**
 * PUB: every message goes to every subscriber, which filters on arrival; no subscription travels upstream. Never waits:
 * a subscriber whose buffer is full misses the message, alone and counted. sp-publish-subscribe.
 */
import type { BodyInput } from '../../core/body.ts'
import type { SocketContext } from '../../core/context.ts'
import type { Incoming } from '../../core/incoming.ts'
import { SendSocket } from '../../core/messaging.ts'
import type { CodecOption, SocketOptions } from '../../core/options.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Protocol, ProtocolDefinition } from '../../core/protocol.ts'
import { type RawMessage, rawShape } from '../../core/raw.ts'
import { Broadcast } from '../../core/routing/broadcast.ts'
import { cookedShape } from '../../core/shape.ts'

class PubProtocol implements Protocol {
  readonly sender: Broadcast
  readonly #context: SocketContext

  constructor(context: SocketContext) {
    this.#context = context
    this.sender = new Broadcast(context)
  }

  attach(pipe: Pipe): void {
    this.sender.distributor.add(pipe)
  }

  detach(pipe: Pipe): void {
    this.sender.distributor.remove(pipe)
  }

  writable(pipe: Pipe): void {
    this.sender.distributor.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.#context.drop('unexpected', pipe, message.size)
  }

  close(): void {
    this.sender.close()
  }
}

const definition: ProtocolDefinition<PubProtocol> = {
  name: 'pub',
  self: 0x20,
  peer: 0x21,
  peerName: 'sub',
  create: (context) => new PubProtocol(context)
}

/**
 * Publishes. A topic is how a message begins: subscribers choose by prefix.
 *
 * @example
 * await using pub = new Pub()
 * await pub.bind('tcp://*:5555')
 * await pub.send('weather/oslo -3')
 */
export class Pub<Out = BodyInput> extends SendSocket<Out, PubProtocol> {
  constructor(options?: SocketOptions & CodecOption<Out, unknown>) {
    super(definition, cookedShape(options), options)
  }
}

/** PUB with headers: a header given to `send` is put before the body. */
export class RawPub extends SendSocket<RawMessage, PubProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, rawShape, options)
  }
}
