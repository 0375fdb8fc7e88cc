/**
 * The machinery of REQ: any number of exchanges over load-balanced pipes. An exchange waits for a ready pipe, is
 * transmitted, and is transmitted again to the next pipe when its pipe is lost or `resendInterval` has passed without a
 * reply; a reply to any copy ends it. sp-request-reply.
 *
 *   waiting ──► pipe ready ──► sent (in order of transmission, so one timer serves all)
 *      ▲                        │
 *      └── pipe lost, resend due┘
 */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import { type Incoming, writeWord } from '../../core/incoming.ts'
import { LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Protocol } from '../../core/protocol.ts'
import { LoadBalancer } from '../../core/routing/load-balancer.ts'
import { startTimer, type Timer } from '../../core/waiting.ts'
import { idBit } from '../backtrace.ts'
import { IdTable } from '../id-table.ts'
import type { Exchange } from './exchange.ts'

export class Requester implements Protocol {
  protected readonly context: SocketContext
  readonly #balancer = new LoadBalancer()
  /** Waiting and sent exchanges. */
  readonly #live = new IdTable<Exchange>()
  readonly #waiting = new LinkedList<Exchange>()
  readonly #sent = new LinkedList<Exchange>()
  readonly #header = new Uint8Array(4)
  #timer: Timer

  constructor(context: SocketContext) {
    this.context = context
  }

  /** Starts an exchange, or starts it anew with another body. Throws `EHOSTUNREACH` for `failFast` without a peer. */
  start(exchange: Exchange, body: Body): void {
    if (exchange.options.failFast && this.#balancer.pipes.size === 0) throw nobody(this.context.name)
    this.#forget(exchange)
    exchange.fire('send')
    exchange.body = body
    exchange.id = this.#live.next()
    this.#live.add(exchange)
    if (this.#waiting.head === undefined && this.#balancer.priority !== null) this.#transmit(exchange)
    else this.#waiting.push(exchange)
    this.context.messagesSent++
    this.context.bytesSent += body.length
  }

  /** Gives an exchange up; its reply will be dropped. */
  cancel(exchange: Exchange): void {
    if (exchange.state === 'idle') return
    this.#forget(exchange)
    exchange.fire('cancel')
  }

  attach(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.#flush()
  }

  detach(pipe: Pipe): void {
    this.#balancer.remove(pipe)
    const deserted = this.#balancer.pipes.size === 0
    for (const exchange of this.#live.all()) {
      if (exchange.pipe === pipe) this.#pipeLost(exchange)
      if (deserted && exchange.options.failFast && exchange.state !== 'idle') {
        this.#fail(exchange, nobody(this.context.name))
      }
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
      this.context.drop('malformed', pipe, { size })
      return
    }
    const exchange = this.#live.get(id)
    if (exchange === undefined) {
      this.context.drop('late-reply', pipe, { size })
      return
    }
    this.#forget(exchange)
    exchange.fire('reply')
    exchange.replied(message.body(), pipe)
  }

  sendPriority(): number | null {
    return this.#balancer.priority
  }

  /** Fails every exchange. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const exchange of this.#live.all()) {
      if (exchange.state === 'waiting') this.context.drop('closed', undefined, { size: exchange.body.length })
      this.#fail(exchange, this.context.closedError())
    }
  }

  /** Only when a pipe is ready. */
  #transmit(exchange: Exchange): void {
    const { id } = exchange
    writeWord(this.#header, 0, id)
    exchange.fire('pipeReady')
    const pipe = this.#balancer.send(this.#header, exchange.body)
    // Inside one process the peer may have answered before we are here, or be gone.
    if (exchange.id !== id || exchange.state !== 'sent') return
    exchange.pipe = pipe
    if (pipe?.state !== 'attached') {
      this.#pipeLost(exchange)
      this.#flush()
      return
    }
    const { resendInterval } = this.context.options
    if (exchange.options.retry && resendInterval !== Infinity) {
      exchange.sentAt = performance.now()
      this.#sent.push(exchange)
      if (this.#timer === undefined) this.#arm(resendInterval)
    }
  }

  #flush(): void {
    while (this.#waiting.head !== undefined && this.#balancer.priority !== null) {
      const exchange = this.#waiting.head
      this.#waiting.remove(exchange)
      this.#transmit(exchange)
    }
  }

  #pipeLost(exchange: Exchange): void {
    exchange.pipe = undefined
    if (!exchange.options.retry) {
      const message = 'the peer is gone (retry: false)'
      this.#fail(exchange, new SpError('ECONNRESET', { message }))
      return
    }
    if (exchange.state === 'sent') this.#requeue(exchange, 'pipeLost')
  }

  #requeue(exchange: Exchange, event: 'pipeLost' | 'resendDue'): void {
    this.#sent.remove(exchange)
    exchange.fire(event)
    this.#waiting.push(exchange)
  }

  #fail(exchange: Exchange, error: unknown): void {
    this.cancel(exchange)
    exchange.failed(error)
  }

  #forget(exchange: Exchange): void {
    exchange.list?.remove(exchange)
    this.#live.delete(exchange)
    exchange.pipe = undefined
  }

  #arm(delay: number): void {
    this.#timer = startTimer(() => this.#resend(), delay)
  }

  /** Puts every exchange whose interval has passed back in line, and waits for the next one. */
  #resend(): void {
    this.#timer = undefined
    const { resendInterval } = this.context.options
    const due = performance.now() - resendInterval
    for (let exchange = this.#sent.head; exchange !== undefined; exchange = this.#sent.head) {
      // Timers may fire up to a millisecond early.
      if (exchange.sentAt > due + 1) break
      this.#requeue(exchange, 'resendDue')
    }
    // Before anything is sent anew, which would wait a whole interval for those that are due sooner.
    const oldest = this.#sent.head
    if (oldest !== undefined) this.#arm(Math.max(1, oldest.sentAt - due))
    this.#flush()
  }
}

function nobody(name: string): SpError {
  return new SpError('EHOSTUNREACH', { message: `${name} has no REP attached (failFast: true)` })
}
