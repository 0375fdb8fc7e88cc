/**
 * What deals messages out, each to the next peer in turn, and waits while nobody can take one: PUSH, and with what comes back
 * received fairly DEALER and raw REQ.
 */
import type { SocketContext } from '../core/context.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Protocol } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { LoadBalancer } from '../core/routing/load-balancer.ts'
import { Outbox } from '../core/routing/outbox.ts'

/** The sending side: by priority and in turn. */
export abstract class Dealing implements Protocol {
  readonly sender: Outbox
  protected readonly context: SocketContext
  readonly #balancer = new LoadBalancer()

  constructor(context: SocketContext) {
    this.context = context
    this.sender = new Outbox(context, (header, body) => this.#balancer.send(header, body) !== undefined)
  }

  attach(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.sender.flush()
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe)
  }

  writable(pipe: Pipe): void {
    this.#balancer.writable(pipe)
    this.sender.flush()
  }

  abstract receive(pipe: Pipe, message: Incoming): void

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  close(): void {
    this.sender.rejectAll(() => this.context.closedError())
  }
}

/** Takes the header off a message; `undefined` for one that has none. */
export type TakeHeader = (message: Incoming) => Body | undefined

/** Both sides. */
export class DealingProtocol extends Dealing {
  readonly receiver: Inbox
  readonly #takeHeader: TakeHeader

  constructor(context: SocketContext, takeHeader: TakeHeader) {
    super(context)
    this.#takeHeader = takeHeader
    this.receiver = new Inbox(context)
  }

  override detach(pipe: Pipe): void {
    super.detach(pipe)
    this.receiver.detach(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    const { size } = message
    const header = this.#takeHeader(message)
    if (header === undefined) this.context.drop('malformed', pipe, size)
    else this.receiver.take(pipe, message, header)
  }

  override close(): void {
    super.close()
    this.receiver.close()
  }
}
