/**
 * The caller's end: one call that one member is to take, with its deadline, its abort, and an end when the connection or
 * the member is gone.
 */
import { type Body, SpError } from 'hubless'
import { failureError, type OutgoingCall } from 'hubless/cluster'
import { header, readFailure } from './answers.ts'
import type { Calls, Waiting } from './calls.ts'
import { bodyOf, isUnheard, type Msg } from './package.ts'
import type { Watcher } from './peers.ts'

/** Members that are full are asked for so often; each time NATS picks one at random. */
const mostBusy = 4
/** Where nobody is, it is asked again after this, ms. */
const again = 250
const longest = 2 ** 31 - 1

/**
 * One call that one member is to take.
 *
 *   asking ──taken──► known ──answer──► over
 *     ▲                 │
 *     └── gone, silent or unheard, where it may be asked again
 */
export class SingleCall<R> implements Waiting, Watcher {
  readonly #calls: Calls
  readonly #name: string
  readonly #subject: string
  readonly #body: Body
  readonly #call: OutgoingCall
  readonly #read: (message: Msg) => R
  readonly #resolve: (value: R) => void
  readonly #reject: (error: unknown) => void
  /** Places where an answer may come. */
  readonly #asked: Map<number, string> = new Map()
  #member: string | undefined
  #unanswered = false
  #busy = 0
  #over = false
  #deadline: ReturnType<typeof setTimeout> | undefined
  #next: ReturnType<typeof setTimeout> | undefined

  constructor(
    calls: Calls,
    name: string,
    subject: string,
    body: Body,
    call: OutgoingCall,
    read: (message: Msg) => R,
    resolve: (value: R) => void,
    reject: (error: unknown) => void
  ) {
    this.#calls = calls
    this.#name = name
    this.#subject = subject
    this.#body = body
    this.#call = call
    this.#read = read
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { signal, deadline } = this.#call
    const { maxPayload } = this.#calls.connection
    if (this.#body.length > maxPayload) {
      const sizes = `the body has ${this.#body.length} bytes, the NATS server takes ${maxPayload}`
      return void this.#fail('EMSGSIZE', `${sizes}; raise its max_payload, or use a tunnel`)
    }
    this.#calls.live.add(this)
    const left = deadline - performance.now()
    if (left <= longest) this.#deadline = setTimeout(this.#late, Math.max(0, left))
    signal?.addEventListener('abort', this)
    void this.#ask()
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.#cancel()
    this.#end()
    this.#reject(this.#call.signal?.reason)
  }

