/** The second link to a member, for its tunnels: made with the first of them, gone after the last. */
import { type LinkOwner, MemberLink } from './member-link.ts'
import type { Member } from './roster.ts'
import type { Opening, Target } from './target.ts'

export interface TunnelLinksOwner {
  memberOf(link: MemberLink): Member | undefined
  connect(link: MemberLink, member: Member): void
  /** The link is over. */
  forget(link: MemberLink): void
}

interface Waiting {
  readonly name: string
  readonly deadline: number
  readonly opening: Opening
}

export class TunnelLinks {
  readonly #linkOwner: LinkOwner
  readonly #owner: TunnelLinksOwner
  /** What waits until the link is up. */
  readonly #waiting: Map<MemberLink, Waiting[]> = new Map()

  constructor(linkOwner: LinkOwner, owner: TunnelLinksOwner) {
    this.#linkOwner = linkOwner
    this.#owner = owner
  }

  open(target: Target, name: string, deadline: number, asked: Opening): void {
    if (!(target instanceof MemberLink)) {
      target.open(name, deadline, asked)
      return
    }
    // To whoever asks it is the member, by whichever link.
    const opening: Opening = {
      opened: (carrier) => asked.opened(carrier),
      unreached: () => asked.unreached(target),
      fail: (_link, failure) => asked.fail(target, failure),
      lost: () => asked.lost(target)
    }
    const member = this.#owner.memberOf(target)
    const known = member?.tunnels
    if (member === undefined) opening.lost(target)
    else if (known?.state === 'up') known.open(name, deadline, opening)
    else if (known === undefined || known.state === 'closed') {
      const link = new MemberLink(this.#linkOwner, 'tunnels', (idle) => this.#idle(idle))
      member.tunnels = link
      this.#waiting.set(link, [{ name, deadline, opening }])
      this.#owner.connect(link, member)
    } else this.#waiting.get(known)?.push({ name, deadline, opening })
  }

  /** The link is up. */
  ready(link: MemberLink): void {
    const waiting = this.#waiting.get(link) ?? []
    this.#waiting.set(link, [])
    for (const { name, deadline, opening } of waiting) link.open(name, deadline, opening)
  }

  /** The link is gone or could not be made: what waits for it was not handled. */
  failed(link: MemberLink): void {
    const waiting = this.#waiting.get(link) ?? []
    this.#waiting.delete(link)
    const member = this.#owner.memberOf(link)
    if (member?.tunnels === link) member.tunnels = undefined
    this.#owner.forget(link)
    for (const { opening } of waiting) opening.unreached(link)
  }

  /** The last tunnel is closed: so is its link, unless another one was opened meanwhile. */
  #idle(link: MemberLink): void {
    setImmediate(() => {
      if (link.tunnels > 0 || (this.#waiting.get(link)?.length ?? 0) > 0 || link.state === 'closed') return
      this.failed(link)
    })
  }
}
