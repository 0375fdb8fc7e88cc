/**
 * What REP and RESPONDENT share: requests come with a backtrace that leads back to who asked, and answers follow it.
 * The raw twins are this and nothing else; the cooked sockets hold one request at a time, or serve many with
 * `serve` and `requests`.
 */
import type { SocketContext } from '../core/context.ts'
import { SpError } from '../core/errors.ts'
import { type Incoming, readWord } from '../core/incoming.ts'
import type { HopOptions } from '../core/options.ts'
import { done } from '../core/pace.ts'
import type { Pipe } from '../core/pipe.ts'
import { type Body, platform } from '../core/platform.ts'
import type { Open, Protocol, Receiver, Sender } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { type OptionRule, option, range } from '../core/rules.ts'
import { Machine, type StateTable } from '../core/state-machine.ts'
import { checkWaitOptions, type WaitOptions } from '../core/waiting.ts'
import { takeBacktrace } from './backtrace.ts'

export const hopOptions: Record<keyof HopOptions, OptionRule> = { ttl: option(8, range(1, 255)) }

/** Raw: receives with the channel on top of the header, sends where the first word of the header leads. */
export class RawReplierProtocol implements Protocol, Sender {
  readonly receiver: Receiver
  readonly sender: Sender = this
  protected readonly context: SocketContext
  protected readonly inbox: Inbox
  readonly #byId: Map<number, Pipe> = new Map()

  constructor(context: SocketContext) {
    this.context = context
    this.inbox = new Inbox(context)
    this.receiver = this.inbox
  }

  attach(pipe: Pipe): void {
    this.#byId.set(pipe.id, pipe)
  }

  detach(pipe: Pipe): void {
    this.#byId.delete(pipe.id)
    const { count } = this.inbox.discard(pipe)
    // Answers would reach nobody.
    if (count > 0) this.context.drop('unroutable', pipe, { count })
  }

  writable(): void {}

  receive(pipe: Pipe, message: Incoming): void {
    const { size } = message
    const { ttl } = this.context.options
    const trace = takeBacktrace(message, ttl, pipe.id)
    if ('header' in trace) this.inbox.take(pipe, message, trace.header)
    else if (trace.fault === 'ttl') this.context.drop('ttl', pipe, { size, limit: ttl })
    else this.context.drop('malformed', pipe, size)
  }

  /** Never waits: an answer that cannot be routed now is dropped and counted. */
  trySend(header: Uint8Array, body: Body): boolean {
    this.context.messagesSent++
    this.context.bytesSent += body.length
    this.answer(header, body)
    return true
  }

  send(header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    this.trySend(header, body)
    return done()
  }

  close(): void {
    this.inbox.close()
  }

  protected answer(header: Uint8Array, body: Body): void {
    const pipe = header.length < 4 ? undefined : this.#byId.get(readWord(header, 0))
    if (pipe === undefined) this.context.drop('unroutable', undefined, body.length)
    else if (pipe.full) this.context.drop('queue-full', pipe, body.length)
    else pipe.send(header.subarray(4), body)
  }
}

export const replierStates: StateTable<'idle' | 'holding', 'recv' | 'release' | 'reply'> = {
  name: 'rep',
  initial: 'idle',
  transitions: {
    idle: { release: 'idle', recv: 'holding' },
    holding: { release: 'idle', recv: 'holding', reply: 'idle' }
  }
}

/** Cooked: `send` answers the request that `recv` took. */
export class ReplierProtocol extends RawReplierProtocol {
  readonly #machine = new Machine(replierStates)
  #held: Body = platform.empty
  #lastOpen: Open<unknown> | undefined
  #lastHolding: Open<unknown> | undefined
  override readonly receiver: Receiver = {
    tryRecv: (open) => {
      this.#machine.fire('release')
      return this.inbox.tryRecv(this.#holding(open))
    },
    recv: (open, options) => {
      this.#machine.fire('release')
      return this.inbox.recv(this.#holding(open), options)
    }
  }

  override trySend(_header: Uint8Array, body: Body): boolean {
    if (this.#machine.state !== 'holding') {
      const what = this.context.name
      throw new SpError('EFSM', { message: `${what} has nothing to answer; receive a request first` })
    }
    this.#machine.fire('reply')
    return super.trySend(this.#held, body)
  }

  /** For `serve` and `requests`, which hold as many requests as they like. */
  get requests(): Receiver {
    return this.inbox
  }

  reply(header: Body, body: Body): void {
    this.context.assertOpen()
    super.trySend(header, body)
  }

  /** `open`, and the request is held from then on. A socket has few different ones, so the last is kept. */
  #holding<R>(open: Open<R>): Open<R> {
    if (open === this.#lastOpen) return this.#lastHolding as Open<R>
    const holding: Open<R> = (body, header, pipe) => {
      const value = open(body, header, pipe)
      if (value === undefined) return value
      this.#machine.fire('recv')
      this.#held = header
      return value
    }
    this.#lastOpen = open
    this.#lastHolding = holding
    return holding
  }
}
