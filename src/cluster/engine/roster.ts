/**
 * Who is known, from all providers together, and to whom this instance has a link. Places without an id are connected
 * to at once, in order to learn who is there; members with an id when one of their names is called, or when they
 * subscribe and this instance publishes. One instance seen twice is one member, by its id.
 *
 *   provider ──up/down──► sightings ──► member ──wanted──► link ──STATE──► names, topics
 */
import type { Sighting } from '../membership/membership.ts'
import type { EngineHost, MemberInfo } from './engine.ts'
import { bounds, type State } from './json.ts'
import type { MemberLink } from './member-link.ts'

export interface Member {
  /** Instance id, or the place where nobody has answered yet. */
  readonly key: string
  id: string | undefined
  readonly sightings: Map<string, Sighting>
  link: MemberLink | undefined
  /** A second link, for tunnels. */
  tunnels: MemberLink | undefined
  /** The first attempt to connect is over, well or not. */
  decided: boolean
  /** It could not be reached since it was seen last. */
  failed: boolean
  /** No provider sees it; it stays while its link lives. */
  lingering: boolean
  /** Another member, or this instance, has the same id. */
  double: boolean
  /** What it was announced as to the application. */
  shown: Map<string, MemberInfo>
}

export interface RosterOwner {
  readonly host: EngineHost
  dial(member: Member): void
  hangUp(member: Member): void
  /** A call that waits may now have somebody, or nobody to wait for. */
  reconsider(): void
}

export class Roster {
  readonly members: Map<string, Member> = new Map()
  readonly #byId: Map<string, Member> = new Map()
  readonly #bySource: Map<string, Member> = new Map()
  readonly #owner: RosterOwner
  /** Names that were called here. */
  readonly #interests: Set<string> = new Set()
  #publishes = false

  constructor(owner: RosterOwner) {
    this.#owner = owner
  }

