/**
 * The changes to a radix tree that give a node another block: splitting, joining, gaining and losing a child.
 *
 * Each takes the slot of the node, which is the word that points to it, and leaves the new block in that slot and the
 * old one with the pool. Room must have been reserved: nothing here moves any other node.
 */

import {
  byteAt,
  COUNTED,
  childCount,
  childrenStart,
  findChild,
  keysStart,
  LABEL_MAX,
  labelLength,
  labelStart,
  ONE_CHILD,
  pack,
  packedAt,
  readKeys,
  references,
  TERMINAL,
  wordAt,
  writeKeys
} from './node-layout.ts'
import type { NodePool } from './node-pool.ts'

/** The keys of the node at hand; 256 at most. */
const scratch = new Uint8Array(256)

/** Divides a node in two, the upper one with `length` bytes of the label. */
export function split(pool: NodePool, slot: number, length: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const label = labelStart(node, head)
  const lower = copyFront(pool, node, head - length - 1)
  copyChildren(words, node, lower)
  const upperHead = ONE_CHILD + length
  const upper = pool.allocate(upperHead)
  copyPacked(words, label, 0, labelStart(upper, upperHead), 0, length)
  pack(words, keysStart(upper, upperHead), 0, packedAt(words, label, length))
  words[childrenStart(upper, upperHead)] = lower
  replace(pool, slot, upper)
}

/** Joins a node that neither ends a topic nor branches with its only child, unless the label would be too long. */
export function joinOnlyChild(pool: NodePool, slot: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  if ((head & TERMINAL) !== 0 || childCount(head) !== 1) return
  const child = wordAt(words, childrenStart(node, head))
  const childHead = wordAt(words, child)
  const more = labelLength(head) + 1
  if (more + labelLength(childHead) > LABEL_MAX) return
  const joined = copyFront(pool, child, childHead + more)
  copyChildren(words, child, joined)
  const label = labelStart(joined, childHead)
  copyPacked(words, labelStart(node, head), 0, label, 0, more - 1)
  pack(words, label, more - 1, packedAt(words, keysStart(node, head), 0))
  pool.release(child)
  replace(pool, slot, joined)
}

/** Returns the slot of the new child, for the caller to fill. */
export function addChild(pool: NodePool, slot: number, key: number): number {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const count = childCount(head)
  readKeys(words, node, scratch)
  let index = count
  for (; index > 0 && byteAt(scratch, index - 1) > key; index--) scratch[index] = byteAt(scratch, index - 1)
  scratch[index] = key
  const grown = copyFront(pool, node, head + ONE_CHILD)
  writeKeys(words, grown, scratch)
  const from = childrenStart(node, head)
  const to = childrenStart(grown, head + ONE_CHILD)
  copyWords(words, from, to, index)
  copyWords(words, from + index, to + index + 1, count - index)
  replace(pool, slot, grown)
  return to + index
}

/** Takes the child for `key`, which must exist, off a node; the child itself is for the caller to release. */
export function dropChild(pool: NodePool, slot: number, key: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const count = childCount(head)
  const from = childrenStart(node, head)
  const index = findChild(words, node, head, key) - from
  readKeys(words, node, scratch)
  scratch.copyWithin(index, index + 1, count)
  const shrunk = copyFront(pool, node, head - ONE_CHILD)
  writeKeys(words, shrunk, scratch)
  const to = childrenStart(shrunk, head - ONE_CHILD)
  copyWords(words, from, to, index)
  copyWords(words, from + index + 1, to + index, count - index - 1)
  replace(pool, slot, shrunk)
}

/** Gives a node the word that counts its references. */
export function addCounter(pool: NodePool, slot: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const counted = copyFront(pool, node, wordAt(words, node) | COUNTED)
  copyChildren(words, node, counted)
  replace(pool, slot, counted)
}

/** A block for `head` with the references of `node` and the end of its label; a longer label is filled from the end. */
function copyFront(pool: NodePool, node: number, head: number): number {
  const { words } = pool
  const old = wordAt(words, node)
  const copy = pool.allocate(head)
  if ((head & COUNTED) !== 0) words[copy + 1] = references(words, node)
  const length = Math.min(labelLength(old), labelLength(head))
  const from = labelLength(old) - length
  copyPacked(words, labelStart(node, old), from, labelStart(copy, head), labelLength(head) - length, length)
  return copy
}

/** Keys and slots, for two nodes with the same number of children. */
function copyChildren(words: Int32Array, from: number, to: number): void {
  const head = wordAt(words, from)
  const start = keysStart(from, head)
  copyWords(words, start, keysStart(to, wordAt(words, to)), childrenStart(from, head) + childCount(head) - start)
}

function copyWords(words: Int32Array, from: number, to: number, length: number): void {
  for (let index = 0; index < length; index++) words[to + index] = wordAt(words, from + index)
}

function copyPacked(words: Int32Array, from: number, first: number, to: number, start: number, length: number): void {
  for (let index = 0; index < length; index++) pack(words, to, start + index, packedAt(words, from, first + index))
}

function replace(pool: NodePool, slot: number, node: number): void {
  pool.release(wordAt(pool.words, slot))
  pool.words[slot] = node
}
