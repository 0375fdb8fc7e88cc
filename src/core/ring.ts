/**
 * A first-in first-out queue in one array that wraps around, so that neither end moves the other elements:
 *
 *        head            head + count
 *          v                 v
 *   [ . .  a  b  c  d  e  f  .  . ]      capacity is a power of two; it doubles when full
 */
export class Ring<T> {
  #slots: (T | undefined)[]
  #mask: number
  #head = 0
  length = 0

  constructor(capacity = 8) {
    this.#slots = new Array<T | undefined>(capacity).fill(undefined)
    this.#mask = capacity - 1
  }

  push(item: T): void {
    if (this.length > this.#mask) this.#grow()
    this.#slots[(this.#head + this.length) & this.#mask] = item
    this.length++
  }

  /** The oldest item, or `undefined` when empty. */
  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.length--
    return item
  }

  peek(): T | undefined {
    return this.#slots[this.#head]
  }

  /** The item that `index` others are older than. */
  at(index: number): T {
    return this.#slots[(this.#head + index) & this.#mask] as T
  }

  replace(index: number, item: T): void {
    this.#slots[(this.#head + index) & this.#mask] = item
  }

  /** Keeps the items that `keep` accepts, in order. */
  filter(keep: (item: T) => boolean): void {
    for (let left = this.length; left > 0; left--) {
      const item = this.shift() as T
      if (keep(item)) this.push(item)
    }
  }

  clear(): void {
    while (this.length > 0) this.shift()
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Array<T | undefined>(old.length * 2).fill(undefined)
    for (let i = 0; i < this.length; i++) slots[i] = old[(this.#head + i) & this.#mask]
    this.#slots = slots
    this.#mask = slots.length - 1
    this.#head = 0
  }
}
