/**
 * A hub: where members of a network meet when they do not share a host. It keeps nothing but what its connections said,
 * and tells each of them what the others announce: one message for each that watches, however many changed at once.
 *
 *   ANNOUNCE ──► changes ──(a moment)──► SEEN to everyone else ──all acknowledged──► TOLD to who announced
 *
 * It carries no calls, so what is connected goes on without it. It serves the networks of its keys, or any without.
 */
import { randomBytes } from 'node:crypto'
import type { Body, EndpointOptions, Pipe, SocketStats } from 'hubless'
import { check, checkNames, range } from '../../rules.ts'
import { Caller } from '../engine/caller.ts'
import { bounds, parseJson, readSighting } from '../engine/json.ts'
import { LinkSocket } from '../engine/link-socket.ts'
import { header2, maxJson, overhead, type } from '../engine/wire.ts'
import { keyList } from '../keys.ts'
import { nameRule } from '../rules.ts'
import { Security } from '../security.ts'
import type { Sighting } from './membership.ts'
import { seenFrom } from './sight.ts'

/** Options of a hub. */
export interface HubOptions {
  /** The network it serves; needed with a key. Default: any. */
  readonly network?: string | undefined
  /** As that of the cluster. */
  readonly key?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** Members of one network. Default 4096. */
  readonly maxMembers?: number | undefined
  /** Options of its listeners, such as `tls`. */
  readonly endpoint?: EndpointOptions | undefined
}

/** What `hub.stats()` returns, as plain JSON. */
export interface HubStats {
  /** Members connected now. */
  readonly connections: number
  /** Members announced, by network. */
  readonly members: Readonly<Record<string, number>>
  /** Announcements taken. */
  readonly announcements: number
  /** Announcements that were malformed or one too many. */
  readonly refused: number
  /** Messages that told of changes. */
  readonly told: number
  /** Counters of its socket. */
  readonly socket: SocketStats
}

interface Present {
  readonly guest: Caller
  readonly sighting: Sighting & { readonly id: string }
}

interface Network {
  readonly present: Map<string, Present>
  readonly guests: Set<Caller>
  /** Changed since everyone was told, and who is to be told when they were. */
  readonly changed: Map<string, 'up' | 'left' | 'lost'>
  announcers: { readonly guest: Caller; readonly number: number }[]
  flushing: boolean
}

/** Changes within this time travel together, ms. */
const together = 5
/** A guest that does not acknowledge is not waited for any longer, ms. */
const patience = 1000

/** A place where members of a network meet when they do not share a host. */
export class Hub {
  /** Of this instance: 32 hexadecimal digits, new for each. */
  readonly id: string = randomBytes(16).toString('hex')
  readonly #network: string | undefined
  readonly #maxMembers: number
  readonly #security: Security
  readonly #endpoint: EndpointOptions
  readonly #socket: LinkSocket
  readonly #guests: Map<Pipe, Caller> = new Map()
  readonly #networks: Map<string, Network> = new Map()
  readonly #counts = { announcements: 0, refused: 0, told: 0 }
  readonly #timers: Set<ReturnType<typeof setTimeout>> = new Set()

