/**
 * The subscriptions of an instance: each prefix is registered once with every engine, for all who subscribed to it, and
 * what arrives goes to each whose prefix fits.
 */
import type { Body } from 'hubless'
import type { Bytes } from './bytes.ts'
import type { Engine, EngineHost, Registration } from './engine/engine.ts'
import type { resolveSubscribeOptions } from './options.ts'
import { Prefixes } from './prefixes.ts'
import { Subscription } from './subscription.ts'

export class Subscriptions<In> {
  readonly #bytes: Bytes<never, In>
  readonly #host: EngineHost
  readonly #engines: readonly Engine[]
  readonly #topics: Prefixes<Subscription<In>> = new Prefixes()
  readonly #all: Set<Subscription<In>> = new Set()
  /** What was last asked of the engines, by prefix. */
  readonly #inForce: Map<string, Promise<readonly Registration[]>> = new Map()

  constructor(bytes: Bytes<never, In>, host: EngineHost, engines: readonly Engine[]) {
    this.#bytes = bytes
    this.#host = host
    this.#engines = engines
  }

  get size(): number {
    return this.#all.size
  }

  /** Resolves when it is in force at every engine. */
  async open(prefix: string, limits: ReturnType<typeof resolveSubscribeOptions>): Promise<Subscription<In>> {
    const { signal } = limits
    const onAbort = (): void => void subscription.close()
    const leave = (subscription: Subscription<In>): Promise<void> => {
      signal?.removeEventListener('abort', onAbort)
      return this.#leave(subscription)
    }
    const subscription = new Subscription<In>(prefix, limits, this.#bytes, this.#host, leave)
    this.#all.add(subscription)
    if (this.#topics.add(prefix, subscription)) {
      const before = this.#inForce.get(prefix)
      const all = async (): Promise<readonly Registration[]> => {
        // A subscription to the same prefix may be on its way out.
        await before?.catch(() => {})
        return Promise.all(this.#engines.map((engine) => engine.subscribe(prefix)))
      }
      this.#inForce.set(prefix, all())
    }
    try {
      await this.#inForce.get(prefix)
      signal?.throwIfAborted()
    } catch (error) {
      await subscription.close()
      throw error
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    return subscription
  }

  deliver(topic: string, body: Body, from: string): void {
    const takers = this.#topics.match(topic)
    for (const [at, taker] of takers.entries()) {
      // Each receiver owns what it gets.
      taker.push(topic, at === takers.length - 1 ? body : (Buffer.from(body) as Body), from)
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#all, (subscription) => subscription.close()))
  }

  async #leave(subscription: Subscription<In>): Promise<void> {
    const { prefix } = subscription
    this.#all.delete(subscription)
    if (!this.#topics.delete(prefix, subscription)) return
    const registered = this.#inForce.get(prefix)
    const withdrawn = (async (): Promise<readonly Registration[]> => {
      const registrations = (await registered?.catch(() => [])) ?? []
      await Promise.all(registrations.map((registration) => registration.withdraw()))
      return []
    })()
    this.#inForce.set(prefix, withdrawn)
    await withdrawn
    if (this.#inForce.get(prefix) === withdrawn) this.#inForce.delete(prefix)
  }
}
