/**
 * A REP that answers every request with itself, inside `receive`: the shortest protocol there is, and over inproc the
 * fastest, since its answer is there before the call that sent the request has returned. It drops 'bye', aloud.
 */
import {
  Inbox,
  type Incoming,
  type Pipe,
  type Protocol,
  type ProtocolDefinition,
  RecvSocket,
  rawShape,
  type SocketContext
} from 'hubless'

class EchoProtocol implements Protocol {
  readonly receiver: Inbox
  readonly #context: SocketContext

  constructor(context: SocketContext) {
    this.#context = context
    this.receiver = new Inbox(context)
  }

  attach(): void {}
  detach(): void {}
  writable(): void {}

  receive(pipe: Pipe, message: Incoming): void {
    const body = message.body()
    if (body.subarray(4).toString() === 'bye') this.#context.drop('unexpected', pipe, body.length)
    else pipe.send(new Uint8Array(0), body)
  }

  close(): void {}
}

const definition: ProtocolDefinition<EchoProtocol> = {
  name: 'rep',
  self: 0x31,
  peer: 0x30,
  peerName: 'req',
  create: (context) => new EchoProtocol(context)
}

export class Echo extends RecvSocket<unknown, EchoProtocol> {
  constructor() {
    super(definition, rawShape, undefined)
  }
}
