/** One request of a REQ and where it stands. */
import type { Linked, LinkedList } from '../../core/linked-list.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
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

/** What an exchange tells its owner. */
export interface ExchangeOwner {
  replied(body: Body, pipe: Pipe): void
  failed(error: unknown): void
}

export class Exchange implements Linked<Exchange> {
  id = 0
  body!: Body
  /** The pipe that carries it, while sent. */
  pipe: Pipe | undefined
  /** When it was last transmitted, ms. */
  sentAt = 0
  previous: Exchange | undefined
  next: Exchange | undefined
  list: LinkedList<Exchange> | undefined
  readonly options: ExchangeOptions
  readonly owner: ExchangeOwner
  #state: ReqState = 'idle'

  constructor(owner: ExchangeOwner, options: ExchangeOptions) {
    this.owner = owner
    this.options = options
  }

  get state(): ReqState {
    return this.#state
  }

  fire(event: ReqEvent): void {
    this.#state = next(reqStates, this.#state, event)
  }
}
