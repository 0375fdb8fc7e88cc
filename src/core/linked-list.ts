/** A first-in first-out list of items that carry their own links, so that any item can leave at once. */
export interface Linked<T> {
  previous: T | undefined
  next: T | undefined
  /** The list it is in. */
  list: { remove(item: T): boolean } | undefined
}

export class LinkedList<T extends Linked<T>> {
  head: T | undefined
  #tail: T | undefined

  push(item: T): void {
    item.list = this
    item.previous = this.#tail
    if (this.#tail === undefined) this.head = item
    else this.#tail.next = item
    this.#tail = item
  }

  /** False when the item is not in this list. */
  remove(item: T): boolean {
    if (item.list !== this) return false
    if (item.previous === undefined) this.head = item.next
    else item.previous.next = item.next
    if (item.next === undefined) this.#tail = item.previous
    else item.next.previous = item.previous
    item.previous = item.next = item.list = undefined
    return true
  }
}
