/**
 * The caller's end of a link to a member: it is dialed, greets, learns from STATE who answers and what is served there,
 * and then carries calls, any number at a time, each with a number of its own.
 *
 *   dialing ──attach──► greeting ──STATE──► up ──no sign of life──► silent
 *      ▲                   │                │ ▲────────heard────────┘ │
 *      └───────lost────────┴────────────────┴─────────────────────────┘
 */
import { type Body, type Dialer, type Incoming, Machine, type Pipe, SpError, type StateTable } from 'hubless'
import type { Failure, MemberInfo } from './engine.ts'
import { encodeJson, type NumberedService, type Role, readRemote, readState, type State } from './json.ts'
import { Offers } from './offers.ts'
import { Room } from './room.ts'
import { Slots } from './slots.ts'
import { type Asking, type Opening, type Target, windowOfCalls } from './target.ts'
import { TunnelEnds } from './tunnel-ends.ts'
import { failureCodes, header2, header3, msLeft, type, version } from './wire.ts'

export type LinkState = 'dialing' | 'greeting' | 'up' | 'silent' | 'closed'

export const linkStates: StateTable<LinkState, 'attach' | 'greeted' | 'silence' | 'heard' | 'lost' | 'close'> = {
  name: 'link',
  initial: 'dialing',
  transitions: {
    dialing: { attach: 'greeting', close: 'closed' },
    greeting: { greeted: 'up', lost: 'dialing', close: 'closed' },
    up: { silence: 'silent', lost: 'dialing', close: 'closed' },
    silent: { heard: 'up', lost: 'dialing', close: 'closed' },
    closed: {}
  }
}

/** What a link tells its engine. */
export interface LinkOwner {
  readonly id: string
  readonly network: string
  readonly zone: string
  readonly recvMaxSize: number
  /** A STATE arrived. Returns false to refuse the member. */
  greeted(link: MemberLink, state: State): boolean
  /** Services or topics changed, it is heard again, or has room for calls again. */
  changed(link: MemberLink, state: State | undefined): void
  /** The connection is gone, or could not be made. */
  lost(link: MemberLink, cause: unknown): void
  /** It does not speak as it must, or is of another network: no link to it. */
  unfit(link: MemberLink, size: number): void
  /** An answer that nobody waits for, or something that is no message. */
  odd(link: MemberLink, what: 'late' | 'malformed', size: number): void
}

/** The time of one in so many answers is taken. */
const timedAnswers = 8

const none = Buffer.alloc(0) as Body

export class MemberLink implements Target {
  readonly role: Role
  readonly #owner: LinkOwner
  readonly #machine = new Machine(linkStates)
  readonly #offers = new Offers()
  dialer: Dialer | undefined
  #pipe: Pipe | undefined
  readonly #asking: Slots<Asking> = new Slots()
  readonly #tunnels = new TunnelEnds()
  readonly #room = new Room()
  /** Something arrived since the monitor last looked. */
  heard = false
  /** How often the monitor looked in vain. */
  silence = 0
  sent = 0
  answered = 0
  /** Of the last answers, ms. */
  meanTime: number | null = null
  /** Nothing in it any more: a link for tunnels may go. */
  readonly #idle: ((link: MemberLink) => void) | undefined

  constructor(owner: LinkOwner, role: Role, idle?: (link: MemberLink) => void) {
    this.#owner = owner
    this.role = role
    this.#idle = idle
  }

  get state(): LinkState {
    return this.#machine.state
  }

  get id(): string {
    return this.#offers.id
  }

  get zone(): string {
    return this.#offers.zone
  }

  get max(): number {
    return this.#offers.max
  }

  get services(): ReadonlyMap<string, NumberedService> {
    return this.#offers.services
  }

  get topics(): ReadonlySet<string> {
    return this.#offers.topics
  }

  get url(): string {
    return this.dialer?.url ?? ''
  }

  get outstanding(): number {
    return this.#asking.size
  }

  get alive(): boolean {
    return this.#machine.state === 'up'
  }

  get usable(): boolean {
    return this.#machine.state === 'up' && this.#asking.size < windowOfCalls && this.#pipe?.full !== true
  }

  get full(): boolean {
    return this.#pipe?.full === true
  }

  /** Resolves when it has room, or when it seems to get none. */
  room(): Promise<void> {
    return this.#room.wait()
  }

  info(service: {
    readonly name: string
    readonly metadata: Readonly<Record<string, string>>
    readonly since: string
  }): MemberInfo {
    const { id, zone, url, outstanding } = this
    const { name, metadata, since } = service
    return { id, name, zone, urls: [url], metadata, since, outstanding }
  }

  attach(pipe: Pipe): void {
    this.#machine.fire('attach')
    this.#pipe = pipe
    this.heard = true
    this.silence = 0
    if (this.role === 'tunnels') this.#tunnels.attach(pipe, () => this.#idle?.(this))
    const { id, network, zone, recvMaxSize: max } = this.#owner
    pipe.send(header2(type.HELLO, 0, 0), encodeJson({ v: version, network, id, zone, max, role: this.role }))
  }

