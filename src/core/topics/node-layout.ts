/**
 * How one node of a radix tree lies in its block of 32-bit words:
 *
 *   word 0  ┌ counted (1 bit) │ groups (5) │ first group (5) │ table (1) │ terminal (1) │ children (9) │ label length (8) ┐  the head
 *           ├ references ─────────────────────────────────────────────────────────────────────────────────────────────────┤  only when
 *           │                                                                                            counted, else 0 or 1
 *           ├ label, 0-255 bytes, padded with zeros to a word ────────────────────────────────────────────────────────────┤
 *           ├ keys, the byte that leads to each child, in any order ──────────────────────────────────────────────────────┤  lists only
 *           └ slots, the index of a child's block in each, 0 in those that are empty ─────────────────────────────────────┘
 *
 *   few or scattered children, a list:  │ k0 k1 k2 k3 │ k4 … │ n0 │ n1 │ … │ 0 │   keys searched four at a time, slots in fours
 *   many close together, a table:       │ n(first) │ n(first + 1) │ 0 │ … │        a slot for every key of groups of eight
 *
 * Most children come and go in place, in empty slots. Bytes are packed with the first in the lowest bits, by shifts, so
 * that the byte order of the machine does not matter.
 */

/** A longer stretch becomes a chain of nodes, which bounds what a split or a merge copies. */
export const LABEL_MAX = 255
export const ONE_CHILD = 1 << 8
export const TERMINAL = 1 << 17
export const COUNTED = 1 << 31
const COUNTED_SHIFT = 31
const TABLE = 1 << 18
const FIRST_SHIFT = 19
const GROUPS_SHIFT = 24
const CHILDREN = (0x1ff << 8) | TABLE | (0x3f << GROUPS_SHIFT) | (0x1f << FIRST_SHIFT)

/** A list of so many is searched as fast as a table. */
const SHORT_LIST = 8
/** Slots of a new table for each child, at most; one that loses children is kept until it has twice as many. */
const SPARSEST_TABLE = 4

/** A counted node with the longest label and 256 children. */
export const BLOCK_MAX = 2 + 64 + 256
/** The longest label and one child: a link of the chain that a long topic makes. */
export const LINK_MAX = 1 + 64 + 1 + 4

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

const wordsFor = (bytes: number): number => (bytes + 3) >>> 2

export const labelLength = (head: number): number => head & 0xff
export const childCount = (head: number): number => (head >>> 8) & 0x1ff
export const isTable = (head: number): boolean => (head & TABLE) !== 0
const firstKey = (head: number): number => ((head >>> FIRST_SHIFT) & 0x1f) << 3
export const slotCount = (head: number): number =>
  isTable(head) ? ((head >>> GROUPS_SHIFT) & 0x3f) << 3 : (childCount(head) + 3) & ~3
export const labelStart = (node: number, head: number): number => node + 1 + (head >>> COUNTED_SHIFT)
export const keysStart = (node: number, head: number): number => labelStart(node, head) + wordsFor(labelLength(head))

export const slotsStart = (node: number, head: number): number =>
  keysStart(node, head) + (isTable(head) ? 0 : slotCount(head) >>> 2)

export const blockSize = (head: number): number => slotsStart(0, head) + slotCount(head)

/** The key of the child in slot `index`. */
export const keyAt = (words: Int32Array, node: number, head: number, index: number): number =>
  isTable(head) ? firstKey(head) + index : packedAt(words, keysStart(node, head), index)

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

/** The slot for `key`, empty or not, or 0 when the table has none for it. */
function tableSlot(node: number, head: number, key: number): number {
  const index = key - firstKey(head)
  return index >= 0 && index < slotCount(head) ? keysStart(node, head) + index : 0
}

/** The index of the word that points to the child for `key`, or 0 when there is none. */
export function findChild(words: Int32Array, node: number, head: number, key: number): number {
  if (isTable(head)) {
    const slot = tableSlot(node, head, key)
    return slot !== 0 && wordAt(words, slot) !== 0 ? slot : 0
  }
  const keys = keysStart(node, head)
  const count = childCount(head)
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

/** The head with one child more, or 0 when it needs another block. `key` must be new. */
export function withOneMore(head: number, key: number): number {
  const room = isTable(head) ? tableSlot(0, head, key) !== 0 : (childCount(head) & 3) !== 0
  return room ? head + ONE_CHILD : 0
}

/** The head with one child less, or 0 when it would waste its block. */
export function withOneLess(head: number): number {
  const count = childCount(head) - 1
  const stays = isTable(head)
    ? 2 * count > SHORT_LIST && slotCount(head) <= 2 * SPARSEST_TABLE * count
    : (count & 3) !== 0
  return stays ? head - ONE_CHILD : 0
}

/** The head that suits the children a node has, and one for `key` unless that is negative. */
export function suitableHead(words: Int32Array, node: number, key: number): number {
  const head = wordAt(words, node)
  const slots = slotsStart(node, head)
  let count = key < 0 ? 0 : 1
  let first = key < 0 ? 255 : key
  let last = key
  for (let index = 0; index < slotCount(head); index++) {
    if (wordAt(words, slots + index) === 0) continue
    const other = keyAt(words, node, head, index)
    count++
    if (other < first) first = other
    if (other > last) last = other
  }
  const groups = (last >>> 3) - (first >>> 3) + 1
  const front = (head & ~CHILDREN) | (count << 8)
  if (count <= SHORT_LIST || groups << 3 > SPARSEST_TABLE * count) return front
  return front | TABLE | ((first >>> 3) << FIRST_SHIFT) | (groups << GROUPS_SHIFT)
}

/** Writes the child for `key` to an empty slot, of a list the one at `index`. */
export function putChild(words: Int32Array, node: number, index: number, key: number, child: number): void {
  const head = wordAt(words, node)
  if (isTable(head)) words[tableSlot(node, head, key)] = child
  else {
    pack(words, keysStart(node, head), index, key)
    words[slotsStart(node, head) + index] = child
  }
}
