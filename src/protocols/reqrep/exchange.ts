/** One request of a REQ and where it stands. */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import type { Linked, LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import { type Body, platform } from '../../core/platform.ts'
import type { Open } from '../../core/protocol.ts'
import { next, type StateTable } from '../../core/state-machine.ts'
import type { Timer } from '../../core/waiting.ts'

export type ReqState = 'idle' | 'waiting' | 'sent' | 'delayed' | 'done'
export type ReqEvent =
  | 'send'
  | 'pipeReady'
  | 'pipeLost'
  | 'lostAgain'
  | 'delayOver'
  | 'resendDue'
  | 'reply'
  | 'recv'
  | 'cancel'

/** One request at a time in each exchange; a new send replaces the old one. sp-request-reply §4 */
export const reqStates: StateTable<ReqState, ReqEvent> = {
  name: 'req',
  initial: 'idle',
  transitions: {
    idle: { send: 'waiting' },
    // no peer can take it yet
    waiting: { pipeReady: 'sent', reply: 'done', send: 'waiting', cancel: 'idle' },
    sent: {
      reply: 'done',
      pipeLost: 'waiting',
      lostAgain: 'delayed',
      resendDue: 'waiting',
      send: 'waiting',
      cancel: 'idle'
    },
    // it has lost its pipe more than once
    delayed: { delayOver: 'waiting', reply: 'done', send: 'waiting', cancel: 'idle' },
    done: { recv: 'idle', send: 'waiting', cancel: 'idle' }
  }
}

export interface ExchangeOptions {
  /** Whether it may be sent again. */
  readonly retry: boolean
  readonly failFast: boolean
}

export abstract class Exchange implements Linked<Exchange> {
  id = 0
  body: Body = platform.empty
  /** The pipe that carries it, while sent. */
  pipe: Pipe | undefined
  /** Pipes that were sent it before, and may still answer. */
  #asked: Set<Pipe> | undefined
  /** When it was last transmitted, ms. */
  sentAt = 0
  /** How often it was transmitted. */
  copies = 0
  /** How many pipes were lost with it. */
  losses = 0
  /** The delay of a delayed one; the trial of one that was sent after that. */
  timer: Timer
  previous: Exchange | undefined
  next: Exchange | undefined
  /** The line it waits in, or what its pipe carries. */
  list: LinkedList<Exchange> | undefined
  state: ReqState = 'idle'
  readonly options: ExchangeOptions
  protected readonly context: SocketContext

  constructor(context: SocketContext, options: ExchangeOptions) {
    this.context = context
    this.options = options
  }

  fire(event: ReqEvent): void {
    this.state = next(reqStates, this.state, event)
  }

  /** Begins with a request. */
  begin(id: number, body: Body): void {
    this.fire('send')
    this.id = id
    this.body = body
    this.copies = this.losses = 0
  }

  /** Lets go of everything that belongs to the request. */
  end(): void {
    this.body = platform.empty
    this.pipe = this.#asked = undefined
  }

  /** Its interval has passed; the pipe that carried it may still answer. */
  leavePipe(): void {
    this.#asked ??= new Set()
    for (const pipe of this.#asked) if (pipe.state !== 'attached') this.#asked.delete(pipe)
    this.#asked.add(this.pipe as Pipe)
    this.pipe = undefined
  }

  /** Whether `pipe` was sent it. Inside one process a reply may come while it is being sent, before its pipe is known. */
  mayComeFrom(pipe: Pipe): boolean {
    if (this.pipe === pipe || this.#asked?.has(pipe)) return true
    return this.state === 'sent' && this.pipe === undefined
  }

  abstract replied(body: Body, pipe: Pipe): void
  abstract failed(error: unknown): void

  /** The reply as the application gets it. A codec that fails is counted and thrown: whoever waits would wait for ever. */
  protected open<R>(open: Open<R>, body: Body, pipe: Pipe): R {
    const { context } = this
    try {
      const value = open(body, platform.empty, pipe)
      if (value === undefined) throw new SpError('EPROTO', { message: 'the codec returned undefined' })
      context.messagesReceived++
      context.bytesReceived += body.length
      return value
    } catch (cause) {
      context.drop('codec', pipe, { size: body.length, cause })
      throw cause
    }
  }
}
