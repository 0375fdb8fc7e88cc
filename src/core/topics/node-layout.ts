/**
 * How one node of a radix tree lies in its block of 32-bit words:
 *
 *   word 0  ┌ counted (1 bit) │ … │ first page (4) │ terminal (1) │ table (1) │ children (6) │ label length (8) ┐  head
 *           ├ references ───────────────────────────────────────────────────────────────────────────────────────┤  only
 *           │                                                                      when counted, else 0 or 1
 *           ├ label, 0-255 bytes, padded with zeros to a word ──────────────────────────────────────────────────┤
 *           ├ a list: keys, the byte that leads to each child, in any order; a table: how many children ────────┤
 *           └ slots, the index of a child's block in each ──────────────────────────────────────────────────────┘
 *
 *   few or scattered children, a list:  │ k0 k1 k2 k3 │ k4 … │ n0 │ n1 │ … │       keys searched four at a time
 *   many close together, a table:       │ 9 │ n(first) │ n(first + 1) │ 0 │ … │ n(last) │   a slot for every key
 *
 * A list has one slot, two, or a multiple of four; a table, whose "children" are pages, has pages of sixteen. So most
 * children come and go in place, and what the others copy is a constant: no topics make a change slow.
 * Bytes are packed with the first in the lowest bits, by shifts, so that the byte order of the machine does not matter.
 */

/** A longer stretch becomes a chain of nodes, which bounds what a split or a merge copies. */
export const LABEL_MAX = 255
export const ONE_CHILD = 1 << 8
export const TABLE = 1 << 14
export const TERMINAL = 1 << 15
export const COUNTED = 1 << 31
const COUNTED_SHIFT = 31
const FIRST_SHIFT = 16
const FRONT = COUNTED | TERMINAL | 0xff

/** A counted node with the longest label and 256 children. */
export const BLOCK_MAX = 2 + 64 + 1 + 256
/** The longest label and one child: a link of the chain that a long topic makes. */
export const LINK_MAX = 1 + 64 + 1 + 1

/** Reads a word the caller knows to exist. */
export const wordAt = (words: Int32Array, index: number): number => words[index] as number

/** Reads a byte the caller knows to exist. */
export const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] as number

/** Byte `index` of those packed from word `start` on. */
export const packedAt = (words: Int32Array, start: number, index: number): number =>
  (wordAt(words, start + (index >>> 2)) >>> ((index & 3) << 3)) & 0xff

export function pack(words: Int32Array, start: number, index: number, byte: number): void {
  const word = start + (index >>> 2)
  const shift = (index & 3) << 3
  words[word] = (wordAt(words, word) & ~(0xff << shift)) | (byte << shift)
}

export const wordsFor = (bytes: number): number => (bytes + 3) >>> 2

export const labelLength = (head: number): number => head & 0xff
export const isTable = (head: number): boolean => (head & TABLE) !== 0
/** Children of a list, pages of a table. */
export const childField = (head: number): number => (head >>> 8) & 0x3f
export const firstKey = (head: number): number => (head >>> (FIRST_SHIFT - 4)) & 0xf0
/** Slots that may lead to a child: those of a list do, those of a table may be empty. */
export const usedSlots = (head: number): number => (isTable(head) ? childField(head) << 4 : childField(head))
export const labelStart = (node: number, head: number): number => node + 1 + (head >>> COUNTED_SHIFT)
export const keysStart = (node: number, head: number): number => labelStart(node, head) + wordsFor(labelLength(head))

export const slotsStart = (node: number, head: number): number =>
  keysStart(node, head) + (isTable(head) ? 1 : wordsFor(childField(head)))

export function blockSize(head: number): number {
  const count = childField(head)
  if (count === 0) return keysStart(0, head)
  if (isTable(head)) return keysStart(0, head) + 1 + (count << 4)
  return slotsStart(0, head) + (count < 3 ? count : wordsFor(count) << 2)
}

/** The head of a node like another, with a list of `count` children. */
export const listHead = (head: number, count: number): number => (head & FRONT) | (count << 8)

/** The head of a node like another, with a table from the page of key `first` to that of key `last`. */
export const tableHead = (head: number, first: number, last: number): number =>
  (head & FRONT) | TABLE | (((last >>> 4) - (first >>> 4) + 1) << 8) | ((first >>> 4) << FIRST_SHIFT)

export function references(words: Int32Array, node: number): number {
  const head = wordAt(words, node)
  if ((head & TERMINAL) === 0) return 0
  return (head & COUNTED) === 0 ? 1 : wordAt(words, node + 1)
}

/** Whether `bytes` has a label at `start`; the caller knows that so many bytes are left. */
export function hasLabel(words: Int32Array, label: number, length: number, bytes: Uint8Array, start: number): boolean {
  // Four bytes at a time, because in a loop this short most of the time goes to the loop.
  let word = label
  let at = start
  for (const whole = start + (length & ~3); at < whole; at += 4, word++) {
    const four =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    if (wordAt(words, word) !== four) return false
  }
  const rest = length & 3
  if (rest === 0) return true
  let tail = byteAt(bytes, at)
  if (rest > 1) tail |= byteAt(bytes, at + 1) << 8
  if (rest > 2) tail |= byteAt(bytes, at + 2) << 16
  return wordAt(words, word) === tail
}

/** The index of the word that points to the child for `key`, or 0 when there is none. */
export function findChild(words: Int32Array, node: number, head: number, key: number): number {
  const keys = keysStart(node, head)
  const count = childField(head)
  if (isTable(head)) {
    const index = key - firstKey(head)
    return index >= 0 && index < count << 4 && wordAt(words, keys + 1 + index) !== 0 ? keys + 1 + index : 0
  }
  const pattern = Math.imul(key, 0x01010101)
  const slots = keys + wordsFor(count)
  for (let index = keys; index < slots; index++) {
    // A byte equal to the key becomes zero, and the lowest zero byte raises the lowest flag.
    const difference = wordAt(words, index) ^ pattern
    const flags = (difference - 0x01010101) & ~difference & 0x80808080
    if (flags === 0) continue
    const child = ((index - keys) << 2) + ((31 - Math.clz32(flags & -flags)) >>> 3)
    // Beyond the last key is whatever was there before.
    return child < count ? slots + child : 0
  }
  return 0
}

/** The key of the child in slot `index` of a node. */
export const keyAt = (words: Int32Array, node: number, head: number, index: number): number =>
  isTable(head) ? firstKey(head) + index : packedAt(words, keysStart(node, head), index)