  /** A name is called: connect to those who have it. */
  wantName(name: string): void {
    if (this.#interests.has(name)) return
    this.#interests.add(name)
    for (const member of this.members.values()) this.#connect(member)
  }

  wantSubscribers(): void {
    if (this.#publishes) return
    this.#publishes = true
    for (const member of this.members.values()) this.#connect(member)
  }

  /** Whether somebody of that name may be connected in a moment. */
  undecided(wants: (sighting: Sighting) => boolean): boolean {
    for (const member of this.members.values()) {
      if (member.link !== undefined && !member.decided && [...member.sightings.values()].some(wants)) return true
    }
    return false
  }

  /** `source`: the provider and its name for it. */
  up(source: string, sighting: Sighting): void {
    if (sighting.id === this.#owner.host.id) return
    const key = sighting.id ?? `at ${sighting.urls.join(' ')}`
    let member = this.members.get(key)
    if (member === undefined) {
      if (this.members.size >= bounds.members) {
        this.#owner.host.dropped('announcement')
        return
      }
      member = newMember(key, sighting.id)
      this.members.set(key, member)
    }
    const before = this.#bySource.get(source)
    if (before !== undefined && before !== member) this.#forget(before, source, 'left')
    member.sightings.set(source, sighting)
    this.#bySource.set(source, member)
    member.failed = false
    member.lingering = false
    this.#connect(member)
    this.show(member)
  }

  down(source: string, reason: 'left' | 'lost'): void {
    const member = this.#bySource.get(source)
    if (member !== undefined) this.#forget(member, source, reason)
  }

  /** A member said who it is. Returns whether it is to be kept. */
  greeted(member: Member, state: State): boolean {
    const { id } = state
    const announced = [...member.sightings.values()].find((sighting) => sighting.id !== undefined)?.id
    if (announced !== undefined && announced !== id) {
      this.#owner.host.dropped('announcement', { from: id })
      this.refuse(member)
      return false
    }
    const other = this.#byId.get(id)
    if (id === this.#owner.host.id || (other !== undefined && other !== member)) {
      member.double = true
      member.decided = true
      member.id = id
      this.#owner.hangUp(member)
      return false
    }
    member.id = id
    member.decided = true
    member.failed = false
    this.#byId.set(id, member)
    return true
  }

  /** Who answers there is not who it should be; tried again when it is seen anew. */
  refuse(member: Member): void {
    member.decided = true
    member.failed = true
    this.#owner.hangUp(member)
    this.unlinked(member, new Error('refused'))
    this.#owner.reconsider()
  }

  /** Its link is gone, or could not be made. */
  unlinked(member: Member, cause: unknown): void {
    member.decided = true
    member.failed = true
    if (member.id !== undefined && this.#byId.get(member.id) === member) {
      this.#byId.delete(member.id)
      // The same instance may be known by another way.
      for (const other of this.members.values()) {
        if (!other.double || other.id !== member.id) continue
        other.double = false
        other.failed = false
        this.#connect(other)
      }
    }
    if (member.key !== member.id) member.id = undefined
    if (member.lingering) this.#remove(member)
    this.show(member, cause === undefined ? 'left' : 'lost')
  }

  /** Tells the application what came and went. */
  show(member: Member, reason = 'left'): void {
    const { host } = this.#owner
    const now = this.#visible(member)
    for (const [name, info] of member.shown) {
      if (now.has(name)) continue
      member.shown.delete(name)
      host.left(info, reason)
    }
    for (const [name, info] of now) {
      const known = member.shown.has(name)
      member.shown.set(name, info)
      if (!known) host.joined(info)
    }
  }

  infos(): MemberInfo[] {
    return [...this.members.values()].flatMap((member) => [...this.#visible(member).values()])
  }

  /** Nothing is known any more. */
  clear(): void {
    for (const member of [...this.members.values()]) {
      this.#owner.hangUp(member)
      this.members.delete(member.key)
    }
    this.#byId.clear()
    this.#bySource.clear()
  }

  #visible(member: Member): Map<string, MemberInfo> {
    const { link, id } = member
    const infos = new Map<string, MemberInfo>()
    const urls = urlsOf(member)
    if (link?.life.linked) {
      const { id, zone, outstanding } = link
      for (const { name, metadata, since } of link.services.values()) {
        infos.set(name, { id, name, zone, urls, metadata, since, outstanding })
      }
      return infos
    }
    if (id === undefined || member.failed || member.double || this.#byId.has(id)) return infos
    for (const { services = [], zone = '' } of member.sightings.values()) {
      for (const service of services) infos.set(service.name, { ...service, id, zone, urls, outstanding: 0 })
    }
    return infos
  }

  #connect(member: Member): void {
    if (member.link !== undefined || member.double || !this.#wanted(member)) return
    member.decided = false
    this.#owner.dial(member)
  }

  #wanted({ sightings }: Member): boolean {
    for (const { services, subscribes } of sightings.values()) {
      if (services === undefined || (subscribes === true && this.#publishes)) return true
      if (services.some(({ name }) => this.#interests.has(name))) return true
    }
    return false
  }

  #forget(member: Member, source: string, reason: 'left' | 'lost'): void {
    member.sightings.delete(source)
    this.#bySource.delete(source)
    if (member.sightings.size > 0) return
    if (reason === 'lost' && member.link?.life.linked) member.lingering = true
    else this.#remove(member)
  }

  #remove(member: Member): void {
    if (!this.members.delete(member.key)) return
    this.#owner.hangUp(member)
    this.show(member)
    this.#owner.reconsider()
  }
}

function urlsOf(member: Member): string[] {
  return [...new Set([...member.sightings.values()].flatMap(({ urls }) => urls))]
}

function newMember(key: string, id: string | undefined): Member {
  return {
    key,
    id,
    sightings: new Map(),
    link: undefined,
    tunnels: undefined,
    decided: false,
    failed: false,
    lingering: false,
    double: false,
    shown: new Map()
  }
}