  detach(): void {
    this.#pipe = undefined
    if (this.#machine.state !== 'closed') this.#machine.fire('lost')
    this.#gone(new SpError('ECONNRESET', { message: `the connection to ${this.url} ended` }))
  }

  writable(): void {
    this.#room.made()
    this.#tunnels.writable()
    this.#owner.changed(this, undefined)
  }

  /** Ends the link; calls that it carries are lost. */
  close(): void {
    if (this.#machine.state === 'closed') return
    this.#machine.fire('close')
    void this.dialer?.close()
    this.#gone(new SpError('ECONNRESET', { message: `the connection to ${this.url} was closed` }))
  }

  /** Nothing was heard for too long. */
  fallSilent(): void {
    this.#machine.fire('silence')
    for (const asking of this.#asking.all()) asking.silent(this)
  }

  ping(): void {
    this.#pipe?.send(header2(type.PING, 0, 0), none)
  }

  ask(verb: 'request' | 'survey', name: string, body: Body, deadline: number, asking: Asking): number {
    const service = this.services.get(name)
    const failed = service === undefined ? 'EHOSTUNREACH' : this.#asking.full ? 'EBUSY' : undefined
    if (service === undefined || failed !== undefined) {
      asking.fail(this, { code: failed ?? 'EHOSTUNREACH' })
      return 0
    }
    const number = this.#asking.add(asking)
    this.sent++
    const kind = verb === 'request' ? type.REQUEST : type.SURVEY
    this.#pipe?.send(header3(kind, service.number, number, msLeft(deadline)), body)
    return number
  }

  /** Of one in so many answers: looking at the clock costs as well. */
  took(began: number): void {
    if (this.answered % timedAnswers !== 1 || !Number.isFinite(began)) return
    const ms = performance.now() - began
    this.meanTime = this.meanTime === null ? ms : this.meanTime + (ms - this.meanTime) / 8
  }

  cancel(number: number): void {
    if (this.#asking.take(number) === undefined) return
    this.#pipe?.send(header2(type.CANCEL, 0, number), none)
    this.#freed()
  }

  tell(name: string, body: Body): boolean {
    const service = this.services.get(name)
    if (service === undefined || this.#pipe === undefined || this.#pipe.full) return false
    this.#pipe.send(header3(type.BROADCAST, service.number, 0, 0), body)
    return true
  }

  /** A publication; `shared` says that the same goes to others as well. */
  publish(header: Uint8Array, body: Body, shared: number): boolean {
    if (this.#pipe === undefined || this.#pipe.full) return false
    this.#pipe.send(header, body, shared)
    return true
  }

  open(name: string, deadline: number, opening: Opening): void {
    const service = this.services.get(name)
    if (service === undefined) {
      opening.fail(this, { code: 'EHOSTUNREACH' })
      return
    }
    this.#pipe?.send(header3(type.OPEN, service.number, this.#tunnels.add(opening), msLeft(deadline)), none)
  }

  /** Tunnels that are open or being opened. */
  get tunnels(): number {
    return this.#tunnels.size
  }

  receive(message: Incoming): void {
    this.heard = true
    const { size } = message
    const word = message.word()
    const number = message.word()
    const kind = word >>> 24
    if (word < 0 || number < 0) {
      this.#owner.odd(this, 'malformed', size)
      return
    }
    if (kind === type.ANSWER) {
      const asking = this.#asking.take(number)
      if (asking === undefined) {
        this.#owner.odd(this, 'late', size)
        return
      }
      this.answered++
      this.#freed()
      asking.answer(this, message.body())
    } else if (kind === type.FRAME) this.#tunnels.frame(number, message.body())
    else if (kind === type.FAILURE) this.#failed(number, word & 0xffffff, message.body())
    else if (kind === type.STATE) this.#learn(number, message.body())
    else if (kind === type.OPENED) this.#tunnels.opened(number, this.id)
    else if (kind === type.CLOSED) this.#tunnels.closed(number)
    else if (kind !== type.PONG) this.#owner.odd(this, 'malformed', size)
  }

  #freed(): void {
    if (this.#asking.size === windowOfCalls - 1) this.#owner.changed(this, undefined)
  }

  #failed(number: number, code: number, body: Body): void {
    const asking = this.#asking.take(number) ?? this.#tunnels.asked(number)
    if (asking === undefined) {
      this.#owner.odd(this, 'late', body.length)
      return
    }
    this.#tunnels.delete(number)
    const failure = failureOf(code, body)
    this.#freed()
    asking.fail(this, failure)
    if (this.tunnels === 0) this.#idle?.(this)
  }

  #learn(number: number, body: Body): void {
    const state = readState(body)
    if (state === undefined || state.network !== this.#owner.network) {
      this.#owner.unfit(this, body.length)
      return
    }
    if (this.#machine.state === 'greeting') {
      this.#offers.begin(state)
      if (!this.#owner.greeted(this, state)) return
      this.#machine.fire('greeted')
    }
    if (!this.#offers.learn(state)) {
      this.#owner.unfit(this, body.length)
      return
    }
    this.#owner.changed(this, state)
    this.#pipe?.send(header2(type.ACK, 0, number), none)
  }

  /** The monitor heard it again. */
  awake(): void {
    this.#machine.fire('heard')
    this.#owner.changed(this, undefined)
  }

  #gone(cause: SpError): void {
    const asking = this.#asking.drain()
    const opening = this.#tunnels.lost(cause)
    this.#room.release()
    this.#owner.lost(this, cause)
    for (const one of asking) one.lost(this)
    for (const one of opening) one.lost(this)
  }
}

/** A code of a later version says no more than that it failed, and may have been handled. */
function failureOf(number: number, body: Body): Failure {
  const code = failureCodes[number]
  if (code === undefined) return { code: 'EREMOTE', remote: { name: 'Error', code: '', message: `failure ${number}` } }
  return code === 'EREMOTE' ? { code, remote: readRemote(body) } : { code }
}
