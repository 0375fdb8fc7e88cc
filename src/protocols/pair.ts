/**
 * PAIR: exactly one peer, messages both ways. A second peer is refused as busy; without a ready peer `send` waits.
 * Nothing on the wire but the body, nothing is sent twice. sp-pair, version 0 (0x10); pair1 of nng is another protocol.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Message } from '../core/message.ts'
import { DuplexSocket } from '../core/messaging.ts'
import type { CodecOption, SocketOptions } from '../core/options.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Protocol, ProtocolDefinition } from '../core/protocol.ts'
import { type RawMessage, rawShape } from '../core/raw.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { Outbox } from '../core/routing/outbox.ts'
import { cookedShape } from '../core/shape.ts'
import { Machine, type StateTable } from '../core/state-machine.ts'

export const pairStates: StateTable<'alone' | 'paired', 'attach' | 'detach'> = {
  name: 'pair',
  initial: 'alone',
  transitions: {
    alone: { attach: 'paired' },
    paired: { detach: 'alone' }
  }
}

class PairProtocol implements Protocol {
  readonly sender: Outbox
  readonly receiver: Inbox
  readonly #context: SocketContext
  readonly #machine = new Machine(pairStates)
  #peer: Pipe | undefined

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = new Inbox(context)
    this.sender = new Outbox(context, (header, body) => {
      const peer = this.#peer
      if (peer === undefined || peer.full) return false
      peer.send(header, body)
      return true
    })
  }

  busy(): boolean {
    return this.#machine.state === 'paired'
  }

  attach(pipe: Pipe): void {
    this.#machine.fire('attach')
    this.#peer = pipe
    this.sender.flush()
  }

  detach(pipe: Pipe): void {
    this.#machine.fire('detach')
    this.#peer = undefined
    this.receiver.detach(pipe)
  }

  writable(): void {
    this.sender.flush()
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.receiver.take(pipe, message)
  }

  close(): void {
    this.sender.rejectAll(() => this.#context.closedError())
    this.receiver.close()
  }
}

const definition: ProtocolDefinition<PairProtocol> = {
  name: 'pair',
  self: 0x10,
  peer: 0x10,
  peerName: 'pair',
  exclusive: true,
  create: (context) => new PairProtocol(context)
}

/**
 * One peer, messages both ways.
 *
 * @example
 * await using pair = new Pair()
 * pair.connect('tcp://127.0.0.1:5555')
 * await pair.send('hello')
 */
export class Pair<Out = BodyInput, In = Body> extends DuplexSocket<Out, In, PairProtocol> {
  constructor(options?: SocketOptions & CodecOption<Out, In>) {
    super(definition, cookedShape(options), options)
  }
}

/** PAIR with headers: a header given to `send` is put before the body, received ones are empty. */
export class RawPair extends DuplexSocket<RawMessage, Message, PairProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, rawShape, options)
  }
}
