/**
 * The changes to a radix tree that give a node another block: splitting, joining, gaining and losing a child.
 *
 * Each takes the slot of the node, which is the word that points to it, and leaves the new block in that slot and the
 * old one with the pool. Room must have been reserved: nothing here moves any other node.
 */

import {
  COUNTED,
  childCount,
  findChild,
  isTable,
  keyAt,
  keysStart,
  LABEL_MAX,
  labelLength,
  labelStart,
  ONE_CHILD,
  pack,
  packedAt,
  putChild,
  references,
  slotCount,
  slotsStart,
  suitableHead,
  TERMINAL,
  withOneLess,
  withOneMore,
  wordAt
} from './node-layout.ts'
import type { NodePool } from './node-pool.ts'

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
  words[slotsStart(upper, upperHead)] = lower
  replace(pool, slot, upper)
}

/** Joins a node that neither ends a topic nor branches with its only child, unless the label would be too long. */
export function joinOnlyChild(pool: NodePool, slot: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  if ((head & TERMINAL) !== 0 || childCount(head) !== 1) return
  const child = wordAt(words, slotsStart(node, head))
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

/** Gives a node another child, the block `child`. */
export function addChild(pool: NodePool, slot: number, key: number, child: number): void {
  const { words } = pool
  let node = wordAt(words, slot)
  const more = withOneMore(wordAt(words, node), key)
  if (more !== 0) words[node] = more
  else node = rebuild(pool, slot, suitableHead(words, node, key))
  putChild(words, node, childCount(wordAt(words, node)) - 1, key, child)
}

/** Takes the child for `key`, which must exist, off a node; the child itself is for the caller to release. */
export function dropChild(pool: NodePool, slot: number, key: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const gone = findChild(words, node, head, key)
  words[gone] = 0
  const less = withOneLess(head)
  if (less === 0) rebuild(pool, slot, suitableHead(words, node, -1))
  else {
    words[node] = less
    if (!isTable(head)) fillGap(words, node, head, gone - slotsStart(node, head))
  }
}

/** Moves the last child of a list to the slot `index`, which is empty. */
function fillGap(words: Int32Array, node: number, head: number, index: number): void {
  const last = childCount(head) - 1
  const slot = slotsStart(node, head) + last
  if (index === last) return
  putChild(words, node, index, keyAt(words, node, head, last), wordAt(words, slot))
  words[slot] = 0
}

/** Gives a node a block for `head` with the children it has, and returns that. */
function rebuild(pool: NodePool, slot: number, head: number): number {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  const other = copyFront(pool, node, head)
  const slots = slotsStart(node, old)
  let count = 0
  for (let index = 0; index < slotCount(old); index++) {
    const child = wordAt(words, slots + index)
    if (child !== 0) putChild(words, other, count++, keyAt(words, node, old, index), child)
  }
  replace(pool, slot, other)
  return other
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
  words.copyWithin(keysStart(to, wordAt(words, to)), start, slotsStart(from, head) + slotCount(head))
}

function copyPacked(words: Int32Array, from: number, first: number, to: number, start: number, length: number): void {
  for (let index = 0; index < length; index++) pack(words, to, start + index, packedAt(words, from, first + index))
}

function replace(pool: NodePool, slot: number, node: number): void {
  pool.release(wordAt(pool.words, slot))
  pool.words[slot] = node
}
