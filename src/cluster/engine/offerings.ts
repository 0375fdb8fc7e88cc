/**
 * What this instance offers: its services and subscriptions, where it listens for their callers, and who is told. Callers
 * that are connected acknowledge a change: what they send from then on knows of it. Providers tell the others.
 */
import type { Listener } from 'hubless'
import type { MembershipFactory, Sighting } from '../membership/membership.ts'
import type { ResolvedClusterOptions } from '../options.ts'
import type { Security } from '../security.ts'
import { announcedUrls, bindUrls, isExposed } from './addresses.ts'
import type { Caller } from './caller.ts'
import { atMost } from './changes.ts'
import type { Desk, EngineHost } from './engine.ts'
import type { NumberedService } from './json.ts'
import type { LinkSocket } from './link-socket.ts'
import type { Providers } from './providers.ts'
import { type, version } from './wire.ts'

/** How long callers that do not acknowledge are waited for, ms. */
const acknowledgeTime = 1000
const topicsAtOnce = 4096

export class Offerings {
  readonly #host: EngineHost
  readonly #options: ResolvedClusterOptions
  readonly #security: Security
  readonly #socket: LinkSocket
  readonly #providers: Providers
  readonly #callers: () => Iterable<Caller>
  /** Numbers are never used again: a request that is under way reaches the service it was meant for, or none. */
  readonly #desks: Map<number, Desk> = new Map()
  /** Of `#desks`: not offered any more, though what is under way is still taken. */
  readonly #leaving: Set<number> = new Set()
  #number = 0
  readonly #topics: Set<string> = new Set()
  readonly #listeners: Listener[] = []
  #listening: Promise<void> | undefined
  #announcing: Promise<void> = Promise.resolve()
  /** The last of them has not begun, and will tell of what is changed until then. */
  #gathers = false
  #closed = false

  constructor(
    host: EngineHost,
    options: ResolvedClusterOptions,
    security: Security,
    socket: LinkSocket,
    providers: Providers,
    callers: () => Iterable<Caller>
  ) {
    this.#host = host
    this.#options = options
    this.#security = security
    this.#socket = socket
    this.#providers = providers
    this.#callers = callers
  }

  get urls(): readonly string[] {
    return this.#listeners.map(({ url }) => url)
  }

  desk(number: number): Desk | undefined {
    return this.#desks.get(number)
  }

  isSubscribed(topic: string): boolean {
    for (const prefix of this.#topics) if (topic.startsWith(prefix)) return true
    return false
  }

  /** Listens, once. Rejects as `bind` of a socket does; the next call tries again. */
  listen(): Promise<void> {
    this.#listening ??= this.#bind().catch((error: unknown) => {
      this.#listening = undefined
      throw error
    })
    return this.#listening
  }

  /** Resolves with the number of the service, when others know of it. */
  async offer(desk: Desk): Promise<number> {
    const number = ++this.#number
    this.#desks.set(number, desk)
    await Promise.all([this.#tell({ add: [numbered(number, desk)] }), this.#announce()])
    return number
  }

  /** Resolves when nothing new comes for it. */
  async withdraw(number: number): Promise<void> {
    this.#leaving.add(number)
    await Promise.all([this.#tell({ remove: [number] }), this.#announce()])
    this.#desks.delete(number)
    this.#leaving.delete(number)
  }

  async subscribe(prefix: string): Promise<void> {
    this.#topics.add(prefix)
    await Promise.all([this.#tell({ subscribe: [prefix] }), this.#topics.size === 1 ? this.#announce() : undefined])
  }

  async unsubscribe(prefix: string): Promise<void> {
    this.#topics.delete(prefix)
    await this.#tell({ unsubscribe: [prefix] })
    if (this.#topics.size === 0) await this.#announce()
  }

  /** A caller greeted: it learns of everything. */
  arrived(caller: Caller): void {
    const add = this.#offered().map(([number, desk]) => numbered(number, desk))
    const topics = caller.hello?.role === 'calls' ? [...this.#topics] : []
    void caller.inform(type.STATE, this.#state({ add, subscribe: topics.slice(0, topicsAtOnce) }))
    for (let at = topicsAtOnce; at < topics.length; at += topicsAtOnce) {
      void caller.inform(type.STATE, this.#state({ subscribe: topics.slice(at, at + topicsAtOnce) }))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#announcing.catch(() => {})
  }

  #offered(): [number, Desk][] {
    return [...this.#desks].filter(([number]) => !this.#leaving.has(number))
  }

  #state(change: object): object {
    const { network, id, zone, recvMaxSize: max } = this.#host
    return { v: version, network, id, zone, max, ...change }
  }

  async #tell(change: object): Promise<void> {
    const state = this.#state(change)
    const told: Promise<void>[] = []
    for (const caller of this.#callers()) {
      if (caller.hello?.role === 'calls' || (caller.hello?.role === 'tunnels' && !('subscribe' in change))) {
        told.push(caller.inform(type.STATE, state))
      }
    }
    await atMost(Promise.all(told), acknowledgeTime)
  }

  async #bind(): Promise<void> {
    const { providers, network, endpoint } = this.#options
    const urls = this.#options.bind ?? bindUrls(providers, network, this.#host.id)
    const options = this.#security.endpointOptions(endpoint)
    for (const url of urls) {
      const secured = this.#security.secure(url)
      const ipc = url.startsWith('ipc:') ? { ipc: { mode: 0o600 } } : {}
      this.#listeners.push(await this.#socket.bind(secured, { ...ipc, ...options }))
      if (!isExposed(secured)) continue
      const why = 'whoever reaches the address can call and answer; give a key'
      this.#host.warn(`it listens at ${secured} without a key: ${why}`)
    }
  }

  /** Announcements follow each other: the last one is what holds. */
  #announce(): Promise<void> {
    if (this.#gathers) return atMost(this.#announcing, acknowledgeTime * 2)
    this.#gathers = true
    this.#announcing = this.#announcing
      .catch(() => {})
      .then(async () => {
        this.#gathers = false
        if (this.#closed) return
        const { host: name } = this.#options
        const host = typeof name === 'function' ? await name() : name
        await this.#providers.announce((factory) => this.#sighting(factory, host))
      })
    return atMost(this.#announcing, acknowledgeTime * 2)
  }

  #sighting(factory: MembershipFactory, host: string | undefined): Sighting | undefined {
    const desks = this.#offered()
    if (desks.length === 0 && this.#topics.size === 0) return undefined
    return {
      id: this.#host.id,
      urls: announcedUrls(this.#options.bind, this.urls, factory.reach, host),
      zone: this.#host.zone,
      services: desks.map(([, { name, metadata, since }]) => ({ name, metadata, since })),
      subscribes: this.#topics.size > 0
    }
  }
}

function numbered(number: number, { name, metadata, since }: Desk): NumberedService {
  return { number, name, metadata, since }
}
