/**
 * Calls by number, for numbers of our own. Not a `Map`: one whose entries come and go by the thousand is rebuilt all the
 * time, and keeps garbage alive until it is.
 *
 *   number: | generation 16 | slot 16 |      an old number does not find who has the slot now
 */
export const mostSlots = 65536

export class Slots<T> {
  readonly #items: (T | undefined)[] = []
  readonly #numbers: number[] = []
  readonly #free: number[] = []
  size = 0

  get full(): boolean {
    return this.size >= mostSlots
  }

  /** Only while it is not full. */
  add(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length
    const number = ((this.#numbers[slot] ?? slot) + mostSlots) >>> 0
    this.#items[slot] = item
    this.#numbers[slot] = number
    this.size++
    return number
  }

  /** Returns what had the number. */
  take(number: number): T | undefined {
    const slot = number & (mostSlots - 1)
    if (this.#numbers[slot] !== number) return undefined
    const item = this.#items[slot]
    if (item === undefined) return undefined
    this.#items[slot] = undefined
    this.#free.push(slot)
    this.size--
    return item
  }

  all(): T[] {
    return this.#items.filter((item) => item !== undefined)
  }

  /** Everything, which leaves it empty. */
  drain(): T[] {
    const items = this.all()
    for (const [slot, item] of this.#items.entries()) if (item !== undefined) this.take(this.#numbers[slot] as number)
    return items
  }
}
