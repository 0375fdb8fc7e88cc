/**
 * The member's end of a link: a caller that dialed. It greets first; then its calls go to the desks, and what is offered
 * and subscribed to here is told to it, at once and at every change. A caller that does not read its answers is not
 * read from either.
 */
import type { Body, Incoming, Pipe } from 'hubless'
import type { ClusterDropReason } from '../reasons.ts'
import { isTopic } from '../rules.ts'
import { Carriers } from './carriers.ts'
import type { CallVerb, Desk, Failure, IncomingCall } from './engine.ts'
import { encodeJson, type Hello, readHello } from './json.ts'
import { mostSlots } from './slots.ts'
import { deadlineIn, failureCodes, header2, type } from './wire.ts'

/** What a caller's link needs of its engine. */
export interface CallerOwner {
  /** Those of another network are not let in; absent: all are. */
  readonly network: string | undefined
  desk(number: number): Desk | undefined
  /** It said who it is: tell it what is offered here. */
  arrived(caller: Caller): void
  deliver(topic: string, body: Body, from: string): void
  dropped(reason: ClusterDropReason, details: { readonly from?: string; readonly size?: number }): void
  /** A message of a hub's client, where this is a hub. */
  other?(caller: Caller, kind: number, number: number, body: Body): boolean
}

const none = Buffer.alloc(0) as Body

class ServedCall implements IncomingCall {
  readonly verb: CallVerb
  readonly body: Body
  readonly deadline: number
  readonly number: number
  canceled: (() => void) | undefined
  readonly #caller: Caller

  constructor(caller: Caller, verb: CallVerb, number: number, body: Body, deadline: number) {
    this.#caller = caller
    this.verb = verb
    this.number = number
    this.body = body
    this.deadline = deadline
  }

  get from(): string {
    return this.#caller.id
  }

  answer(body: Body): void {
    this.#caller.answer(this, body)
  }

  fail(failure: Failure): void {
    this.#caller.fail(this, failure)
  }
}

export class Caller {
  readonly pipe: Pipe
  readonly #owner: CallerOwner
  /** By the slot in the number that the caller gave; see slots.ts. */
  readonly #served: (ServedCall | undefined)[] = []
  readonly #carriers: Carriers
  readonly #awaited: Map<number, () => void> = new Map()
  #states = 0
  #paused = false
  hello: Hello | undefined

  constructor(pipe: Pipe, owner: CallerOwner) {
    this.pipe = pipe
    this.#owner = owner
    this.#carriers = new Carriers(pipe)
  }

  get id(): string {
    return this.hello?.id ?? ''
  }

