/**
 * Publishing: to every link whose member subscribed to a beginning of the topic. A link that fills is waited for once, in
 * the order of the publications, and then misses what it has no room for.
 */
import { type Body, SpError } from 'hubless'
import { Prefixes } from '../prefixes.ts'
import type { EngineHost } from './engine.ts'
import type { MemberLink } from './member-link.ts'
import type { Prospects } from './prospects.ts'
import { overhead, publishHeader } from './wire.ts'

/** Bytes of publications that wait for room at a subscriber. */
const maxWaiting = 16777216

/** Numbers of publications that go to several: of no other message in the process, and the sockets count theirs from 1. */
let published = 2 ** 50

export class Publisher {
  readonly subscribers: Prefixes<MemberLink> = new Prefixes()
  readonly #host: EngineHost
  readonly #prospects: Prospects
  /** The last publication that waits for its turn. */
  #turn: Promise<void> | undefined
  #waiting = 0

  constructor(host: EngineHost, prospects: Prospects) {
    this.#host = host
    this.#prospects = prospects
  }

  /** Resolves with the ids of those it was handed to. Rejects with `EMSGSIZE`. */
  async publish(topic: string, body: Body, except: ReadonlySet<string>): Promise<string[]> {
    if (this.#turn !== undefined || this.#prospects.subscribers || this.#isFull(topic))
      await this.#inTurn(topic, body.length)
    const links = this.subscribers.match(topic)
    const header = publishHeader(topic)
    const shared = links.length > 1 ? ++published : 0
    const reached: string[] = []
    for (const link of links) {
      if (except.has(link.id) || !link.alive) continue
      if (body.length > link.max) {
        const message = `the body for ${topic} has ${body.length} bytes, a subscriber takes ${link.max}`
        throw new SpError('EMSGSIZE', { message })
      }
      if (link.publish(header, body, shared)) reached.push(link.id)
      else this.#host.dropped('slow-subscriber', { from: link.id, size: body.length })
    }
    return reached
  }

  #isFull(topic: string): boolean {
    return this.subscribers.match(topic).some(({ full }) => full)
  }

  /** Those that have to wait go one after the other, as they were made. Too many do not wait, but may be lost. */
  async #inTurn(topic: string, size: number): Promise<void> {
    if (this.#waiting > maxWaiting) return
    this.#waiting += size + overhead
    const before = this.#turn
    const mine = (async (): Promise<void> => {
      await before
      if (this.#prospects.subscribers) await this.#prospects.subscribersSettled()
      for (const link of this.subscribers.match(topic)) if (link.full) await link.room.wait()
    })()
    this.#turn = mine
    await mine
    this.#waiting -= size + overhead
    if (this.#turn === mine) this.#turn = undefined
  }
}
