/**
 * When the children of a node are a table and when a list, and the change from one to the other.
 *
 * The two limits lie far apart, so that topics that come and go at one of them do not pay for a change each time.
 */
import {
  childField,
  firstKey,
  isTable,
  keyAt,
  keysStart,
  listHead,
  pack,
  slotsStart,
  tableHead,
  usedSlots,
  wordAt
} from './node-layout.ts'
import type { NodePool } from './node-pool.ts'

/** A list of so many is searched as fast as a table. */
const SHORT_LIST = 8
/** A list of more would be slow, so that more children are a table however scattered they are. */
const LONGEST_LIST = 32
/** Slots of a table for each child when it is made, at most; a list that is denser becomes one. */
const SPARSEST_NEW = 6
/** Slots of a table for each child when it becomes a list again. */
const SPARSEST = 16
const FEW = 4

/** The lowest and the highest key of a node, another one included. */
let lowest = 0
let highest = 0

function readSpan(words: Int32Array, node: number, key: number): void {
  const head = wordAt(words, node)
  const slots = slotsStart(node, head)
  lowest = key
  highest = key
  for (let index = 0; index < usedSlots(head); index++) {
    if (wordAt(words, slots + index) === 0) continue
    const other = keyAt(words, node, head, index)
    lowest = Math.min(lowest, other)
    highest = Math.max(highest, other)
  }
}

/** Whether a list is to become a table when `key` is added. Asked each time that the list would need another block. */
export function wantsTable(words: Int32Array, node: number, key: number): boolean {
  const count = childField(wordAt(words, node))
  if (count < SHORT_LIST || (count & 3) !== 0) return false
  if (count >= LONGEST_LIST) return true
  readSpan(words, node, key)
  return (highest >>> 4) - (lowest >>> 4) + 1 <= (SPARSEST_NEW * (count + 1)) >>> 4
}

/** Whether a table has so few children left that a list serves them better; never more than sixteen. */
export function wantsList(words: Int32Array, node: number): boolean {
  const head = wordAt(words, node)
  const count = wordAt(words, keysStart(node, head))
  return count <= FEW || count * SPARSEST <= usedSlots(head)
}

/** Makes the children of a node a table, or a wider one, with an empty slot for `key`. Returns the new block. */
export function toTable(pool: NodePool, slot: number, key: number): number {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  readSpan(words, node, key)
  const head = tableHead(old, lowest, highest)
  const table = pool.allocate(head)
  copyFront(words, node, table, old)
  const keys = keysStart(table, head)
  const first = keys + 1 - firstKey(head)
  words.fill(0, keys, keys + 1 + usedSlots(head))
  const slots = slotsStart(node, old)
  for (let index = 0; index < usedSlots(old); index++) {
    const child = wordAt(words, slots + index)
    if (child !== 0) words[first + keyAt(words, node, old, index)] = child
  }
  words[keys] = isTable(old) ? wordAt(words, keysStart(node, old)) : childField(old)
  pool.replace(slot, table)
  return table
}

/** Makes the children of a node a list. */
export function toList(pool: NodePool, slot: number): void {
  const { words } = pool
  const node = wordAt(words, slot)
  const old = wordAt(words, node)
  const head = listHead(old, wordAt(words, keysStart(node, old)))
  const list = pool.allocate(head)
  copyFront(words, node, list, old)
  const keys = keysStart(list, head)
  const slots = slotsStart(list, head)
  let count = 0
  for (let index = 0; index < usedSlots(old); index++) {
    const child = wordAt(words, slotsStart(node, old) + index)
    if (child === 0) continue
    pack(words, keys, count, firstKey(old) + index)
    words[slots + count++] = child
  }
  pool.replace(slot, list)
}

/** Copies references and label, which are as long in both blocks. */
function copyFront(words: Int32Array, from: number, to: number, head: number): void {
  for (let index = 1; index < keysStart(0, head); index++) words[to + index] = wordAt(words, from + index)
}
