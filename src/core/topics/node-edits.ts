/**
 * The changes to a radix tree that give a node another label or another list of children.
 *
 * Each takes the slot of the node, which is the word that points to it, and leaves the new block in that slot and the
 * old one with the pool. Room must have been reserved: nothing here moves any other node.
 */

import { appendLabel, copyLabel } from './node-labels.ts'
import {
  blockSize,
  COUNTED,
  childField,
  firstKey,
  isTable,
  keysStart,
  LABEL_MAX,
  labelLength,
  labelStart,
  ONE_CHILD,
  pack,
  packedAt,
  slotsStart,
  TERMINAL,
  wordAt,
  wordsFor
} from './node-layout.ts'
import type { NodePool } from './node-pool.ts'
import { toList, toTable, wantsList, wantsTable } from './node-tables.ts'

/**
 * Divides a node in two, the upper one with `length` bytes of the label. The upper one gets the block `child` for
 * `key`, too, unless that is 0.
 */
export function split(pool: NodePool, slot: number, length: number, key: number, child: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const label = labelStart(node, head)
  const upperHead = length + (child === 0 ? ONE_CHILD : 2 * ONE_CHILD)
  const upper = pool.allocate(upperHead)
  copyLabel(words, label, 0, labelStart(upper, upperHead), length)
  words[keysStart(upper, upperHead)] = packedAt(words, label, length) | (key << 8)
  const slots = slotsStart(upper, upperHead)
  words[slots] = node
  if (child !== 0) words[slots + 1] = child
  words[slot] = upper
  cutLabel(pool, slots, length + 1)
}

/** Takes `length` bytes off the front of a node's label. */
function cutLabel(pool: NodePool, slot: number, length: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  const head = old - length
  const same = blockSize(head) === blockSize(old)
  const other = same ? node : pool.allocate(head)
  if (!same && (head & COUNTED) !== 0) words[other + 1] = wordAt(words, node + 1)
  copyLabel(words, labelStart(node, old), length, labelStart(other, head), labelLength(head))
  if (same) words[node] = head
  else {
    copyWords(words, keysStart(node, old), keysStart(other, head), node + blockSize(old))
    pool.replace(slot, other)
  }
}

/** Joins a node that neither ends a topic nor branches with its only child, unless the label would be too long. */
export function joinOnlyChild(pool: NodePool, slot: number): void {
  const { words } = pool
  const head = wordAt(words, wordAt(words, slot))
  if ((head & TERMINAL) === 0 && !isTable(head) && childField(head) === 1) join(pool, slot, 0)
}

/** Joins a node with child `index` of its list, the only one to stay. Returns whether the label is short enough. */
function join(pool: NodePool, slot: number, index: number): boolean {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const child = wordAt(words, slotsStart(node, head) + index)
  const childHead = wordAt(words, child)
  const length = labelLength(head)
  const childLength = labelLength(childHead)
  if (length + 1 + childLength > LABEL_MAX) return false
  const joinedHead = childHead + length + 1
  const joined = pool.allocate(joinedHead)
  if ((childHead & COUNTED) !== 0) words[joined + 1] = wordAt(words, child + 1)
  const label = labelStart(joined, joinedHead)
  const keys = keysStart(joined, joinedHead)
  words.fill(0, label, keys)
  copyLabel(words, labelStart(node, head), 0, label, length)
  pack(words, label, length, packedAt(words, keysStart(node, head), index))
  appendLabel(words, labelStart(child, childHead), childLength, label, length + 1)
  copyWords(words, keysStart(child, childHead), keys, child + blockSize(childHead))
  pool.release(child)
  pool.replace(slot, joined)
  return true
}

/** Gives a node another child, the block `child`. */
export function addChild(pool: NodePool, slot: number, key: number, child: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  const count = childField(old)
  if (isTable(old) || wantsTable(words, node, key)) {
    const index = key - firstKey(old)
    const fits = isTable(old) && index >= 0 && index < count << 4
    const table = fits ? node : toTable(pool, slot, key)
    const head = wordAt(words, table)
    const keys = keysStart(table, head)
    words[keys] = wordAt(words, keys) + 1
    words[keys + 1 + key - firstKey(head)] = child
    return
  }
  const head = old + ONE_CHILD
  const list = resizeList(pool, slot, head)
  pack(words, keysStart(list, head), count, key)
  words[slotsStart(list, head) + count] = child
}

/** Takes the child in a slot off a node, whose block is for the caller to release. Joins the node when that is due. */
export function dropChild(pool: NodePool, slot: number, childSlot: number, mayJoin: boolean): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const keys = keysStart(node, head)
  if (isTable(head)) {
    words[childSlot] = 0
    words[keys] = wordAt(words, keys) - 1
    if (wantsList(words, node)) toList(pool, slot)
    return
  }
  const slots = slotsStart(node, head)
  const last = childField(head) - 1
  if (mayJoin && last === 1 && (head & TERMINAL) === 0 && join(pool, slot, 1 - (childSlot - slots))) return
  pack(words, keys, childSlot - slots, packedAt(words, keys, last))
  words[childSlot] = wordAt(words, slots + last)
  resizeList(pool, slot, head - ONE_CHILD)
}

/** Gives a node with a list the head `head`, which counts one child more or less, and slots enough. */
function resizeList(pool: NodePool, slot: number, head: number): number {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  if (blockSize(head) === blockSize(old)) {
    words[node] = head
    return node
  }
  const other = pool.allocate(head)
  const count = Math.min(childField(old), childField(head))
  copyWords(words, node + 1, other + 1, keysStart(node, old) + wordsFor(count))
  copyWords(words, slotsStart(node, old), slotsStart(other, head), slotsStart(node, old) + count)
  pool.replace(slot, other)
  return other
}

/** Gives a node the word that counts its references. */
export function addCounter(pool: NodePool, slot: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const head = wordAt(words, node)
  const counted = pool.allocate(head | COUNTED)
  copyWords(words, node + 1, counted + 2, node + blockSize(head))
  pool.replace(slot, counted)
}

/** Copies words [from, end). */
function copyWords(words: Int32Array, from: number, to: number, end: number): void {
  const shift = to - from
  for (let index = from; index < end; index++) words[index + shift] = wordAt(words, index)
}
