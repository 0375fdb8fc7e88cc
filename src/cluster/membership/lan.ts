/**
 * `lan()`: members of one local network find each other by multicast DNS, without anything to start: for development and
 * for sites whose network carries multicast; those of containers and clouds do not. The packets are those of the
 * package `multicast-dns`, which whoever uses this installs.
 *
 *   PTR  _hubless._tcp.local ──► <id>._hubless._tcp.local        TXT of that: what `Beacon` says, sealed with a key
 *
 * A member answers questions at most once a second, to all at once, so that the number of packets grows with the number
 * of members and not with its square.
 */
import { createRequire } from 'node:module'
import { isIPv6 } from 'node:net'
import { checkNames, invalid, isObject } from '../../rules.ts'
import { Beacons } from './beacon.ts'
import type { Membership, MembershipFactory, MembershipHost, Sighting } from './membership.ts'

interface DnsRecord {
  readonly name: string
  readonly type: string
  readonly ttl?: number
  readonly data?: unknown
}

/** What is needed of an instance of `multicast-dns`. */
export interface MulticastDns {
  /** Somebody asked. */
  on(event: 'query', listener: (query: { readonly questions?: readonly { readonly name: string }[] }) => void): unknown
  /** Somebody told something. */
  on(
    event: 'response',
    listener: (response: { readonly answers?: readonly DnsRecord[] }, from: { readonly address: string }) => void
  ): unknown
  /** Something failed; it goes on. */
  on(event: 'error' | 'warning', listener: (error: Error) => void): unknown
  /** Asks the network. */
  query(question: { readonly questions: readonly { readonly name: string; readonly type: string }[] }): void
  /** Tells the network. */
  respond(response: { readonly answers: readonly DnsRecord[] }): void
  /** Ends it; `done` is called when its sockets are closed. */
  destroy(done?: () => void): void
}

/** How members find each other by multicast DNS. */
export interface LanOptions {
  /** Address of the interface to use. Default: as the system chooses. */
  readonly interface?: string | undefined
  /** The function that the package exports, or one that does the same. Default: the installed `multicast-dns`. */
  readonly library?: ((options: object) => MulticastDns) | undefined
}

const service = '_hubless._tcp.local'

/** Announced again after this, gone when not heard for three times as long, ms. */
const announceInterval = 10_000
/** Questions at the start, ms; later ones come with the announcements. */
const askAt = [0, 1000, 3000]
/** The first look is over after this, ms. */
const firstLook = 700
/** A member answers no more often, ms. */
const answerInterval = 1000
const answerSpread = 100
/** Own packets come back where multicast works; after this without one it does not, ms. */
const echoTime = 2000
/** Announcements looked into in a second; more are dropped unread. */
const mostReads = 1000
const maxMembers = 512

/**
 * Members of the same local network. Throws `EINVAL`, also when the package `multicast-dns` is not installed.
 *
 * @example
 * new Cluster({ members: lan(), key }) // npm install multicast-dns
 */
export function lan(options: LanOptions = {}): MembershipFactory {
  checkNames('lan()', ['interface', 'library'], options)
  const { library = installed(), interface: address } = options
  if (typeof library !== 'function') throw invalid('option library of lan() is not a function')
  return {
    name: 'lan',
    reach: 'tcp',
    open: (host) => new Lan(host, () => library(address === undefined ? {} : { interface: address }))
  }
}

function installed(): (options: object) => MulticastDns {
  try {
    return createRequire(import.meta.url)('multicast-dns') as (options: object) => MulticastDns
  } catch {
    throw invalid('lan() needs the package multicast-dns: npm install multicast-dns')
  }
}

class Lan implements Membership {
  readonly #host: MembershipHost
  readonly #beacons: Beacons
  readonly #mdns: MulticastDns | undefined
  /** When each was heard last. */
  readonly #heard: Map<string, number> = new Map()
  readonly #timers: Set<ReturnType<typeof setTimeout>> = new Set()
  #self: Sighting | undefined
  #answering: ReturnType<typeof setTimeout> | undefined
  #answered = -Infinity
  #echoed = false
  /** Of the second that began at `#second`. */
  #reads = 0
  #second = -Infinity
  #refused = 0