  /** Throws `EINVAL`. Listens from `bind` on. */
  constructor(options: HubOptions = {}) {
    checkNames('a hub', ['network', 'key', 'maxMembers', 'endpoint'], options)
    const { network, maxMembers = bounds.members, endpoint = {} } = options
    const keys = keyList(options.key)
    if (network !== undefined || keys.length > 0) check('option network', nameRule, network)
    this.#network = network
    this.#maxMembers = check('option maxMembers', range(1, bounds.members), maxMembers)
    this.#security = new Security(network ?? '', keys)
    this.#endpoint = endpoint
    const owner = {
      network,
      recvBuffer: 1048576,
      desk: () => undefined,
      arrived: (guest: Caller) => this.#arrived(guest),
      deliver: () => this.#refused(),
      dropped: () => this.#refused(),
      other: (guest: Caller, kind: number, number: number, body: Body) => this.#announce(guest, kind, number, body)
    }
    this.#socket = new LinkSocket(
      {
        attach: (pipe) => void this.#guests.set(pipe, new Caller(pipe, owner)),
        detach: (pipe) => this.#detach(pipe),
        writable: (pipe) => this.#guests.get(pipe)?.writable(),
        receive: (pipe, message) => this.#guests.get(pipe)?.receive(message)
      },
      { name: 'hub', recvMaxSize: maxJson + overhead }
    )
  }

  /** Listens; resolves with the URL with the real port. Rejects as `bind` of a socket does. */
  async bind(url: string, options: EndpointOptions = {}): Promise<string> {
    const endpoint = { ...this.#security.endpointOptions(this.#endpoint), ...options }
    const listener = await this.#socket.bind(this.#security.secure(url), endpoint)
    return listener.url
  }

  /** Members that are announced now. */
  members(network = this.#network ?? 'default'): readonly Sighting[] {
    return Array.from(this.#networks.get(network)?.present.values() ?? [], ({ sighting }) => sighting)
  }

  /** Counters, as plain JSON. */
  stats(): HubStats {
    const members = Object.fromEntries(Array.from(this.#networks, ([name, { present }]) => [name, present.size]))
    return { connections: this.#guests.size, members, ...this.#counts, socket: this.#socket.stats() }
  }

  /** Stops listening and ends every connection. Members go on with what is connected. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await this.#socket.close({ linger: 100 })
  }

  /** As `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #arrived(guest: Caller): void {
    const name = guest.hello?.network ?? ''
    let network = this.#networks.get(name)
    if (network === undefined) {
      network = { present: new Map(), guests: new Set(), changed: new Map(), announcers: [], flushing: false }
      this.#networks.set(name, network)
    }
    network.guests.add(guest)
    const up = Array.from(network.present.values(), (present) => seenFrom(present, guest)).filter(
      (one) => one !== undefined
    )
    this.#counts.told++
    void guest.inform(type.SEEN, { hub: this.id, all: true, up, down: [] })
  }

  #announce(guest: Caller, kind: number, number: number, body: Body): boolean {
    const network = this.#networks.get(guest.hello?.network ?? '')
    if (kind !== type.ANNOUNCE || network === undefined) return false
    this.#counts.announcements++
    const { id } = guest
    const { present, changed } = network
    if (body.length === 0) {
      if (present.get(id)?.guest === guest) {
        present.delete(id)
        changed.set(id, 'left')
      }
    } else {
      const sighting = readSighting(parseJson(body))
      const full = present.size >= this.#maxMembers && !present.has(id)
      if (sighting === undefined || sighting.id !== id || full) {
        this.#refused()
        guest.send(header2(type.TOLD, 0, number))
        return true
      }
      present.set(id, { guest, sighting })
      changed.set(id, 'up')
    }
    network.announcers.push({ guest, number })
    this.#flushSoon(network)
    return true
  }

  #detach(pipe: Pipe): void {
    const guest = this.#guests.get(pipe)
    this.#guests.delete(pipe)
    if (guest === undefined) return
    guest.detach()
    const name = guest.hello?.network ?? ''
    const network = this.#networks.get(name)
    if (network === undefined) return
    network.guests.delete(guest)
    if (network.present.get(guest.id)?.guest === guest) {
      network.present.delete(guest.id)
      network.changed.set(guest.id, 'lost')
      this.#flushSoon(network)
    }
    if (network.guests.size === 0) this.#networks.delete(name)
  }

  #flushSoon(network: Network): void {
    if (network.flushing) return
    network.flushing = true
    this.#later(together, () => {
      network.flushing = false
      this.#flush(network)
    })
  }

  #flush(network: Network): void {
    const { present, changed, announcers } = network
    network.announcers = []
    const ups = [...changed.keys()].map((id) => present.get(id)).filter((one) => one !== undefined)
    const down = [...changed].filter(([, what]) => what !== 'up').map(([id, reason]) => ({ id, reason }))
    changed.clear()
    const told: Promise<void>[] = []
    for (const guest of network.guests) {
      const up = ups
        .filter((one) => one.guest !== guest)
        .map((one) => seenFrom(one, guest))
        .filter((one) => one !== undefined)
      if (up.length + down.length === 0) continue
      this.#counts.told++
      told.push(guest.inform(type.SEEN, { all: false, up, down }))
    }
    if (announcers.length === 0) return
    const tell = (): void => {
      this.#timers.delete(timer)
      clearTimeout(timer)
      for (const { guest, number } of announcers.splice(0)) guest.send(header2(type.TOLD, 0, number))
    }
    const timer = this.#later(patience, tell)
    void Promise.all(told).then(tell)
  }

  #later(ms: number, task: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      task()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  #refused(): void {
    this.#counts.refused++
  }
}
