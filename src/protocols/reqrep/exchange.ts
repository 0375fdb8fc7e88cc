/** One request of a REQ and where it stands. */
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import type { Linked, LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import { type Body, platform } from '../../core/platform.ts'
import type { Open } from '../../core/protocol.ts'
import { next, type StateTable } from '../../core/state-machine.ts'

export type ReqState = 'idle' | 'waiting' | 'sent' | 'done'
export type ReqEvent = 'send' | 'pipeReady' | 'pipeLost' | 'resendDue' | 'reply' | 'recv' | 'cancel'

/** One request at a time in each exchange; a new send replaces the old one. sp-request-reply §4 */
export const reqStates: StateTable<ReqState, ReqEvent> = {
  name: 'req',
  initial: 'idle',
  transitions: {
    idle: { send: 'waiting' },
    // no peer can take it yet
    waiting: { pipeReady: 'sent', reply: 'done', send: 'waiting', cancel: 'idle' },
    sent: { reply: 'done', pipeLost: 'waiting', resendDue: 'waiting', send: 'waiting', cancel: 'idle' },
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
  body!: Body
  /** The pipe that carries it, while sent. */
  pipe: Pipe | undefined
  /** When it was last transmitted, ms. */
  sentAt = 0
  previous: Exchange | undefined
  next: Exchange | undefined
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

  abstract replied(body: Body, pipe: Pipe): void
  abstract failed(error: unknown): void

  /** Ends the call that waits for the reply. */
  protected settle(
    waiter: { resolve(value: unknown): void; reject(error: unknown): void },
    open: Open<unknown>,
    body: Body,
    pipe: Pipe
  ): void {
    try {
      waiter.resolve(this.open(open, body, pipe))
    } catch (error) {
      waiter.reject(error)
    }
  }

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
