/**
 * The memory of a radix tree: every node is one block of 32-bit words inside one growing array, and a node is named
 * by the index of its first word. A block holds all that a visit reads, so a visit costs one or two cache lines.
 *
 * Word 0 of the array points to the root. A freed block goes to a list of blocks of its size, linked through its first
 * word; what the lists cannot reuse is won back when the array is full of it: the tree then moves to a new one in order.
 * How a block is laid out is node-layout.ts.
 */

import { BLOCK_MAX, blockSize, slotCount, wordAt } from './node-layout.ts'

const CAPACITY_MIN = 2048
/** A quarter: enough to amortise the copy, little enough to stay small with a million topics. */
const HEADROOM = 1.25

export class NodePool {
  /** Replaced by `reserve`, `shrink` and `clear` only; every other operation leaves blocks where they are. */
  words = new Int32Array()
  #top = 0
  #live = 0
  /** First free block of each size, 0 for none. */
  readonly #free = new Int32Array(BLOCK_MAX + 1)

  constructor() {
    this.clear()
  }

  get memory(): number {
    return this.words.byteLength + this.#free.byteLength
  }

  /** Drops every node and makes an empty root. */
  clear(): void {
    this.#adopt(new Int32Array(2), 1)
    this.#live = 1
    this.words[0] = this.allocate(0)
  }

  /** Makes room for `count` words of new blocks; blocks may move. */
  reserve(count: number): void {
    if (this.words.length - this.#top >= count) return
    // A walk of the tree costs many times what copying the array does, so it needs something to win back.
    if (this.#top > this.#live * HEADROOM) this.#compact(count)
    else {
      const words = new Int32Array(roomFor(this.#top, count))
      words.set(this.words)
      this.words = words
    }
  }

  /** Gives memory back once three quarters are unused; blocks may move. */
  shrink(): void {
    if (this.words.length > CAPACITY_MIN && this.#live * 4 < this.words.length) this.#compact(0)
  }

  /** A block for `head`, zero beyond that. Room must have been reserved. */
  allocate(head: number): number {
    const size = blockSize(head)
    this.#live += size
    let node = wordAt(this.#free, size)
    if (node !== 0) this.#free[size] = wordAt(this.words, node)
    else {
      node = this.#top
      this.#top += size
    }
    this.words.fill(0, node, node + size)
    this.words[node] = head
    return node
  }

  release(node: number): void {
    const size = blockSize(wordAt(this.words, node))
    this.#live -= size
    this.words[node] = wordAt(this.#free, size)
    this.#free[size] = node
  }

  /** Copies the tree to an array of the right size, each node followed by what is below it, in the order of the slots. */
  #compact(room: number): void {
    const from = this.words
    const to = new Int32Array(roomFor(this.#live, room))
    let top = 1
    to[0] = wordAt(from, 0)
    // Slots that still point to the old array.
    const pending = [0]
    for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
      const node = wordAt(to, slot)
      const head = wordAt(from, node)
      const size = blockSize(head)
      for (let index = 0; index < size; index++) to[top + index] = wordAt(from, node + index)
      to[slot] = top
      top += size
      for (let child = top - 1; child >= top - slotCount(head); child--)
        if (wordAt(to, child) !== 0) pending.push(child)
    }
    this.#adopt(to, top)
  }

  #adopt(words: Int32Array<ArrayBuffer>, top: number): void {
    this.words = words
    this.#top = top
    this.#free.fill(0)
  }
}

function roomFor(used: number, more: number): number {
  return Math.max(CAPACITY_MIN, Math.ceil(used * HEADROOM) + more)
}
