/**
 * Who wants which topics: sets of takers by prefix. What a topic leads to is looked up once and remembered until somebody
 * subscribes or leaves, since few topics carry many messages.
 */
const maxRemembered = 4096

export class Prefixes<T> {
  readonly #takers: Map<string, Set<T>> = new Map()
  readonly #remembered: Map<string, readonly T[]> = new Map()

  /** Returns whether this is the first taker of the prefix. */
  add(prefix: string, taker: T): boolean {
    this.#remembered.clear()
    const takers = this.#takers.get(prefix)
    takers?.add(taker)
    if (takers === undefined) this.#takers.set(prefix, new Set([taker]))
    return takers === undefined
  }

  /** Returns whether that was the last taker of the prefix. */
  delete(prefix: string, taker: T): boolean {
    this.#remembered.clear()
    const takers = this.#takers.get(prefix)
    if (takers?.delete(taker) !== true || takers.size > 0) return false
    this.#takers.delete(prefix)
    return true
  }

  get prefixes(): IterableIterator<string> {
    return this.#takers.keys()
  }

  get size(): number {
    return this.#takers.size
  }

  /** Everyone with a prefix of the topic, each once. */
  match(topic: string): readonly T[] {
    const known = this.#remembered.get(topic)
    if (known !== undefined) return known
    const found = new Set<T>()
    for (let length = 0; length <= topic.length; length++) {
      for (const taker of this.#takers.get(topic.slice(0, length)) ?? []) found.add(taker)
    }
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    const takers = [...found]
    this.#remembered.set(topic, takers)
    return takers
  }
}
