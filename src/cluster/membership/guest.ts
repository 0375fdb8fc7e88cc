/**
 * A connection to a hub, kept for good: tells the hub of this instance and learns of the others. What was seen stays
 * while the hub is away; after it is back, what it does not see any more is lost a moment later, as a hub that was started
 * anew learns of its members one by one.
 */
import type { Body, Dialer, EndpointOptions, Incoming, Pipe } from 'hubless'
import { encodeJson, readSeen } from '../engine/json.ts'
import { LinkSocket } from '../engine/link-socket.ts'
import { header2, maxJson, overhead, type, version } from '../engine/wire.ts'
import type { MembershipHost, Sighting } from './membership.ts'

/** Members have this long to come back to a hub that is back, ms. */
const grace = 3000
/** A hub that is not heard for two of these is connected to anew, ms. */
const pulse = 5000

const none = Buffer.alloc(0) as Body

export interface GuestOptions {
  readonly url: string
  readonly endpoint: EndpointOptions
  /** Attempts to connect, ms. */
  readonly reconnectInterval: number
  readonly reconnectIntervalMax: number
  /** Somebody will listen there in a moment: announcements wait for that, even after an attempt that failed. */
  readonly certain: boolean
}

export interface GuestEvents {
  connected?(hub: string): void
  /** The connection is gone, or was not made. */
  missed?(cause: unknown): void
}

export class Guest {
  readonly #host: MembershipHost
  readonly #options: GuestOptions
  readonly #events: GuestEvents
  readonly #prefix: string
  readonly #socket: LinkSocket
  readonly #seen: Set<string> = new Set()
  #unsure: Set<string> = new Set()
  #dialer: Dialer | undefined
  #pipe: Pipe | undefined
  #self: Sighting | undefined
  #announced = false
  #number = 0
  #told: { readonly number: number; readonly resolve: () => void }[] = []
  #heard = false
  #settled = false
  #leaving = false
  #graceTimer: ReturnType<typeof setTimeout> | undefined
  readonly #pulse: ReturnType<typeof setInterval>

  constructor(host: MembershipHost, prefix: string, options: GuestOptions, events: GuestEvents = {}) {
    this.#host = host
    this.#prefix = prefix
    this.#options = options
    this.#events = events
    this.#socket = new LinkSocket(
      {
        attach: (pipe) => this.#attach(pipe),
        detach: () => this.#missed(undefined),
        writable: () => {},
        receive: (_pipe, message) => this.#receive(message)
      },
      { name: 'hub-guest', recvMaxSize: maxJson + overhead }
    )
    this.#socket.on('retry', ({ cause }) => this.#missed(cause))
    this.#dial()
    this.#pulse = setInterval(() => this.#beat(), pulse).unref()
  }

  get connected(): boolean {
    return this.#pipe !== undefined
  }

  get seen(): number {
    return this.#seen.size
  }

  /** Resolves when the hub has told everyone, or cannot be reached now. */
  announce(self: Sighting | undefined): Promise<void> {
    this.#self = self
    if (this.#pipe === undefined && this.#settled) return Promise.resolve()
    return new Promise((resolve) => {
      this.#told.push({ number: this.#number + 1, resolve })
      if (this.#pipe !== undefined) this.#tell()
    })
  }

  /** Tries at once. */
  redial(): void {
    void this.#dialer?.close()
    this.#dial()
  }

  async close(): Promise<void> {
    this.#leaving = true
    clearInterval(this.#pulse)
    clearTimeout(this.#graceTimer)
    // The hub says good-bye to the others in our place.
    if (this.#pipe !== undefined && this.#announced) this.#pipe.send(header2(type.ANNOUNCE, 0, ++this.#number), none)
    this.#release()
    await this.#socket.close({ linger: 200 })
  }

  #dial(): void {
    const { url, endpoint, reconnectInterval, reconnectIntervalMax } = this.#options
    this.#dialer = this.#socket.connect(url, { ...endpoint, reconnectInterval, reconnectIntervalMax })
  }

  #attach(pipe: Pipe): void {
    this.#pipe = pipe
    this.#heard = true
    const { id, network } = this.#host
    const hello = { v: version, network, id, zone: '', max: maxJson, role: 'watch' }
    pipe.send(header2(type.HELLO, 0, 0), encodeJson(hello))
    if (this.#self === undefined && this.#told.length === 0) return
    // What waits, waits for this one.
    const number = this.#number + 1
    this.#told = this.#told.map(({ resolve }) => ({ number, resolve }))
    this.#tell()
  }

  #tell(): void {
    this.#announced = this.#self !== undefined
    this.#pipe?.send(
      header2(type.ANNOUNCE, 0, ++this.#number),
      this.#self === undefined ? none : encodeJson(this.#self)
    )
  }

  #receive(message: Incoming): void {
    this.#heard = true
    const word = message.word()
    const number = message.word()
    const kind = word >>> 24
    if (number < 0) {
      this.#host.refused('a damaged message of a hub')
      return
    }
    if (kind === type.SEEN) this.#learn(number, message.body())
    else if (kind === type.TOLD) this.#release(number)
    else if (kind !== type.PONG) this.#host.refused('an unknown message of a hub')
  }

  #learn(number: number, body: Body): void {
    const read = readSeen(body)
    this.#pipe?.send(header2(type.ACK, 0, number), none)
    if (read === undefined) {
      this.#host.refused('a damaged message of a hub')
      return
    }
    for (let fault = 0; fault < read.faults; fault++) this.#host.refused('a damaged announcement')
    const { all, up, down } = read.seen
    if (all) this.#unsure = new Set(this.#seen)
    for (const sighting of up) {
      const key = this.#prefix + sighting.id
      this.#seen.add(key)
      this.#unsure.delete(key)
      this.#host.up(key, sighting)
    }
    for (const { id, reason } of down) this.#down(this.#prefix + id, reason)
    if (!all) return
    clearTimeout(this.#graceTimer)
    if (this.#unsure.size > 0) this.#graceTimer = setTimeout(() => this.#forget(), grace).unref()
    this.#settled = !this.#options.certain
    this.#events.connected?.(read.hub)
    this.#host.ready()
  }

  #forget(): void {
    for (const key of this.#unsure) this.#down(key, 'lost')
    this.#unsure.clear()
  }

  #down(key: string, reason: 'left' | 'lost'): void {
    this.#unsure.delete(key)
    if (this.#seen.delete(key)) this.#host.down(key, reason)
  }

  #missed(cause: unknown): void {
    this.#pipe = undefined
    if (!this.#options.certain) this.giveUp()
    // A hub that is left is not missed.
    if (!this.#leaving) this.#events.missed?.(cause)
  }

  /** Nobody will be there: announcements do not wait. */
  giveUp(): void {
    this.#settled = true
    this.#release()
  }

  /** Those who wait for up to this number, or for whatever. */
  #release(number = Infinity): void {
    const told = this.#told
    this.#told = told.filter((one) => one.number > number)
    for (const one of told) if (one.number <= number) one.resolve()
  }

  #beat(): void {
    if (this.#pipe === undefined) return
    if (!this.#heard) {
      this.redial()
      return
    }
    this.#heard = false
    this.#pipe.send(header2(type.PING, 0, 0), none)
  }
}
