/**
 * The links that this instance dialed, and whose they are: made when a member is wanted, made anew when one fell silent
 * for too long, and ended when it is not wanted any more and has delivered what it carries.
 */
import type { Dialer, EndpointInfo, Pipe } from 'hubless'
import { isReserved } from '../statistics.ts'
import { type LinkOwner, MemberLink } from './member-link.ts'
import type { Member } from './roster.ts'

/** How long a link that is not wanted any more may finish what it carries, ms. */
const retireTime = 10_000

export interface LinksOwner {
  closed(): boolean
  /** Dials the URL that is returned, another one at each attempt. */
  connect(next: () => string): Dialer
  /** Nothing new goes over the link. */
  leave(link: MemberLink): void
  /** The link of a member was given up. */
  unlinked(member: Member): void
  /** Whether it is still a member. */
  has(member: Member): boolean
}

export class Links {
  readonly #linkOwner: LinkOwner
  readonly #owner: LinksOwner
  readonly #links: Map<EndpointInfo, MemberLink> = new Map()
  readonly #members: Map<MemberLink, Member> = new Map()
  readonly #retiring: Map<MemberLink, number> = new Map()

  constructor(linkOwner: LinkOwner, owner: LinksOwner) {
    this.#linkOwner = linkOwner
    this.#owner = owner
  }

  all(): Iterable<MemberLink> {
    return this.#links.values()
  }

  of(endpoint: EndpointInfo): MemberLink | undefined {
    return this.#links.get(endpoint)
  }

  ofPipe({ endpoint }: Pipe): MemberLink | undefined {
    return endpoint.kind === 'dialer' ? this.#links.get(endpoint) : undefined
  }

  memberOf(link: MemberLink): Member | undefined {
    return this.#members.get(link)
  }

  dial(member: Member): void {
    if (this.#owner.closed()) return
    const link = new MemberLink(this.#linkOwner, 'calls')
    member.link = link
    this.connect(link, member)
  }

  connect(link: MemberLink, member: Member): void {
    let attempt = 0
    const dialer = this.#owner.connect(() => {
      const urls = [...member.sightings.values()].flatMap((sighting) => sighting.urls)
      return urls[attempt++ % urls.length] ?? ''
    })
    link.dialer = dialer
    this.#links.set(dialer, link)
    this.#members.set(link, member)
  }

  hangUp(member: Member): void {
    const { link, tunnels } = member
    member.link = undefined
    member.tunnels = undefined
    for (const one of [link, tunnels]) {
      if (one === undefined) continue
      this.#owner.leave(one)
      this.#members.delete(one)
      if (one.outstanding + one.tunnels === 0 || one.state === 'dialing' || this.#owner.closed()) this.#drop(one)
      else this.#retiring.set(one, performance.now() + retireTime)
    }
  }

  /** Links that are not wanted any more go once they are empty. */
  retire(): void {
    for (const [link, until] of this.#retiring) {
      if (link.outstanding + link.tunnels > 0 && performance.now() < until && link.state !== 'closed') continue
      this.#retiring.delete(link)
      this.#drop(link)
    }
  }

  /** Silent for too long: what stands in between may have forgotten the connection. */
  redial(link: MemberLink): void {
    const member = this.#members.get(link)
    if (member === undefined) {
      this.#drop(link)
      return
    }
    this.#owner.leave(link)
    if (member.link === link) member.link = undefined
    else member.tunnels = undefined
    this.forget(link)
    this.#owner.unlinked(member)
    if (link.role === 'calls' && this.#owner.has(member)) this.dial(member)
  }

  /** The link is over, and nobody's. */
  forget(link: MemberLink): void {
    this.#members.delete(link)
    this.#drop(link)
  }

  /** What is said of those that carry calls; plain JSON. */
  stats(): readonly object[] {
    const links = [...this.all()].filter(({ role }) => role === 'calls')
    return links.map(({ id, zone, services, state, url, outstanding, calls }) => ({
      id,
      zone,
      names: [...services.keys()].filter((name) => !isReserved(name)),
      state,
      url,
      outstanding,
      sent: calls.sent,
      answered: calls.answered,
      meanTime: calls.meanTime
    }))
  }

  close(): void {
    for (const link of [...this.#links.values()]) link.close()
  }

  #drop(link: MemberLink): void {
    if (link.dialer !== undefined) this.#links.delete(link.dialer)
    link.close()
  }
}
