/** What a member offers, as its STATE messages tell: who it is, its services by name with their numbers, its topics. */
import { bounds, type NumberedService, type State } from './json.ts'

export class Offers {
  readonly services: Map<string, NumberedService> = new Map()
  readonly topics: Set<string> = new Set()
  /** Who it is; empty until the first STATE. */
  id = ''
  zone = ''
  /** Largest body it takes, bytes. */
  max = 0

  /** The first STATE of a connection: what was known of the one before is void. */
  begin({ id, zone, max }: State): void {
    this.services.clear()
    this.topics.clear()
    this.id = id
    this.zone = zone
    this.max = max
  }

  /** Returns false when it offers more than is allowed. */
  learn(state: State): boolean {
    for (const gone of state.remove) {
      for (const [name, service] of this.services) if (service.number === gone) this.services.delete(name)
    }
    for (const service of state.add) this.services.set(service.name, service)
    for (const topic of state.unsubscribe) this.topics.delete(topic)
    for (const topic of state.subscribe) this.topics.add(topic)
    return this.services.size <= bounds.services && this.topics.size <= bounds.topics
  }
}
