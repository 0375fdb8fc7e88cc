/** The membership providers of a cluster: each sees the others through a host of its own, all are told of this instance. */
import type { EndpointOptions } from 'hubless'
import { isObject } from '../../rules.ts'
import type { Membership, MembershipFactory, Sighting } from '../membership/membership.ts'
import { isUrl } from '../rules.ts'
import type { Security } from '../security.ts'
import type { EngineHost } from './engine.ts'
import { bounds, readSighting } from './json.ts'

export interface Sink {
  up(source: string, sighting: Sighting): void
  down(source: string, reason: 'left' | 'lost'): void
  /** A provider finished its first look. */
  ready(): void
}

interface Entry {
  readonly factory: MembershipFactory
  readonly membership: Membership
  readonly seen: Set<string>
  ready: boolean
}

export class Providers {
  readonly #entries: Entry[] = []
  #open = true

  constructor(
    factories: readonly MembershipFactory[],
    host: EngineHost,
    security: Security,
    endpoint: EndpointOptions,
    sink: Sink
  ) {
    for (const [index, factory] of factories.entries()) {
      const seen = new Set<string>()
      const source = (key: string): string => `${index} ${key}`
      const state = { ready: false }
      const up = (key: string, given: Sighting): void => {
        if (!this.#open) return
        const sighting = checked(given)
        if (sighting === undefined || (seen.size >= bounds.members && !seen.has(key))) {
          host.dropped('announcement')
          return
        }
        seen.add(key)
        sink.up(source(key), sighting)
      }
      const down = (key: string, reason: 'left' | 'lost'): void => {
        if (seen.delete(key)) sink.down(source(key), reason)
      }
      const membership = factory.open({
        network: host.network,
        id: host.id,
        endpointOptions: security.endpointOptions(endpoint),
        secure: (url) => security.secure(url),
        secrets: (purpose) => security.secrets(purpose),
        up,
        down,
        replace: (sightings) => {
          const now = new Map(sightings.map((sighting) => [sighting.id ?? String(sighting.urls), sighting]))
          for (const key of [...seen]) if (!now.has(key)) down(key, 'left')
          for (const [key, sighting] of now) up(key, sighting)
        },
        ready: () => {
          if (state.ready) return
          state.ready = true
          sink.ready()
        },
        refused: (cause) => host.dropped('announcement', { cause }),
        warn: (message, cause) => host.warn(`${factory.name}: ${message}`, cause)
      })
      this.#entries.push(Object.assign(state, { factory, membership, seen }) as Entry)
    }
  }

  get ready(): boolean {
    return this.#entries.every((entry) => entry.ready)
  }

  /** `urls` by reach of the provider. */
  async announce(make: (factory: MembershipFactory) => Sighting | undefined): Promise<void> {
    await Promise.all(this.#entries.map(({ factory, membership }) => membership.announce(make(factory))))
  }

  refresh(): void {
    for (const { membership } of this.#entries) membership.refresh?.()
  }

  stats(): Record<string, Readonly<Record<string, unknown>>> {
    const stats: Record<string, Readonly<Record<string, unknown>>> = {}
    for (const { factory, membership, seen, ready } of this.#entries) {
      let name = factory.name
      for (let number = 2; name in stats; number++) name = `${factory.name} ${number}`
      stats[name] = { ready, seen: seen.size, ...membership.stats?.() }
    }
    return stats
  }

  async close(): Promise<void> {
    this.#open = false
    await Promise.all(this.#entries.map(({ membership }) => membership.close()))
  }
}

/** Also what providers from outside say is checked. */
function checked(given: unknown): Sighting | undefined {
  if (!isObject(given)) return undefined
  if (given.id !== undefined) return readSighting(given)
  const { urls } = given
  if (!Array.isArray(urls) || urls.length === 0 || urls.length > bounds.urls || !urls.every(isUrl)) return undefined
  return { urls }
}