  message(message: Msg, number: number): void {
    if (isUnheard(message)) {
      this.#forget(number)
      // Another transmission of it may be under way.
      if (this.#asked.size === 0) this.#unreached(`no member of ${this.#name} seen`)
      return
    }
    const taken = message.headers?.get(header.taken)
    if (taken !== undefined && taken !== '') return void this.#taken(taken)
    const failure = readFailure(message)
    if (failure === undefined) return void this.#answer(message)
    this.#forget(number)
    if (failure.code === 'EHOSTUNREACH' || (failure.code === 'EBUSY' && ++this.#busy < mostBusy)) {
      if (this.#asked.size === 0) void this.#ask()
      return
    }
    const { host } = this.#calls
    const error =
      failure.code === 'EMSGSIZE'
        ? new SpError('EMSGSIZE', { message: `the request to ${this.#name} or its answer is larger than allowed` })
        : failureError(this.#name, failure)
    host.counts.failed[error.code] = (host.counts.failed[error.code] ?? 0) + 1
    this.#end()
    this.#reject(error)
  }

  gone(): void {
    this.#member = undefined
    if (this.#call.idempotent) void this.#ask()
    else this.#lost(`the member of ${this.#name} that had the call is gone`)
  }

  silent(): void {
    if (this.#call.idempotent && !this.#unanswered) void this.#ask()
    this.#unanswered = true
  }

  ended(): void {
    this.#leave()
    if (this.#asked.size > 0 && !this.#call.idempotent)
      this.#lost('the connection to NATS ended while a member had the call')
  }

  connected(): void {
    if (this.#asked.size === 0 || this.#call.idempotent) void this.#ask()
  }

  close(): void {
    this.#end()
    this.#reject(new SpError('EBADF', { message: 'the cluster is closed' }))
  }

  async #ask(): Promise<void> {
    const { connection, subjects, host } = this.#calls
    clearTimeout(this.#next)
    if (!connection.decided) await connection.firstAttempt()
    if (!connection.hasRoom) await connection.room()
    if (this.#over) return
    if (!connection.up) return this.#unreached(`no member of ${this.#name} seen: ${noConnection(connection.cause)}`)
    if (this.#asked.size > 0) host.counts.retried++
    const number = this.#calls.add(this)
    const reply = subjects.reply(number, this.#call.deadline - performance.now())
    this.#asked.set(number, reply)
    connection.publish(this.#subject, this.#body, { reply })
    // A member that took it says so; where nobody does, it may be frozen.
    if (this.#call.idempotent) this.#next = setTimeout(() => void this.#ask(), this.#calls.patience)
  }

  #answer(message: Msg): void {
    this.#calls.host.counts.answered++
    this.#end()
    this.#resolve(this.#read(message))
  }

  #taken(id: string): void {
    clearTimeout(this.#next)
    if (this.#member === id) return
    this.#leave()
    this.#member = id
    this.#unanswered = false
    this.#calls.peers.watch(id, this)
  }

  #unreached(message: string): void {
    if (this.#call.failFast) return void this.#fail('EHOSTUNREACH', message)
    clearTimeout(this.#next)
    this.#next = setTimeout(() => void this.#ask(), again)
  }

  #lost(what: string): void {
    this.#fail('ECONNRESET', `${what}; it may have been handled (not idempotent)`)
  }

  readonly #late = (): void => {
    const { timeout } = this.#call
    const { connection } = this.#calls
    const asked = this.#asked.size > 0
    this.#cancel()
    if (asked) this.#fail('ETIMEDOUT', `a member of ${this.#name} was asked and did not answer within ${timeout} ms`)
    else if (connection.up) this.#fail('EHOSTUNREACH', `no member of ${this.#name} seen within ${timeout} ms`)
    else this.#fail('EHOSTUNREACH', `no member of ${this.#name} seen: ${noConnection(connection.cause)}`)
  }

  #fail(code: 'EHOSTUNREACH' | 'ETIMEDOUT' | 'ECONNRESET' | 'EMSGSIZE', message: string): void {
    const { failed } = this.#calls.host.counts
    // Nobody was asked: whoever calls over several engines goes on.
    if (code !== 'EHOSTUNREACH') failed[code] = (failed[code] ?? 0) + 1
    this.#end()
    this.#reject(new SpError(code, { message }))
  }

  #cancel(): void {
    const { connection, subjects } = this.#calls
    if (this.#member === undefined) return
    for (const reply of this.#asked.values()) {
      connection.publish(subjects.instance(this.#member), Buffer.from(reply))
    }
  }

  #forget(number: number): void {
    this.#asked.delete(number)
    this.#calls.delete(number)
  }

  #leave(): void {
    if (this.#member !== undefined) this.#calls.peers.leave(this.#member, this)
    this.#member = undefined
  }

  #end(): void {
    this.#over = true
    this.#calls.live.delete(this)
    clearTimeout(this.#deadline)
    clearTimeout(this.#next)
    this.#call.signal?.removeEventListener('abort', this)
    this.#leave()
    for (const number of [...this.#asked.keys()]) this.#forget(number)
  }
}

export function noConnection(cause: unknown): string {
  const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
  return `there is no connection to NATS${why}`
}

export const readBody = (message: Msg): Body => bodyOf(message)
