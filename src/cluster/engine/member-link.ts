/**
 * The caller's end of a link to a member: it is dialed, greets, learns from STATE who answers and what is served there,
 * and then carries calls, any number at a time, each with a number of its own.
 */
import { type Body, type Dialer, type Incoming, type Pipe, SpError } from 'hubless'
import { AskedCalls } from './asked-calls.ts'
import { encodeJson, type NumberedService, type Role, readFailure, readState, type State } from './json.ts'
import { LinkLife, type LinkState } from './link-life.ts'
import { Offers } from './offers.ts'
import { Room } from './room.ts'
import { type Asking, type Opening, type Target, windowOfCalls } from './target.ts'
import { TunnelEnds } from './tunnel-ends.ts'
import { header2, header3, msLeft, type, version } from './wire.ts'

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

const none = Buffer.alloc(0) as Body

export class MemberLink implements Target {
  readonly role: Role
  readonly #owner: LinkOwner
  readonly life = new LinkLife()
  readonly #offers = new Offers()
  readonly services: ReadonlyMap<string, NumberedService> = this.#offers.services
  readonly topics: ReadonlySet<string> = this.#offers.topics
  dialer: Dialer | undefined
  #pipe: Pipe | undefined
  /** What it was asked. */
  readonly calls: AskedCalls = new AskedCalls(() => this.#owner.changed(this, undefined))
  readonly #tunnels = new TunnelEnds()
  /** Where one waits while it is full. */
  readonly room = new Room()
  /** Nothing in it any more: a link for tunnels may go. */
  readonly #idle: ((link: MemberLink) => void) | undefined

  constructor(owner: LinkOwner, role: Role, idle?: (link: MemberLink) => void) {
    this.#owner = owner
    this.role = role
    this.#idle = idle
  }

  get state(): LinkState {
    return this.life.state
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

  get url(): string {
    return this.dialer?.url ?? ''
  }

  get outstanding(): number {
    return this.calls.size
  }

  get alive(): boolean {
    return this.life.state === 'up'
  }

  get usable(): boolean {
    return this.life.state === 'up' && this.calls.size < windowOfCalls && this.#pipe?.full !== true
  }

  get full(): boolean {
    return this.#pipe?.full === true
  }

  attach(pipe: Pipe): void {
    this.life.attach()
    this.#pipe = pipe
    if (this.role === 'tunnels') this.#tunnels.attach(pipe, () => this.#idle?.(this))
    const { id, network, zone, recvMaxSize: max } = this.#owner
    pipe.send(header2(type.HELLO, 0, 0), encodeJson({ v: version, network, id, zone, max, role: this.role }))
  }

  detach(): void {
    this.#pipe = undefined
    if (this.life.state !== 'closed') this.life.fire('lost')
    this.#gone(new SpError('ECONNRESET', { message: `the connection to ${this.url} ended` }))
  }

  writable(): void {
    this.room.made()
    this.#tunnels.writable()
    this.#owner.changed(this, undefined)
  }

  /** Ends the link; calls that it carries are lost. */
  close(): void {
    if (this.life.state === 'closed') return
    this.life.fire('close')
    void this.dialer?.close()
    this.#gone(new SpError('ECONNRESET', { message: `the connection to ${this.url} was closed` }))
  }

  /** Nothing was heard for too long. */
  fallSilent(): void {
    this.life.fire('silence')
    for (const asking of this.calls.all()) asking.silent(this)
  }

  ping(): void {
    this.#pipe?.send(header2(type.PING, 0, 0), none)
  }

  ask(verb: 'request' | 'survey', name: string, body: Body, deadline: number, asking: Asking): number {
    const service = this.services.get(name)
    if (service === undefined || this.calls.full) {
      asking.fail(this, { code: service === undefined ? 'EHOSTUNREACH' : 'EBUSY' })
      return 0
    }
    const number = this.calls.add(asking)
    const kind = verb === 'request' ? type.REQUEST : type.SURVEY
    this.#pipe?.send(header3(kind, service.number, number, msLeft(deadline)), body)
    return number
  }

  took(began: number): void {
    this.calls.took(began)
  }

  cancel(number: number): void {
    if (this.calls.take(number) === undefined) return
    this.#pipe?.send(header2(type.CANCEL, 0, number), none)
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
    this.life.heard = true
    const { size } = message
    const word = message.word()
    const number = message.word()
    const kind = word >>> 24
    if (word < 0 || number < 0) {
      this.#owner.odd(this, 'malformed', size)
      return
    }
    if (kind === type.ANSWER) {
      const asking = this.calls.take(number)
      if (asking === undefined) {
        this.#owner.odd(this, 'late', size)
        return
      }
      this.calls.answered++
      asking.answer(this, message.body())
    } else if (kind === type.FRAME) this.#tunnels.frame(number, message.body())
    else if (kind === type.FAILURE) this.#failed(number, word & 0xffffff, message.body())
    else if (kind === type.STATE) this.#learn(number, message.body())
    else if (kind === type.OPENED) this.#tunnels.opened(number, this.id)
    else if (kind === type.CLOSED) this.#tunnels.closed(number)
    else if (kind !== type.PONG) this.#owner.odd(this, 'malformed', size)
  }

  #failed(number: number, code: number, body: Body): void {
    const asking = this.calls.take(number) ?? this.#tunnels.asked(number)
    if (asking === undefined) {
      this.#owner.odd(this, 'late', body.length)
      return
    }
    this.#tunnels.delete(number)
    asking.fail(this, readFailure(code, body))
    if (this.tunnels === 0) this.#idle?.(this)
  }

  #learn(number: number, body: Body): void {
    const state = readState(body)
    if (state === undefined || state.network !== this.#owner.network) {
      this.#owner.unfit(this, body.length)
      return
    }
    if (this.life.state === 'greeting') {
      this.#offers.begin(state)
      if (!this.#owner.greeted(this, state)) return
      this.life.fire('greeted')
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
    this.life.fire('heard')
    this.#owner.changed(this, undefined)
  }

  #gone(cause: SpError): void {
    const asking = this.calls.drain()
    const opening = this.#tunnels.lost(cause)
    this.room.release()
    this.#owner.lost(this, cause)
    for (const one of asking) one.lost(this)
    for (const one of opening) one.lost(this)
  }
}
