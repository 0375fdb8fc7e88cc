/**
 * Requests or surveys that are outstanding, by id. Ids count up from a random start, so the last bits of an id say where
 * its item is kept; an id whose place is taken is passed over.
 *
 * Not a Map: V8 makes its table anew whenever as many items have passed through as it has room for, and in old memory once
 * the Map is old. Whatever such a table names, long since replaced or not, lives until the next full collection.
 */
import { idBit } from './backtrace.ts'

const small = 64

export class IdTable<T extends { readonly id: number }> {
  readonly #items: (T | undefined)[] = new Array(small).fill(undefined)
  #size = 0
  #last = Math.floor(Math.random() * idBit)

  /** An id that is not in use, top bit set. */
  next(): number {
    do this.#last = (this.#last + 1) & (idBit - 1)
    while (this.#items[this.#place(this.#last)] !== undefined)
    return idBit + this.#last
  }

  get(id: number): T | undefined {
    const item = this.#items[this.#place(id)]
    return item?.id === id ? item : undefined
  }

  /** Adds an item with an id that `next` gave. At least half of the places stay free. */
  add(item: T): void {
    if (++this.#size * 2 > this.#items.length) this.#grow()
    this.#items[this.#place(item.id)] = item
  }

  /** False when it is not there. */
  delete(item: T): boolean {
    const items = this.#items
    const place = this.#place(item.id)
    if (items[place] !== item) return false
    items[place] = undefined
    if (--this.#size === 0 && items.length > small) items.length = small
    return true
  }

  /** All items, oldest first. */
  all(): T[] {
    // Ids begin anew after 2³¹: their distance counts, without its top bit.
    return this.#items.filter((item) => item !== undefined).sort((a, b) => (a.id - b.id) << 1)
  }

  #place(id: number): number {
    return id & (this.#items.length - 1)
  }

  #grow(): void {
    const items = this.#items
    const all = this.all()
    items.length *= 2
    items.fill(undefined)
    for (const item of all) items[this.#place(item.id)] = item
  }
}
