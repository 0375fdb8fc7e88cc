/**
 * How one node of a radix tree lies in its block of 32-bit words:
 *
 *   word 0  ┌ counted (1 bit) │ terminal (1) │ children (9) │ label length (8) ┐  the head
 *           ├ references ──────────────────────────────────────────────────────┤  only when counted, else 0 or 1
 *           ├ label, 0-255 bytes ──────────────────────────────────────────────┤  padded with zeros to a word
 *           ├ keys, the byte that leads to each child, ascending ──────────────┤  see below
 *           └ one word per child, in the order of the keys ────────────────────┘  the index of its block
 *
 *   keys of up to 8 children:    │ k0 k1 k2 k3 │ k4 k5 k6 k7 │   a list, searched four at a time
 *   keys of 9 to 256 children:   │ 256 bits, one per byte │ r0 - r7 │   r: how many children the bits before have
 *
 * Bytes are packed with the first in the lowest bits, by shifts, so that the byte order of the machine does not matter.
 */

/** A longer stretch becomes a chain of nodes, which bounds what a split or a merge copies. */
export const LABEL_MAX = 255
export const ONE_CHILD = 1 << 8
export const TERMINAL = 1 << 17
export const COUNTED = 1 << 18
const COUNTED_SHIFT = 18

const LIST_MAX = 8
const BITS = 8
const BITMAP = BITS + 2

/** A counted node with the longest label and 256 children. */
export const BLOCK_MAX = 2 + 64 + BITMAP + 256
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
export const childCount = (head: number): number => (head >>> 8) & 0x1ff
export const labelStart = (node: number, head: number): number => node + 1 + (head >>> COUNTED_SHIFT)
export const keysStart = (node: number, head: number): number => labelStart(node, head) + wordsFor(labelLength(head))

export function childrenStart(node: number, head: number): number {
  const count = childCount(head)
  return keysStart(node, head) + (count > LIST_MAX ? BITMAP : wordsFor(count))
}

export const blockSize = (head: number): number => childrenStart(0, head) + childCount(head)

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
  const count = childCount(head)
  if (count > LIST_MAX) {
    const group = key >>> 5
    const bits = wordAt(words, keys + group)
    const bit = 1 << (key & 31)
    if ((bits & bit) === 0) return 0
    return keys + BITMAP + packedAt(words, keys + BITS, group) + bitCount(bits & (bit - 1))
  }
  const pattern = Math.imul(key, 0x01010101)
  const children = keys + wordsFor(count)
  for (let index = keys; index < children; index++) {
    // A byte equal to the key becomes zero, and the lowest zero byte raises the lowest flag.
    const difference = wordAt(words, index) ^ pattern
    const flags = (difference - 0x01010101) & ~difference & 0x80808080
    if (flags === 0) continue
    const child = ((index - keys) << 2) + ((31 - Math.clz32(flags & -flags)) >>> 3)
    // Beyond the last key is whatever was there before.
    return child < count ? children + child : 0
  }
  return 0
}

/** Puts the keys of a node, ascending, into `keys`. */
export function readKeys(words: Int32Array, node: number, keys: Uint8Array): void {
  const head = wordAt(words, node)
  const start = keysStart(node, head)
  const count = childCount(head)
  if (count <= LIST_MAX) {
    for (let index = 0; index < count; index++) keys[index] = packedAt(words, start, index)
    return
  }
  let index = 0
  for (let group = 0; group < BITS; group++) {
    for (let bits = wordAt(words, start + group); bits !== 0; bits &= bits - 1) {
      keys[index++] = (group << 5) + 31 - Math.clz32(bits & -bits)
    }
  }
}

/** Takes the keys of a node, ascending, from `keys`. */
export function writeKeys(words: Int32Array, node: number, keys: Uint8Array): void {
  const head = wordAt(words, node)
  const start = keysStart(node, head)
  const count = childCount(head)
  if (count <= LIST_MAX) {
    for (let index = 0; index < count; index++) pack(words, start, index, byteAt(keys, index))
    return
  }
  let index = 0
  for (let group = 0; group < BITS; group++) {
    pack(words, start + BITS, group, index)
    let bits = 0
    for (; index < count && byteAt(keys, index) >>> 5 === group; index++) bits |= 1 << (byteAt(keys, index) & 31)
    words[start + group] = bits
  }
}

function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
