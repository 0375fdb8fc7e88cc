/** Looks at a cluster again and again: asks its members what they have done, and remembers who came and went. */
import type { Cluster, MemberInfo, MemberStats } from '../../cluster/index.ts'
import type { Happening, MemberSnapshot, Snapshot } from './snapshot.ts'

const mostHappenings = 100
const answerTime = 500

export class Observer {
  readonly #cluster: Cluster
  readonly #handled: Map<string, { readonly handled: number; readonly at: number; readonly rate: number | null }> =
    new Map()
  #happenings: readonly Happening[] = []

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    cluster.on('join', ({ member }) => this.#note('came', member, ''))
    cluster.on('leave', ({ member, reason }) => this.#note('went', member, reason))
  }

  async look(deadline = answerTime): Promise<Snapshot> {
    const stats = await this.#cluster.memberStats({ deadline })
    const said = new Map(stats.map((one) => [one.id, one]))
    const members = this.#cluster.members().map((member) => this.#member(member, said.get(member.id)))
    members.sort((a, b) => compare(a.name, b.name) || compare(a.zone, b.zone) || compare(a.id, b.id))
    const there = new Set(members.map(keyOf))
    for (const key of [...this.#handled.keys()]) if (!there.has(key)) this.#handled.delete(key)
    return {
      time: new Date().toISOString(),
      network: this.#cluster.network,
      members,
      happenings: this.#happenings
    }
  }

  #member(member: MemberInfo, said: MemberStats | undefined): MemberSnapshot {
    const { id, name, zone, urls, metadata, since } = member
    const service = said?.services.find((one) => one.name === name)
    const identity = { id, name, zone, urls, metadata, since, answers: said !== undefined }
    if (said === undefined || service === undefined) {
      return { ...identity, outstanding: null, handled: null, rate: null, latency: null, failed: null, dropped: null }
    }
    const { running, queued, handled, failed, refused, expired, meanTime } = service
    const drops = Object.values(said.drops).reduce((sum, count) => sum + (count ?? 0), 0)
    return {
      ...identity,
      outstanding: running + queued,
      handled,
      rate: this.#rate(keyOf(member), handled + failed),
      latency: meanTime,
      failed,
      // What was refused and expired is among the drops of the instance.
      dropped: Math.max(drops, refused + expired)
    }
  }

  #rate(key: string, handled: number): number | null {
    const at = performance.now()
    const before = this.#handled.get(key)
    const rate = before === undefined ? null : Math.max(0, ((handled - before.handled) * 1000) / (at - before.at))
    this.#handled.set(key, { handled, at, rate })
    return rate
  }

  #note(what: Happening['what'], { id, name, zone }: MemberInfo, reason: string): void {
    const happening = { time: new Date().toISOString(), what, id, name, zone, reason }
    this.#happenings = [...this.#happenings.slice(1 - mostHappenings), happening]
  }
}

const keyOf = ({ id, name }: Pick<MemberInfo, 'id' | 'name'>): string => `${name} ${id}`
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