  constructor(host: MembershipHost, start: () => MulticastDns) {
    this.#host = host
    this.#beacons = new Beacons(host.network, host.secrets('beacon'))
    try {
      this.#mdns = start()
    } catch (error) {
      host.warn('multicast does not work here; use hub() or fixed() as well', error)
      host.ready()
      return
    }
    let failed = false
    this.#mdns.on('error', (error) => {
      if (!failed) host.warn('multicast does not work here; use hub() or fixed() as well', error)
      failed = true
      host.ready()
    })
    this.#mdns.on('warning', () => this.#refuse('a packet that is no multicast DNS'))
    this.#mdns.on('query', (query) => {
      if (isObject(query) && Array.isArray(query.questions) && query.questions.some((one) => one?.name === service)) {
        this.#echoed = true
        this.#answerSoon()
      }
    })
    this.#mdns.on('response', (response, from) => this.#learn(response, from))
    for (const at of askAt) this.#later(at, () => this.#ask())
    this.#later(firstLook, () => host.ready())
    this.#later(echoTime, () => {
      if (!this.#echoed && !failed) {
        host.warn('multicast does not work here: own packets do not come back; use hub() or fixed() as well')
      }
    })
    this.#repeat()
  }

  async announce(self: Sighting | undefined): Promise<void> {
    const before = this.#self
    this.#self = self
    if (self !== undefined) this.#say(self, false)
    else if (before !== undefined) this.#say(before, true)
  }

  stats(): Readonly<{ [key: string]: unknown }> {
    return { members: this.#heard.size, refused: this.#refused, multicast: this.#echoed }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    clearTimeout(this.#answering)
    if (this.#self !== undefined) this.#say(this.#self, true)
    this.#self = undefined
    const mdns = this.#mdns
    if (mdns !== undefined) await new Promise<void>((resolve) => mdns.destroy(() => resolve()))
  }

  #ask(): void {
    this.#mdns?.query({ questions: [{ name: service, type: 'PTR' }] })
  }

  /** Many may ask at once; all of them hear one answer. */
  #answerSoon(): void {
    if (this.#self === undefined || this.#answering !== undefined) return
    const wait = Math.max(0, this.#answered + answerInterval - performance.now()) + Math.random() * answerSpread
    this.#answering = setTimeout(() => {
      this.#answering = undefined
      if (this.#self !== undefined) this.#say(this.#self, false)
    }, wait)
  }

  #say(self: Sighting, farewell: boolean): void {
    this.#answered = performance.now()
    const name = `${self.id}.${service}`
    const ttl = farewell ? 0 : (announceInterval * 3) / 1000
    this.#mdns?.respond({
      answers: [
        { name: service, type: 'PTR', ttl, data: name },
        { name, type: 'TXT', ttl, data: this.#beacons.write({ id: self.id ?? '', urls: self.urls, farewell }) }
      ]
    })
  }

  #learn(response: { readonly answers?: readonly DnsRecord[] }, from: { readonly address: string }): void {
    if (!isObject(response) || !Array.isArray(response.answers)) return
    for (const answer of response.answers.slice(0, 16)) {
      if (answer?.type !== 'TXT' || typeof answer.name !== 'string' || !answer.name.endsWith(`.${service}`)) continue
      if (!this.#mayRead()) {
        this.#refuse('too many announcements')
        return
      }
      const beacon = this.#beacons.read(answer.data)
      if (typeof beacon === 'string') {
        // Other networks of the same LAN are none of ours, and no attack.
        if (beacon !== 'foreign') this.#refuse(beacon)
        continue
      }
      const { id, farewell } = beacon
      this.#echoed = true
      if (id === this.#host.id) continue
      if (farewell) this.#gone(id, 'left')
      else if (this.#heard.has(id) || this.#heard.size < maxMembers) {
        this.#heard.set(id, performance.now())
        const host = isIPv6(from.address) ? `[${from.address}]` : from.address
        this.#host.up(id, { id, urls: beacon.urls.map((url) => url.replace('://*:', `://${host}:`)) })
      } else this.#refuse('one member too many')
    }
  }

  #gone(id: string, reason: 'left' | 'lost'): void {
    if (this.#heard.delete(id)) this.#host.down(id, reason)
  }

  #mayRead(): boolean {
    const now = performance.now()
    if (now - this.#second >= 1000) {
      this.#second = now
      this.#reads = 0
    }
    return ++this.#reads <= mostReads
  }

  #repeat(): void {
    this.#later(announceInterval, () => {
      if (this.#self !== undefined) this.#say(this.#self, false)
      const limit = performance.now() - announceInterval * 3
      for (const [id, heard] of this.#heard) if (heard < limit) this.#gone(id, 'lost')
      this.#repeat()
    })
  }

  #refuse(why: string): void {
    this.#refused++
    this.#host.refused(why)
  }

  #later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      task()
    }, ms).unref()
    this.#timers.add(timer)
  }
}
