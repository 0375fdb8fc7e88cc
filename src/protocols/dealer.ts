/**
 * DEALER of ZeroMQ: messages of several frames, sent to each peer in turn, received fairly. No envelope is added or taken
 * off. There is no such pattern in SP, so it goes over `zmtp+…://` only. RFC 28.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import type { Incoming } from '../core/incoming.ts'
import type { SocketOptions } from '../core/options.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Protocol, ProtocolDefinition } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { LoadBalancer } from '../core/routing/load-balancer.ts'
import { Outbox } from '../core/routing/outbox.ts'
import { FramesSocket, framesShape, takeTable } from './frames.ts'

class DealerProtocol implements Protocol {
  readonly sender: Outbox
  readonly receiver: Inbox
  readonly #context: SocketContext
  readonly #balancer = new LoadBalancer()

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = new Inbox(context)
    this.sender = new Outbox(context, (header, body) => this.#balancer.send(header, body) !== undefined)
  }

  attach(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.sender.flush()
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe)
    this.receiver.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.#balancer.writable(pipe)
    this.sender.flush()
  }

  receive(pipe: Pipe, message: Incoming): void {
    const header = takeTable(message)
    this.receiver.take(pipe, message, header)
  }

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  close(): void {
    this.sender.rejectAll(() => this.#context.closedError())
    this.receiver.rejectAll(() => this.#context.closedError())
  }
}

const definition: ProtocolDefinition<DealerProtocol> = {
  name: 'dealer',
  self: 0x10005,
  peer: 0x10005,
  peerName: 'rep, dealer or router',
  create: (context) => new DealerProtocol(context)
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
export class Dealer extends FramesSocket<BodyInput | readonly BodyInput[], Body[], DealerProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, framesShape, options)
  }
}
