/**
 * BUS: what a node sends goes to all peers it is connected to; nodes do not forward. Never waits: a peer whose buffer is
 * full misses the message, alone and counted. Nothing on the wire but the body. sp-bus.
 *
 * Raw BUS has a header that never leaves the process: it names the pipe a message came from, and sending with it leaves
 * that pipe out. This is what makes a device forward without echoing.
 */
import type { BodyInput } from '../core/body.ts'
import type { SocketContext } from '../core/context.ts'
import { SpError } from '../core/errors.ts'
import { type Incoming, noBytes, readWord, writeWord } from '../core/incoming.ts'
import type { Message } from '../core/message.ts'
import { DuplexSocket } from '../core/messaging.ts'
import type { CodecOption, SocketOptions } from '../core/options.ts'
import type { Pipe } from '../core/pipe.ts'
import { type Body, platform } from '../core/platform.ts'
import type { Protocol, ProtocolDefinition } from '../core/protocol.ts'
import { type RawMessage, rawShape } from '../core/raw.ts'
import { Broadcast } from '../core/routing/broadcast.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { cookedShape } from '../core/shape.ts'

/** Bytes of the raw header: four zero bytes and the pipe id. nanomsg's has the same length. */
const headerLength = 8

class BusProtocol implements Protocol {
  readonly sender: Broadcast
  readonly receiver: Inbox
  readonly #byId: Map<number, Pipe> = new Map()

  constructor(context: SocketContext) {
    this.receiver = new Inbox(context)
    this.sender = new Broadcast(context, (header, body) =>
      this.sender.distributor.send(noBytes, body, this.#origin(header))
    )
  }

  attach(pipe: Pipe): void {
    this.#byId.set(pipe.id, pipe)
    this.sender.distributor.add(pipe)
  }

  detach(pipe: Pipe): void {
    this.#byId.delete(pipe.id)
    this.sender.distributor.remove(pipe)
    this.receiver.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.sender.distributor.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.receiver.take(pipe, message)
  }

  close(): void {
    this.sender.close()
    this.receiver.close()
  }

  #origin(header: Uint8Array): Pipe | undefined {
    return header.length === 0 ? undefined : this.#byId.get(readWord(header, 4))
  }
}

const definition: ProtocolDefinition<BusProtocol> = {
  name: 'bus',
  self: 0x70,
  peer: 0x70,
  peerName: 'bus',
  create: (context) => new BusProtocol(context)
}

/**
 * Sends to every connected node and receives from all of them.
 *
 * @example
 * await using bus = new Bus()
 * for (const url of others) bus.connect(url)
 * await bus.send('who is there?')
 */
export class Bus<Out = BodyInput, In = Body> extends DuplexSocket<Out, In, BusProtocol> {
  constructor(options?: SocketOptions & CodecOption<Out, In>) {
    super(definition, cookedShape(options), options)
  }
}

const openMessage = (body: Body, _header: Body, pipe: Pipe): Message => {
  const header = platform.allocate(headerLength)
  writeWord(header, 0, 0)
  writeWord(header, 4, pipe.id)
  return { body, header, pipe }
}

/** BUS with headers: sending with a received header reaches every peer but the one it came from. */
export class RawBus extends DuplexSocket<RawMessage, Message, BusProtocol> {
  constructor(options?: SocketOptions) {
    super(definition, { ...rawShape, header: checkHeader, open: openMessage, openMessage }, options)
  }
}

function checkHeader(message: RawMessage): Uint8Array {
  const header = rawShape.header(message)
  if (header.length === 0 || header.length === headerLength) return header
  throw new SpError('EINVAL', {
    message: `a raw bus header is empty or has ${headerLength} bytes, as received; this one has ${header.length}`
  })
}
