/** What the links to members report, and what follows from it for those who count on them: calls, publications, the roster. */
import type { Changes } from './changes.ts'
import type { EngineHost } from './engine.ts'
import type { State } from './json.ts'
import type { Links } from './links.ts'
import type { LinkOwner, MemberLink } from './member-link.ts'
import type { Pools } from './pools.ts'
import type { Providers } from './providers.ts'
import type { Publisher } from './publisher.ts'
import type { Roster } from './roster.ts'
import type { TunnelLinks } from './tunnel-links.ts'

/** Who is concerned. */
export interface Concerned {
  readonly links: Links
  readonly roster: Roster
  readonly pools: Pools
  readonly publisher: Publisher
  readonly tunnels: TunnelLinks
  readonly providers: Providers
  readonly changes: Changes
  /** Calls that wait may now have somebody, or nobody to wait for. */
  reconsider(): void
}

export class LinkReports implements LinkOwner {
  readonly id: string
  readonly network: string
  readonly zone: string
  readonly recvMaxSize: number
  readonly #host: EngineHost
  readonly #concerned: Concerned

  constructor(host: EngineHost, concerned: Concerned) {
    this.id = host.id
    this.network = host.network
    this.zone = host.zone
    this.recvMaxSize = host.recvMaxSize
    this.#host = host
    this.#concerned = concerned
  }

  greeted(link: MemberLink, state: State): boolean {
    const { links, roster } = this.#concerned
    const member = links.memberOf(link)
    return member !== undefined && (link.role === 'tunnels' || roster.greeted(member, state))
  }

  changed(link: MemberLink, state: State | undefined): void {
    const { links, tunnels, pools, publisher, roster, changes } = this.#concerned
    const member = links.memberOf(link)
    if (link.role === 'tunnels') {
      if (state !== undefined) tunnels.ready(link)
      return
    }
    if (member === undefined) return
    if (state !== undefined) {
      pools.offered(link)
      for (const prefix of state.unsubscribe) publisher.subscribers.delete(prefix, link)
      for (const prefix of state.subscribe) publisher.subscribers.add(prefix, link)
      roster.show(member)
      changes.notify()
    }
    pools.changed(link.services.keys())
  }

  /** The dialer goes on trying. */
  lost(link: MemberLink, cause: unknown): void {
    const { links, tunnels, roster, providers } = this.#concerned
    this.leave(link)
    if (link.role === 'tunnels') {
      tunnels.failed(link)
      return
    }
    const member = links.memberOf(link)
    if (member === undefined) return
    roster.unlinked(member, cause)
    providers.refresh()
    this.#concerned.reconsider()
  }

  unfit(link: MemberLink, size: number): void {
    this.odd(link, 'malformed', size)
    const { links, roster } = this.#concerned
    const member = links.memberOf(link)
    if (member !== undefined) roster.refuse(member)
  }

  odd(link: MemberLink, what: 'late' | 'malformed', size: number): void {
    this.#host.dropped(what, { from: link.id, size })
  }

  /** Nothing new goes over the link. */
  leave(link: MemberLink): void {
    const { pools, publisher } = this.#concerned
    pools.leave(link)
    for (const prefix of link.topics) publisher.subscribers.delete(prefix, link)
  }
}
