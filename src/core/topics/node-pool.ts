/**
 * The memory of a radix tree: every node is one block of 32-bit words inside one growing array, and a node is named
 * by the index of its first word. A block holds all that a visit reads, so a visit costs one or two cache lines.
 *
 * Word 0 of the array points to the root. A freed block goes to a list of blocks of its size, linked through its first
 * word; what the lists cannot reuse is won back when the array is full of it: the tree then moves to a new one in order.
 * How a block is laid out is node-layout.ts.
 */

import { BLOCK_MAX, blockSize, isTable, slotCount, slotsStart, wordAt } from './node-layout.ts'

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
    const { words } = this
    words[node] = head
    for (let word = node + 1; word < node + size; word++) words[word] = 0
    return node
  }

  release(node: number): void {
    const size = blockSize(wordAt(this.words, node))
    this.#live -= size
    this.words[node] = wordAt(this.#free, size)
    this.#free[size] = node
  }

  /**
   * Copies the tree to an array of the right size, so that a match touches few cache lines and pages: first the tables
   * that every match goes through, close together, then what is below them, each parent followed by its children.
   */
  #compact(room: number): void {
    const from = this.words
    const to = new Int32Array(roomFor(this.#live, room))
    let top = 1
    to[0] = wordAt(from, 0)
    /** Copies the node that a slot still points to in the old array; its slots are the last words before `top`. */
    const move = (slot: number): number => {
      const node = wordAt(to, slot)
      const head = wordAt(from, node)
      const size = blockSize(head)
      for (let index = 0; index < size; index++) to[top + index] = wordAt(from, node + index)
      to[slot] = top
      top += size
      return top - slotCount(head)
    }
    const upper = [0]
    const lower: number[] = []
    for (const slot of upper) {
      if (!leadsToTable(from, wordAt(to, slot))) lower.push(slot)
      else for (let child = move(slot); child < top; child++) if (wordAt(to, child) !== 0) upper.push(child)
    }
    // The last first, so that the order of the keys is that of the memory.
    const pending: number[] = []
    for (const slot of lower) {
      pending.push(slot)
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const first = move(next)
        for (let child = top - 1; child >= first; child--) if (wordAt(to, child) !== 0) pending.push(child)
      }
    }
    this.#adopt(to, top)
  }

  #adopt(words: Int32Array<ArrayBuffer>, top: number): void {
    this.words = words
    this.#top = top
    this.#free.fill(0)
  }
}

/** Whether a node is a table, or has one for a child. */
function leadsToTable(words: Int32Array, node: number): boolean {
  const head = wordAt(words, node)
  if (isTable(head)) return true
  for (let slot = slotsStart(node, head); slot < node + blockSize(head); slot++) {
    const child = wordAt(words, slot)
    if (child !== 0 && isTable(wordAt(words, child))) return true
  }
  return false
}

function roomFor(used: number, more: number): number {
  return Math.max(CAPACITY_MIN, Math.ceil(used * HEADROOM) + more)
}
