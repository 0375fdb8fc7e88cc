/**
 * What DEALER and raw REQ share: each message goes to the next peer in turn, and waits while nobody can take it; what comes
 * is received fairly.
 */
import type { SocketContext } from '../core/context.ts'
import type { Incoming } from '../core/incoming.ts'
import type { Pipe } from '../core/pipe.ts'
import type { Body } from '../core/platform.ts'
import type { Protocol } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { LoadBalancer } from '../core/routing/load-balancer.ts'
import { Outbox } from '../core/routing/outbox.ts'

/** Takes the header off a message; `undefined` for one that has none. */
export type TakeHeader = (message: Incoming) => Body | undefined

export class DealingProtocol implements Protocol {
  readonly sender: Outbox
  readonly receiver: Inbox
  readonly #context: SocketContext
  readonly #takeHeader: TakeHeader
  readonly #balancer = new LoadBalancer()

  constructor(context: SocketContext, takeHeader: TakeHeader) {
    this.#context = context
    this.#takeHeader = takeHeader
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
    const { size } = message
    const header = this.#takeHeader(message)
    if (header === undefined) this.#context.drop('malformed', pipe, { size })
    else this.receiver.take(pipe, message, header)
  }

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  close(): void {
    this.sender.rejectAll(() => this.#context.closedError())
    this.receiver.close()
  }
}
