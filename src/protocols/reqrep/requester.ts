/**
 * The machinery of REQ: any number of exchanges over load-balanced pipes. An exchange waits for a ready pipe, is
 * transmitted, and is transmitted again to the next pipe when its pipe is lost or `resendInterval` has passed without a
 * reply; a reply to any copy, from a pipe that was sent one, ends it. sp-request-reply.
 *
 *   waiting ──► pipe ready ──► carried by that pipe, in order of transmission (one timer serves all)
 *      ▲                        │
 *      ├── pipe lost, resend due┤
 *      └── delayed ◄── pipe lost again: `suspects.ts`
 */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import { type Incoming, writeWord } from '../../core/incoming.ts'
import { LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Protocol } from '../../core/protocol.ts'
import { LoadBalancer } from '../../core/routing/load-balancer.ts'
import { keptBody } from '../../core/transport.ts'
import { idBit } from '../backtrace.ts'
import { IdTable } from '../id-table.ts'
import { Carried } from './carried.ts'
import type { Exchange } from './exchange.ts'
import { Suspects } from './suspects.ts'

export class Requester implements Protocol {
  protected readonly context: SocketContext
  readonly #balancer = new LoadBalancer()
  /** All that are neither answered nor given up. */
  readonly #live = new IdTable<Exchange>()
  readonly #waiting = new LinkedList<Exchange>()
  readonly #carried: Carried
  readonly #suspects = new Suspects(() => this.#flush())
  /** How many of the live ones fail without a REP. */
  #failFast = 0
  readonly #header = new Uint8Array(4)

  constructor(context: SocketContext) {
    this.context = context
    const owner = {
      lost: (exchange: Exchange) => this.#pipeLost(exchange),
      due: (exchange: Exchange) => this.#resendDue(exchange),
      ready: () => this.#flush()
    }
    this.#carried = new Carried(owner, context.options.resendInterval)
  }

  /** Starts an exchange, or starts it anew with another body. Throws `EHOSTUNREACH` for `failFast` without a peer. */
  start(exchange: Exchange, body: Body): void {
    const { failFast } = exchange.options
    if (failFast && this.#balancer.pipes.size === 0) throw nobody(this.context.name)
    this.#forget(exchange)
    exchange.begin(this.#live.next(), body)
    this.#live.add(exchange)
    if (failFast) this.#failFast++
    this.#waiting.push(exchange)
    this.#flush()
    this.context.messagesSent++
    this.context.bytesSent += body.length
  }

  /** Gives an exchange up; its reply will be dropped. */
  cancel(exchange: Exchange): void {
    this.#giveUp(exchange)
    this.#flush()
  }

  attach(pipe: Pipe): void {
    this.#carried.attach(pipe)
    this.#balancer.add(pipe)
    this.#flush()
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe)
    this.#carried.detach(pipe)
    if (this.#failFast > 0 && this.#balancer.pipes.size === 0) {
      const error = nobody(this.context.name)
      for (const exchange of this.#live.all()) if (exchange.options.failFast) this.#fail(exchange, error)
    }
    this.#flush()
  }

  writable(pipe: Pipe): void {
    this.#balancer.writable(pipe)
    this.#flush()
  }

  receive(pipe: Pipe, message: Incoming): void {
    const { size } = message
    const id = message.word()
    if (id < idBit) {
      this.context.drop('malformed', pipe, size)
      return
    }
    const exchange = this.#live.get(id)
    if (exchange === undefined || !exchange.mayComeFrom(pipe)) {
      this.context.drop('late-reply', pipe, size)
      return
    }
    const suspect = exchange.losses > 1
    this.#forget(exchange)
    exchange.fire('reply')
    exchange.replied(message.body(), pipe)
    if (suspect) this.#suspects.answered()
  }

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  /** Fails every exchange. */
  close(): void {
    this.#carried.close()
    const error = this.context.closedError()
    for (const exchange of this.#live.all()) {
      const { state, body } = exchange
      if (state === 'waiting' || state === 'delayed') this.context.drop('closed', undefined, body.length)
      this.#fail(exchange, error)
    }
  }

  /** Only when a pipe is ready. */
  #transmit(exchange: Exchange): void {
    const { id, options } = exchange
    writeWord(this.#header, 0, id)
    exchange.fire('pipeReady')
    if (exchange.copies++ > 0) this.context.resends++
    const pipe = this.#balancer.send(this.#header, exchange.body, options.retry ? keptBody : 0)
    // Inside one process the peer may have answered before we are here, or be gone.
    if (exchange.id !== id || exchange.state !== 'sent') return
    exchange.pipe = pipe
    if (!this.#carried.add(exchange)) {
      this.#pipeLost(exchange)
      this.#flush()
      return
    }
    if (exchange.losses > 1) this.#suspects.try(exchange)
  }

  #flush(): void {
    while (this.#balancer.priority !== null) {
      const exchange = this.#waiting.head ?? this.#suspects.next
      if (exchange === undefined) return
      exchange.list?.remove(exchange)
      this.#transmit(exchange)
    }
  }

  /** Its pipe is gone, and it is in no list. */
  #pipeLost(exchange: Exchange): void {
    exchange.pipe = undefined
    if (!exchange.options.retry) {
      this.#fail(exchange, new SpError('ECONNRESET', { about: this.context.name }))
      return
    }
    this.#suspects.leave(exchange)
    if (++exchange.losses > 1) this.#suspects.delay(exchange)
    else this.#queue(exchange, 'pipeLost')
  }

  #resendDue(exchange: Exchange): void {
    exchange.leavePipe()
    this.#suspects.leave(exchange)
    this.#queue(exchange, 'resendDue')
  }

  #queue(exchange: Exchange, event: 'pipeLost' | 'resendDue'): void {
    exchange.fire(event)
    if (exchange.losses > 1) this.#suspects.line.push(exchange)
    else this.#waiting.push(exchange)
  }

  #fail(exchange: Exchange, error: unknown): void {
    this.#giveUp(exchange)
    exchange.failed(error)
  }

  #giveUp(exchange: Exchange): void {
    this.#forget(exchange)
    exchange.fire('cancel')
  }

  #forget(exchange: Exchange): void {
    if (!this.#live.delete(exchange)) return
    exchange.list?.remove(exchange)
    this.#suspects.leave(exchange)
    if (exchange.options.failFast) this.#failFast--
    exchange.end()
  }
}

function nobody(name: string): SpError {
  return new SpError('EHOSTUNREACH', { message: `${name} has no REP attached (failFast: true)` })
}