  /** Sends JSON that is to be acknowledged; resolves when it is, or when the caller is gone. */
  inform(kind: number, value: object): Promise<void> {
    const number = ++this.#states
    this.send(header2(kind, 0, number), encodeJson(value))
    return new Promise((resolve) => this.#awaited.set(number, resolve))
  }

  send(header: Uint8Array, body: Body = none): void {
    if (this.pipe.send(header, body) || this.#paused) return
    this.#paused = true
    this.pipe.intake?.block()
  }

  answer(call: ServedCall, body: Body): void {
    if (!this.#settle(call)) return
    if (body.length > (this.hello?.max ?? 0)) this.#refuse(call.number, { code: 'EMSGSIZE' })
    else this.send(header2(type.ANSWER, 0, call.number), body)
  }

  fail(call: ServedCall, failure: Failure): void {
    if (call.verb === 'broadcast' || !this.#settle(call)) return
    this.#refuse(call.number, failure)
  }

  writable(): void {
    if (this.#paused) {
      this.#paused = false
      this.pipe.intake?.unblock()
    }
    this.#carriers.writable()
  }

  /** The link is gone: nobody waits for answers. */
  detach(): void {
    const served = this.#served.splice(0)
    for (const call of served) call?.canceled?.()
    for (const acknowledged of this.#awaited.values()) acknowledged()
    this.#awaited.clear()
    this.#carriers.lost(new Error('the connection of the caller ended'))
  }

  receive(message: Incoming): void {
    const { size } = message
    const word = message.word()
    if (word < 0) {
      this.#malformed(size)
      return
    }
    const kind = word >>> 24
    const aux = word & 0xffffff
    if (this.hello === undefined) {
      if (kind === type.HELLO && message.word() >= 0) this.#greet(message.body())
      else this.#malformed(size)
      return
    }
    if (kind === type.PUBLISH) {
      this.#publish(aux, message.body())
      return
    }
    const number = message.word()
    if (number < 0) {
      this.#malformed(size)
      return
    }
    if (kind === type.REQUEST) this.#call('request', aux, number, message)
    else if (kind === type.SURVEY) this.#call('survey', aux, number, message)
    else if (kind === type.BROADCAST) this.#call('broadcast', aux, number, message)
    else if (kind === type.FRAME) this.#carriers.frame(number, message.body())
    else if (kind === type.PING) this.send(header2(type.PONG, 0, number))
    else if (kind === type.CANCEL) this.#cancel(number)
    else if (kind === type.ACK) this.#acknowledge(number)
    else if (kind === type.OPEN) this.#open(aux, number, message)
    else if (kind === type.CLOSED) this.#carriers.closed(number)
    else if (this.#owner.other?.(this, kind, number, message.body()) !== true) this.#malformed(size)
  }

  #greet(body: Body): void {
    const hello = readHello(body)
    if (hello === undefined) {
      this.#malformed(body.length)
      return
    }
    const { network } = this.#owner
    if (network !== undefined && hello.network !== network) {
      this.#malformed(body.length)
      void this.pipe.close(0)
      return
    }
    this.hello = hello
    this.#owner.arrived(this)
  }

  #call(verb: CallVerb, service: number, number: number, message: Incoming): void {
    const ms = message.word()
    if (ms < 0) {
      this.#malformed(message.size)
      return
    }
    const call = new ServedCall(this, verb, number, message.body(), deadlineIn(ms))
    if (verb !== 'broadcast') {
      const slot = number % mostSlots
      if (this.#served[slot] !== undefined) {
        this.#malformed(call.body.length)
        return
      }
      this.#served[slot] = call
    }
    const desk = this.#owner.desk(service)
    if (desk !== undefined) desk.take(call)
    else {
      this.#owner.dropped('no-service', { from: this.id, size: call.body.length })
      call.fail({ code: 'EHOSTUNREACH' })
    }
  }

  #cancel(number: number): void {
    const call = this.#served[number % mostSlots]
    if (call?.number !== number) return
    this.#settle(call)
    call.canceled?.()
  }

  /** Returns whether the caller still waits for it. */
  #settle(call: ServedCall): boolean {
    const slot = call.number % mostSlots
    if (this.#served[slot] !== call) return false
    this.#served[slot] = undefined
    return true
  }

  #acknowledge(number: number): void {
    this.#awaited.get(number)?.()
    this.#awaited.delete(number)
  }

  #open(service: number, number: number, message: Incoming): void {
    if (this.#carriers.has(number)) {
      this.#malformed(message.size)
      return
    }
    const desk = this.#owner.desk(service)
    if (desk === undefined) {
      this.#refuse(number, { code: 'EHOSTUNREACH' })
      return
    }
    const failure = desk.accept(this.id, () => {
      // Before anything that the tunnel sends.
      this.send(header2(type.OPENED, 0, number))
      return this.#carriers.open(number, this.id)
    })
    if (failure !== undefined) this.#refuse(number, failure)
  }

  #publish(length: number, body: Body): void {
    const topic = body.toString('latin1', 0, length)
    if (length > body.length || !isTopic(topic)) {
      this.#malformed(body.length)
      return
    }
    this.#owner.deliver(topic, body.subarray(length) as Body, this.id)
  }

  #refuse(number: number, { code, remote }: Failure): void {
    const body = remote === undefined ? none : encodeJson(remote)
    this.send(header2(type.FAILURE, failureCodes.indexOf(code), number), body)
  }

  #malformed(size: number): void {
    this.#owner.dropped('malformed', { from: this.id, size })
  }
}
