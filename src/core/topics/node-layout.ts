/**
 * How one node of a radix tree lies in its block of 32-bit words:
 *
 *   word 0  ┌ counted (1 bit) │ … │ first key (8) │ table (1) │ terminal (1) │ slots (9) │ label length (8) ┐  the head
 *           ├ references ───────────────────────────────────────────────────────────────────────────────────┤  only when
 *           │                                                                              counted, else 0 or 1
 *           ├ label, 0-255 bytes, padded with zeros to a word ──────────────────────────────────────────────┤
 *           ├ keys, the byte that leads to each child, ascending ───────────────────────────────────────────┤  lists only
 *           └ slots, the index of a child's block in each ──────────────────────────────────────────────────┘
 *
 *   few or scattered children, a list:  │ k0 k1 k2 k3 │ k4 … │ n0 │ n1 │ … │       keys searched four at a time
 *   many close together, a table:       │ n(first) │ n(first + 1) │ 0 │ … │ n(last) │   a slot for every key in between
 *
 * Bytes are packed with the first in the lowest bits, by shifts, so that the byte order of the machine does not matter.
 */

/** A longer stretch becomes a chain of nodes, which bounds what a split or a merge copies. */
export const LABEL_MAX = 255
export const ONE_CHILD = 1 << 8
export const TERMINAL = 1 << 17
export const COUNTED = 1 << 31
const COUNTED_SHIFT = 31
const TABLE = 1 << 18
const FIRST_SHIFT = 19
const CHILDREN = (0xff << FIRST_SHIFT) | TABLE | (0x1ff << 8)

/** A list of so many is searched as fast as a table. */
const SHORT_LIST = 8
/** Slots of a table for each child, at most. */
const SPARSEST_TABLE = 4

/** A counted node with the longest label and 256 children. */
export const BLOCK_MAX = 2 + 64 + 256
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

const wordsFor = (bytes: number): number => (bytes + 3) >>> 2

export const labelLength = (head: number): number => head & 0xff
/** Of a list, as many as it has children; a table may have empty ones, and always has more than one child. */
export const slotCount = (head: number): number => (head >>> 8) & 0x1ff
export const isTable = (head: number): boolean => (head & TABLE) !== 0
const firstKey = (head: number): number => (head >>> FIRST_SHIFT) & 0xff
export const labelStart = (node: number, head: number): number => node + 1 + (head >>> COUNTED_SHIFT)
export const keysStart = (node: number, head: number): number => labelStart(node, head) + wordsFor(labelLength(head))

export const slotsStart = (node: number, head: number): number =>
  keysStart(node, head) + (isTable(head) ? 0 : wordsFor(slotCount(head)))

export const blockSize = (head: number): number => slotsStart(0, head) + slotCount(head)

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

/** The slot for `key`, empty or not, or 0 when the node is no table or has none for it. */
export function tableSlot(node: number, head: number, key: number): number {
  const index = key - firstKey(head)
  return isTable(head) && index >= 0 && index < slotCount(head) ? keysStart(node, head) + index : 0
}

/** The index of the word that points to the child for `key`, or 0 when there is none. */
export function findChild(words: Int32Array, node: number, head: number, key: number): number {
  const keys = keysStart(node, head)
  const count = slotCount(head)
  if (isTable(head)) {
    const slot = tableSlot(node, head, key)
    return slot !== 0 && wordAt(words, slot) !== 0 ? slot : 0
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

/** The children of a node: `nodes[i]` is the block that `keys[i]` leads to, keys ascending. */
export class Children {
  count = 0
  readonly keys = new Uint8Array(257)
  readonly nodes = new Int32Array(257)

  read(words: Int32Array, node: number): this {
    const head = wordAt(words, node)
    const keys = keysStart(node, head)
    const slots = slotsStart(node, head)
    this.count = 0
    for (let index = 0; index < slotCount(head); index++) {
      const child = wordAt(words, slots + index)
      if (child !== 0) this.#push(isTable(head) ? firstKey(head) + index : packedAt(words, keys, index), child)
    }
    return this
  }

  add(key: number, node: number): void {
    let index = this.count++
    for (; index > 0 && byteAt(this.keys, index - 1) > key; index--) {
      this.keys[index] = byteAt(this.keys, index - 1)
      this.nodes[index] = wordAt(this.nodes, index - 1)
    }
    this.keys[index] = key
    this.nodes[index] = node
  }

  drop(key: number): void {
    const index = this.keys.indexOf(key)
    this.keys.copyWithin(index, index + 1, this.count)
    this.nodes.copyWithin(index, index + 1, this.count)
    this.count--
  }

  /** `head` of a node that has these children. */
  headOf(head: number): number {
    const front = head & ~CHILDREN
    const first = byteAt(this.keys, 0)
    const span = byteAt(this.keys, this.count - 1) - first + 1
    if (this.count <= SHORT_LIST || span > SPARSEST_TABLE * this.count) return front | (this.count << 8)
    return front | (span << 8) | TABLE | (first << FIRST_SHIFT)
  }

  /** Fills in the children of a node that `headOf` made the head of. */
  write(words: Int32Array, node: number): void {
    const head = wordAt(words, node)
    const keys = keysStart(node, head)
    const slots = slotsStart(node, head)
    if (isTable(head)) words.fill(0, slots, slots + slotCount(head))
    for (let index = 0; index < this.count; index++) {
      const key = byteAt(this.keys, index)
      if (!isTable(head)) pack(words, keys, index, key)
      words[slots + (isTable(head) ? key - firstKey(head) : index)] = wordAt(this.nodes, index)
    }
  }

  #push(key: number, node: number): void {
    this.keys[this.count] = key
    this.nodes[this.count++] = node
  }
}
