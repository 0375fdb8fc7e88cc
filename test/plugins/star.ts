/**
 * STAR of mangos as a plug-in, written with nothing but public exports: every message goes to all other peers, never
 * back to its sender, with a 4-byte count of the hops behind it in front: 0 from who sends it, one more at every node it
 * arrives at. What made as many hops as the limit, or comes without a hop count, is dropped; a peer that is full misses
 * messages, nobody waits.
 */
import {
  type Body,
  type BodyInput,
  Broadcast,
  type CodecOption,
  cookedShape,
  DuplexSocket,
  Inbox,
  type Incoming,
  type Message,
  type Pipe,
  type Protocol,
  type ProtocolDefinition,
  type RawMessage,
  rawShape,
  type SocketContext,
  type SocketOptions
} from 'hubless'

function hopCount(hops: number): Body {
  return Buffer.of(0, 0, 0, hops)
}

class StarProtocol implements Protocol {
  readonly sender: Broadcast
  readonly receiver: Inbox
  readonly #context: SocketContext

  constructor(context: SocketContext, raw: boolean) {
    this.#context = context
    this.receiver = new Inbox(context)
    this.sender = new Broadcast(context, (header, body) => this.#send(raw ? header : hopCount(0), body))
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
    const hops = message.word()
    const { ttl } = this.#context.options
    if (hops < 0 || hops > 0xff) this.#context.drop('malformed', pipe, size)
    else if (hops >= ttl) this.#context.drop('ttl', pipe, { size, limit: ttl })
    else {
      const body = message.body()
      const header = hopCount(hops + 1)
      if (this.sender.distributor.size > 1) this.sender.distributor.send(header, body, pipe)
      this.receiver.push(pipe, body, header)
    }
  }

  close(): void {
    this.sender.close()
    this.receiver.close()
  }

  #send(header: Uint8Array, body: Body): void {
    if (header.length === 4) this.sender.distributor.send(header, body)
    else this.#context.drop('malformed', undefined, body.length)
  }
}

const definition = (raw: boolean): ProtocolDefinition<StarProtocol> => ({
  name: 'star',
  self: 0x640,
  peer: 0x640,
  peerName: 'star',
  options: { ttl: { default: 8, allowed: 'a number of hops', accepts: (v) => Number.isInteger(v) } },
  create: (context) => new StarProtocol(context, raw)
})

export interface StarOptions extends SocketOptions {
  ttl?: number
}

export class Star<Out = BodyInput, In = Body> extends DuplexSocket<Out, In, StarProtocol> {
  constructor(options?: StarOptions & CodecOption<Out, In>) {
    super(definition(false), cookedShape(options), options)
  }
}

/** STAR with the hop count as header. */
export class RawStar extends DuplexSocket<RawMessage, Message, StarProtocol> {
  constructor(options?: StarOptions) {
    super(definition(true), rawShape, options)
  }
}
