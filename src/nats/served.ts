/**
 * The member's end: what arrives is put on the desk of its service. A call that takes longer than a moment is told to be
 * taken, so that the caller knows who has it and can see whether it lives.
 */

import type { Body } from 'hubless'
import type { CallVerb, Desk, EngineHost, Failure, IncomingCall } from 'hubless/cluster'
import { failureMessage, takenMessage } from './answers.ts'
import type { Connection } from './connection.ts'
import { bodyOf, type Msg, type MsgHdrs } from './package.ts'
import { readReply } from './subjects.ts'

/** Answers that take longer than this are told to be under way, ms. */
const moment = 100
const none = new Uint8Array(0)

/** Told of every call that is over, for statistics. */
export type Settled = (name: string, ms: number, failure: Failure | undefined) => void

class ServedCall implements IncomingCall {
  readonly verb: CallVerb
  readonly from: string
  readonly body: Body
  readonly deadline: number
  readonly name: string
  readonly reply: string
  readonly began: number = performance.now()
  canceled: (() => void) | undefined
  taken = false
  readonly #served: Served

  constructor(served: Served, verb: CallVerb, name: string, message: Msg, sender: string) {
    this.#served = served
    this.verb = verb
    this.name = name
    this.body = bodyOf(message)
    this.reply = message.reply
    const { from, ms } = readReply(this.reply) ?? { from: sender, ms: Infinity }
    this.from = from
    this.deadline = this.began + ms
  }

  answer(body: Body): void {
    this.#served.answer(this, body)
  }

  fail(failure: Failure): void {
    this.#served.fail(this, failure)
  }
}

export class Served {
  readonly #host: EngineHost
  readonly #connection: Connection
  readonly #settled: Settled
  readonly #calls: Map<string, ServedCall> = new Map()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(host: EngineHost, connection: Connection, settled: Settled) {
    this.#host = host
    this.#connection = connection
    this.#settled = settled
  }

  get size(): number {
    return this.#calls.size
  }

  /** `sender`: id of the caller, where no reply subject says it. */
  take(desk: Desk, verb: CallVerb, message: Msg, sender = ''): void {
    const call = new ServedCall(this, verb, desk.name, message, sender)
    if (verb !== 'broadcast') {
      // Nobody can be answered twice at one place.
      if (call.reply === '' || this.#calls.has(call.reply)) {
        return void this.#host.dropped('malformed', { from: call.from, size: call.body.length })
      }
      this.#calls.set(call.reply, call)
      this.#timer ??= setInterval(() => this.#look(), moment).unref()
    }
    if (call.body.length > this.#host.recvMaxSize) call.fail({ code: 'EMSGSIZE' })
    else desk.take(call)
  }

  answer(call: ServedCall, body: Body): void {
    if (!this.#calls.delete(call.reply)) return
    if (body.length > this.#connection.maxPayload) return void this.#failed(call, { code: 'EMSGSIZE' })
    this.#settled(call.name, performance.now() - call.began, undefined)
    this.#publish(call, body)
  }

  fail(call: ServedCall, failure: Failure): void {
    if (this.#calls.delete(call.reply)) this.#failed(call, failure)
  }

  /** The caller gave up. */
  cancel(reply: string): void {
    const call = this.#calls.get(reply)
    this.#calls.delete(reply)
    call?.canceled?.()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const call of this.#calls.values()) call.canceled?.()
    this.#calls.clear()
  }

  #failed(call: ServedCall, failure: Failure): void {
    this.#settled(call.name, performance.now() - call.began, failure)
    const { headers, body } = failureMessage(failure)
    this.#publish(call, body, headers)
  }

  #publish({ verb, reply }: ServedCall, body: Uint8Array, headers?: MsgHdrs): void {
    // Who surveys wants to know who answers.
    const from = verb === 'survey' ? { reply: this.#host.id } : {}
    this.#connection.publish(reply, body, { ...from, ...(headers !== undefined && { headers }) })
  }

  #look(): void {
    const now = performance.now()
    for (const call of this.#calls.values()) {
      if (call.taken || now - call.began < moment || call.from === '') continue
      call.taken = true
      this.#connection.publish(call.reply, none, { headers: takenMessage(this.#host.id) })
    }
    if (this.#calls.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
