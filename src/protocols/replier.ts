/**
 * What REP and RESPONDENT share: requests come with a backtrace that leads back to who asked, and answers follow it.
 * The raw twins are this and nothing else; the cooked sockets hold one request at a time, or serve many with
 * `serve` and `requests`.
 */
import type { SocketContext } from '../core/context.ts'
import { SpError } from '../core/errors.ts'
import { type Incoming, readWord } from '../core/incoming.ts'
import { overhead } from '../core/intake.ts'
import type { HopOptions } from '../core/options.ts'
import { done } from '../core/pace.ts'
import type { Pipe } from '../core/pipe.ts'
import { type Body, platform } from '../core/platform.ts'
import type { Open, Protocol, Receiver, Sender } from '../core/protocol.ts'
import { Inbox } from '../core/routing/inbox.ts'
import { type OptionRule, option, range } from '../core/rules.ts'
import { Machine, type StateTable } from '../core/state-machine.ts'
import { checkWaitOptions, startTimer, type Timer, type WaitOptions } from '../core/waiting.ts'
import { takeBacktrace } from './backtrace.ts'

/** What a full pipe asks waits for room until it has taken nothing for so long, in ms; then answers are dropped. */
const patience = 1000

/**
 * What full pipes get yet, as answers to what was taken before, in times of `sendBuffer`. An answer counts as `overhead` bytes
 * more than it has, and as `sendBuffer` at most: as many as handlers run at a time are welcome, however large.
 */
const enough = 64

/** A pipe without room. */
interface FullPipe {
  /** What it got since it is full, bytes as above. */
  surplus: number
  /** Ends the patience; undefined once it has ended. */
  timer: Timer
}

export const hopOptions: Record<keyof HopOptions, OptionRule> = { ttl: option(8, range(1, 255)) }

/** Raw: receives with the channel on top of the header, sends where the first word of the header leads. */
export class RawReplierProtocol implements Protocol, Sender {
  readonly receiver: Receiver
  readonly sender: Sender = this
  protected readonly context: SocketContext
  protected readonly inbox: Inbox
  readonly #byId: Map<number, Pipe> = new Map()
  readonly #full: Map<Pipe, FullPipe> = new Map()
  /** Of all full pipes together. */
  #surplus = 0

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
    this.#forget(pipe)
    const { count } = this.inbox.discard(pipe)
    // Answers would reach nobody.
    if (count > 0) this.context.drop('unroutable', pipe, { count })
  }

  writable(pipe: Pipe): void {
    this.#forget(pipe)
    this.inbox.hold(pipe, false)
  }

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
    for (const pipe of this.#full.keys()) this.#forget(pipe)
    this.inbox.close()
  }

  protected answer(header: Uint8Array, body: Body): void {
    const pipe = header.length < 4 ? undefined : this.#byId.get(readWord(header, 0))
    if (pipe === undefined) this.context.drop('unroutable', undefined, body.length)
    else if (pipe.full && !this.#admits(pipe, body.length)) this.context.drop('queue-full', pipe, body.length)
    else if (!pipe.send(header.subarray(4), body) && !this.#full.has(pipe)) this.#hold(pipe)
  }

  /** Nothing more is taken of who has not read the answers, which leaves the others their turn. */
  #hold(pipe: Pipe): void {
    let before: number | undefined
    const look = (): void => {
      const { sendQueue } = pipe.stats()
      full.timer = sendQueue === before ? undefined : startTimer(look, patience)
      before = sendQueue
      if (full.timer === undefined) this.inbox.hold(pipe, false)
    }
    const full: FullPipe = { surplus: 0, timer: startTimer(look, patience) }
    this.#full.set(pipe, full)
    this.inbox.hold(pipe, true)
  }

  /** Whether a full pipe gets this answer to what was taken before. */
  #admits(pipe: Pipe, size: number): boolean {
    const full = this.#full.get(pipe) as FullPipe
    const { sendBuffer } = this.context.options
    const owed = pipe.messagesSent < pipe.messagesReceived
    if (full.timer === undefined || !owed || this.#surplus >= enough * sendBuffer) return false
    const counted = Math.min(size + overhead, sendBuffer)
    full.surplus += counted
    this.#surplus += counted
    return true
  }

  #forget(pipe: Pipe): void {
    const full = this.#full.get(pipe)
    if (full === undefined) return
    clearTimeout(full.timer)
    this.#surplus -= full.surplus
    this.#full.delete(pipe)
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
