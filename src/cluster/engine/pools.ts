/**
 * The pools of all names, and what the calls that wait in them may take up together. A pool is made when its name is
 * first called or offered, and is never thrown away: calls may wait in it.
 */
import { SpError } from 'hubless'
import { Pool } from './pool.ts'
import type { Target } from './target.ts'

/** Calls that may wait for a member, and bytes of them. */
const maxWaiting = 65536
const maxWaitingBytes = 67108864

/** A member and the names under which it can be called. */
interface Offering extends Target {
  readonly services: ReadonlyMap<string, unknown>
}

export interface PoolsOwner {
  /** Members that are connected. */
  links(): Iterable<Offering>
  /** The first call of a name: its members are to be connected to. */
  called(name: string): void
}

export class Pools {
  readonly #zone: string
  readonly #owner: PoolsOwner
  readonly #pools: Map<string, Pool> = new Map()
  /** Calls that wait for a member. */
  waiting = 0
  #waitingBytes = 0

  constructor(zone: string, owner: PoolsOwner) {
    this.#zone = zone
    this.#owner = owner
  }

  get(name: string): Pool | undefined {
    return this.#pools.get(name)
  }

  /** For a call of the name. */
  called(name: string): Pool {
    const pool = this.#pools.get(name) ?? this.#make(name)
    if (!pool.called) {
      pool.called = true
      this.#owner.called(name)
    }
    return pool
  }

  /** A member offers now what it says, and nothing else. */
  offered(link: Offering): void {
    for (const name of link.services.keys()) (this.#pools.get(name) ?? this.#make(name)).add(link)
    for (const [name, pool] of this.#pools) if (!link.services.has(name)) pool.remove(link)
  }

  leave(link: Offering): void {
    for (const name of link.services.keys()) this.#pools.get(name)?.remove(link)
  }

  /** Who offers these names may have room. */
  changed(names: Iterable<string>): void {
    for (const name of names) this.#pools.get(name)?.changed()
  }

  /** Somebody may have come, or nobody be left to wait for. */
  reconsider(): void {
    for (const pool of this.#pools.values()) pool.reconsider()
  }

  /** Room for one call more that waits; false: too many wait already. */
  reserve(bytes: number): boolean {
    if (this.waiting >= maxWaiting || this.#waitingBytes + bytes > maxWaitingBytes) return false
    this.waiting++
    this.#waitingBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.waiting--
    this.#waitingBytes -= bytes
  }

  close(home: Target): void {
    for (const pool of this.#pools.values()) {
      pool.remove(home)
      pool.close(() => new SpError('EBADF', { message: 'the cluster is closed' }))
    }
  }

  #make(name: string): Pool {
    const pool = new Pool(name, this.#zone)
    this.#pools.set(name, pool)
    for (const link of this.#owner.links()) if (link.alive && link.services.has(name)) pool.add(link)
    return pool
  }
}
