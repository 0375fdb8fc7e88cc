/** Raw REQ: load-balances whatever it is given and hands over what comes back, the whole backtrace as header. */
import type { SocketContext } from '../../core/context.ts'
import type { Incoming } from '../../core/incoming.ts'
import type { Message } from '../../core/message.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { SocketOptions } from '../../core/options.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Protocol } from '../../core/protocol.ts'
import { type RawMessage, rawShape } from '../../core/raw.ts'
import { Inbox } from '../../core/routing/inbox.ts'
import { LoadBalancer } from '../../core/routing/load-balancer.ts'
import { Outbox } from '../../core/routing/outbox.ts'
import { takeBacktrace } from '../backtrace.ts'
import { reqIdentity } from './req.ts'

/** No TTL applies to replies; this bounds the time a damaged stack can take. */
const maxWords = 255

class RawReqProtocol implements Protocol {
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
    const { size } = message
    const trace = takeBacktrace(message, maxWords)
    if ('header' in trace) this.receiver.take(pipe, message, trace.header)
    else this.#context.drop('malformed', pipe, { size })
  }

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  close(): void {
    this.sender.rejectAll(() => this.#context.closedError())
    this.receiver.close()
  }
}

/** REQ with headers. Nothing is validated on sending; without a peer `send` waits. */
export class RawReq extends DuplexSocket<RawMessage, Message, RawReqProtocol> {
  constructor(options?: SocketOptions) {
    super({ ...reqIdentity, create: (context) => new RawReqProtocol(context) }, rawShape, options)
  }
}
