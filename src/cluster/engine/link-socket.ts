/**
 * The socket of an instance: one for everything, with any number of links, those that it dialed and those that it
 * accepted. Its protocol is a plug-in like any other (see CONTRIBUTING.md): it hands each message to a handler together
 * with its pipe, without a queue in between. SP endpoint type 0x780, both ends alike.
 */
import {
  cookedShape,
  type Incoming,
  Intake,
  type Pipe,
  type Protocol,
  type ProtocolDefinition,
  type Sender,
  SendSocket,
  type SocketContext,
  type SocketOptions,
  SpError
} from 'hubless'

export interface LinkHandler {
  attach(pipe: Pipe): void
  detach(pipe: Pipe): void
  /** A pipe that was full has room again. */
  writable(pipe: Pipe): void
  /** The cursor is only valid during the call. Never throws. */
  receive(pipe: Pipe, message: Incoming): void
}

/** Messages go through pipes, which know where they lead. */
const noSender: Sender = {
  trySend: () => {
    throw new SpError('ENOTSUP', { message: 'a link carries calls only' })
  },
  send: () => Promise.reject(new SpError('ENOTSUP', { message: 'a link carries calls only' }))
}

class LinkProtocol implements Protocol {
  readonly sender: Sender = noSender
  readonly #handler: LinkHandler

  constructor(context: SocketContext, handler: LinkHandler) {
    // Nothing waits here, but a caller that does not read its answers is not read either.
    context.intake ??= new Intake(context.options.recvBuffer)
    this.#handler = handler
  }

  attach(pipe: Pipe): void {
    this.#handler.attach(pipe)
  }

  detach(pipe: Pipe): void {
    this.#handler.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.#handler.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    this.#handler.receive(pipe, message)
  }

  close(): void {}
}

const identity: Omit<ProtocolDefinition<LinkProtocol>, 'create'> = {
  name: 'cluster',
  self: 0x780,
  peer: 0x780,
  peerName: 'cluster'
}

export class LinkSocket extends SendSocket<never, LinkProtocol> {
  constructor(handler: LinkHandler, options: SocketOptions) {
    super(
      { ...identity, create: (context) => new LinkProtocol(context, handler) },
      cookedShape<never, never>(undefined),
      options
    )
  }
}
