/**
 * The topics of a SUB socket: which byte strings are subscribed, how often, and whether a message begins with one of
 * them. A match is a prefix match on bytes; the empty topic matches every message (nanomsg, NN_SUB_SUBSCRIBE).
 *
 * A radix tree. The byte that leads to a child is a key of its parent; the child's label is what follows that byte:
 *
 *   subscribed: abc, abcde, abx     (root) ─a→ "b" ─c→ "" ● ─d→ "e" ●
 *                                               └─x→ "" ●               ● ends a topic
 *
 * Walks are loops, so that no topic is too long for the stack. A walk that changes the tree holds the slot of a node,
 * the word that points to it, because a node that changes its size gets another block.
 */

import { addChild, addCounter, dropChild, joinOnlyChild, split } from './node-edits.ts'
import {
  BLOCK_MAX,
  byteAt,
  COUNTED,
  childCount,
  findChild,
  hasLabel,
  keysStart,
  LABEL_MAX,
  LINK_MAX,
  labelLength,
  labelStart,
  ONE_CHILD,
  pack,
  packedAt,
  references,
  slotsStart,
  TERMINAL,
  wordAt
} from './node-layout.ts'
import { NodePool } from './node-pool.ts'

/** The word that points to the root, whose label is always empty. */
const ROOT = 0

/** A counted set of topics that answers whether a message begins with one of them. */
export class RadixTree {
  readonly #pool = new NodePool()
  #size = 0

  /** Distinct topics. */
  get size(): number {
    return this.#size
  }

  /** The memory of the nodes, for walks that only read; see `node-layout.ts`. */
  get words(): Int32Array {
    return this.#pool.words
  }

  /** Bytes held by the arrays of the tree. */
  get memory(): number {
    return this.#pool.memory
  }

  /** Whether any topic is a prefix of `bytes[start, end)`. Allocates nothing and reads nothing outside that range. */
  match(bytes: Uint8Array, start: number, end: number): boolean {
    const { words } = this.#pool
    let node = wordAt(words, ROOT)
    let at = start
    for (;;) {
      const head = wordAt(words, node)
      const length = labelLength(head)
      if (length !== 0) {
        if (length > end - at || !hasLabel(words, labelStart(node, head), length, bytes, at)) return false
        at += length
      }
      if ((head & TERMINAL) !== 0) return true
      if (at === end) return false
      const slot = findChild(words, node, head, byteAt(bytes, at))
      if (slot === 0) return false
      node = wordAt(words, slot)
      at++
    }
  }

  /** Adds one reference to `topic`, which is copied. Returns true when the topic is new. */
  add(topic: Uint8Array): boolean {
    // The most an add allocates. Reserved first, because slots held below would not survive a move.
    this.#pool.reserve(2 * BLOCK_MAX + LINK_MAX * (2 + (topic.length >>> 8)))
    const { words } = this.#pool
    let slot = ROOT
    let at = 0
    for (;;) {
      const node = wordAt(words, slot)
      const common = commonLength(words, node, topic, at)
      if (common < labelLength(wordAt(words, node))) split(this.#pool, slot, common)
      at += common
      if (at === topic.length) return this.#refer(slot)
      const key = byteAt(topic, at)
      at++
      const parent = wordAt(words, slot)
      const child = findChild(words, parent, wordAt(words, parent), key)
      if (child === 0) {
        addChild(this.#pool, slot, key, this.#branch(topic, at))
        this.#size++
        return true
      }
      slot = child
    }
  }

  /** Removes one reference. Returns false, and changes nothing, when `topic` itself was not subscribed. */
  remove(topic: Uint8Array): boolean {
    this.#pool.reserve(2 * BLOCK_MAX)
    const { words } = this.#pool
    let slot = ROOT
    let at = 0
    // The last node above the topic that stays when the topic goes, and its key on the way to the topic.
    let keeper = ROOT
    let branch = 0
    for (;;) {
      const node = wordAt(words, slot)
      const head = wordAt(words, node)
      const length = labelLength(head)
      if (length > topic.length - at || !hasLabel(words, labelStart(node, head), length, topic, at)) return false
      at += length
      if (at === topic.length) break
      const key = byteAt(topic, at)
      const child = findChild(words, node, head, key)
      if (child === 0) return false
      if (slot === ROOT || (head & TERMINAL) !== 0 || childCount(head) > 1) {
        keeper = slot
        branch = key
      }
      slot = child
      at++
    }
    const node = wordAt(words, slot)
    const before = references(words, node)
    if (before > 1) words[node + 1] = before - 1
    if (before !== 1) return before > 1
    words[node] = wordAt(words, node) & ~TERMINAL
    if (slot !== ROOT && childCount(wordAt(words, node)) === 0) {
      this.#prune(keeper, branch)
      slot = keeper
    }
    if (slot !== ROOT) joinOnlyChild(this.#pool, slot)
    this.#size--
    this.#pool.shrink()
    return true
  }

  /** Forgets every topic and gives the memory back. */
  clear(): void {
    this.#pool.clear()
    this.#size = 0
  }

  /** One more reference for the topic that ends at a node; returns whether it is the first. */
  #refer(slot: number): boolean {
    const { words } = this.#pool
    const node = wordAt(words, slot)
    const head = wordAt(words, node)
    const before = references(words, node)
    if (before === 0) {
      words[node] = head | TERMINAL
      this.#size++
    }
    // Few topics are subscribed twice, so the word that counts is made when it is needed.
    if (before === 1 && (head & COUNTED) === 0) addCounter(this.#pool, slot)
    const now = wordAt(words, slot)
    if ((wordAt(words, now) & COUNTED) !== 0) words[now + 1] = before + 1
    return before === 0
  }

  /** Blocks for the rest of a new topic: a leaf, below a chain of full nodes when it is long. Returns the uppermost. */
  #branch(topic: Uint8Array, start: number): number {
    const { words } = this.#pool
    let uppermost = 0
    let below = 0
    let at = start
    for (;;) {
      const length = Math.min(topic.length - at, LABEL_MAX)
      const leaf = at + length === topic.length
      const head = length + (leaf ? TERMINAL : ONE_CHILD)
      const node = this.#pool.allocate(head)
      const label = labelStart(node, head)
      for (let index = 0; index < length; index++) pack(words, label, index, byteAt(topic, at + index))
      if (below === 0) uppermost = node
      else words[below] = node
      if (leaf) return uppermost
      pack(words, keysStart(node, head), 0, byteAt(topic, at + length))
      below = slotsStart(node, head)
      at += length + 1
    }
  }

  /** Cuts off the branch below `key`, which is a leaf or a chain that leads to one. */
  #prune(slot: number, key: number): void {
    const { words } = this.#pool
    const parent = wordAt(words, slot)
    let node = wordAt(words, findChild(words, parent, wordAt(words, parent), key))
    dropChild(this.#pool, slot, key)
    while (node !== 0) {
      const head = wordAt(words, node)
      const next = childCount(head) === 0 ? 0 : wordAt(words, slotsStart(node, head))
      this.#pool.release(node)
      node = next
    }
  }
}

/** How many bytes of a node's label `topic` has from `at` on. */
function commonLength(words: Int32Array, node: number, topic: Uint8Array, at: number): number {
  const head = wordAt(words, node)
  const label = labelStart(node, head)
  const length = labelLength(head)
  const most = Math.min(length, topic.length - at)
  if (most === length && hasLabel(words, label, length, topic, at)) return length
  let common = 0
  while (common < most && packedAt(words, label, common) === byteAt(topic, at + common)) common++
  return common
}
