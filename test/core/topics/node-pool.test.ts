/** The memory of a radix tree: blocks are used again, and a move puts them in the order in which a match reads them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BLOCK_MAX,
  blockSize,
  COUNTED,
  isTable,
  LABEL_MAX,
  labelLength,
  wordAt
} from '../../../src/core/topics/node-layout.ts'
import { NodePool } from '../../../src/core/topics/node-pool.ts'
import { RadixTree } from '../../../src/core/topics/radix-tree.ts'
import { bytes, nodesOf, repeat, shapeOf } from './topics.ts'

/** Adds topics until the tree has moved to another array at least twice. */
function moved(topic: (index: number) => Uint8Array): { tree: RadixTree; count: number } {
  const tree = new RadixTree()
  let [count, moves] = [0, 0]
  for (let { words } = tree; moves < 2; count++) {
    tree.add(topic(count))
    if (tree.words !== words) moves++
    words = tree.words
  }
  return { tree, count }
}

/** Words of all blocks that are in use. */
const used = (tree: RadixTree): number => nodesOf(tree.words).reduce((sum, { head }) => sum + blockSize(head), 0)

/** The head of a node with a child for every byte. */
const table = ((): number => {
  const tree = new RadixTree()
  for (let key = 0; key < 256; key++) tree.add(Uint8Array.of(key))
  return wordAt(tree.words, wordAt(tree.words, 0))
})()

describe('the pool', () => {
  it('PS-25 gives a released block to the next that needs one of its size', () => {
    const pool = new NodePool()
    pool.reserve(100)
    const [first, second] = [pool.allocate(LABEL_MAX), pool.allocate(LABEL_MAX)]
    const other = pool.allocate(4)
    for (const node of [first, other, second]) pool.release(node)
    expect([pool.allocate(LABEL_MAX), pool.allocate(4), pool.allocate(LABEL_MAX)]).toEqual([second, other, first])
    expect(pool.allocate(4)).toBe(second + blockSize(LABEL_MAX) + blockSize(4))
  })

  it('PS-25 keeps where it is what it has room for', () => {
    const pool = new NodePool()
    pool.reserve(100)
    const { words } = pool
    // Of 2048 words, one points to the root, which takes another.
    pool.reserve(2046)
    expect(pool.words).toBe(words)
    pool.reserve(2047)
    expect(pool.words).not.toBe(words)
  })

  it('begins with an empty root, in as much memory as it says', () => {
    const { words, memory } = new NodePool()
    const [root] = words
    expect([root, words[root as number], words.length]).toEqual([1, 0, 2])
    // The array, and a word for each size of a block.
    expect(memory).toBe(4 * (2 + BLOCK_MAX + 1))
  })

  it('PS-25 gives a released block of the largest size to the next of that size', () => {
    const largest = COUNTED | LABEL_MAX | table
    const pool = new NodePool()
    pool.reserve(2 * BLOCK_MAX)
    const node = pool.allocate(largest)
    expect(blockSize(largest)).toBe(BLOCK_MAX)
    pool.release(node)
    expect(pool.allocate(largest)).toBe(node)
  })

  it('PS-25 keeps its array while a quarter of it is used, and not when a word of that is missing', () => {
    const pool = new NodePool()
    pool.reserve(2997)
    const { words } = pool
    const nodes = Array.from({ length: 748 }, () => pool.allocate(0))
    // In use are these, the root and what points to it.
    expect(words).toHaveLength(4 * (2 + nodes.length))
    pool.shrink()
    expect(pool.words).toBe(words)
    pool.release(nodes[0] as number)
    pool.shrink()
    expect(pool.words).toHaveLength(2048)
  })

  it('keeps the tables that lie below lists alone when it moves', () => {
    const tree = new RadixTree()
    const topics = Array.from({ length: 48 }, (_, index) =>
      Uint8Array.of(index & 1, 1, (index >> 1) & 1, 2, 3 * (index >> 2))
    )
    for (const topic of topics) tree.add(topic)
    const before = shapeOf(tree.words)
    const { words } = tree
    tree.add(repeat(0xff, 100_000))
    tree.remove(repeat(0xff, 100_000))
    expect(tree.words).not.toBe(words)
    expect(nodesOf(tree.words).filter(({ head }) => isTable(head))).toHaveLength(4)
    expect(shapeOf(tree.words)).toEqual(before)
  })

  it('PS-25 leaves every block where it is when it grows, unless there are many to win back', () => {
    const pool = new NodePool()
    pool.reserve(2048)
    const nodes = Array.from({ length: 20 }, () => pool.allocate(LABEL_MAX))
    pool.reserve(4096)
    expect(nodes.map((node) => pool.words[node])).toEqual(nodes.map(() => LABEL_MAX))
    for (const node of nodes.slice(10)) pool.release(node)
    pool.reserve(16_384)
    // None of them hangs on the root, which is all that a walk finds.
    expect(pool.allocate(0)).toBe(2)
  })

  it('PS-25 gives memory back when three quarters are not used any more, and not before', () => {
    const topic = (index: number): Uint8Array => bytes(`${index} ${'x'.repeat(100)}`)
    const { tree, count } = moved(topic)
    const arrays = new Set([tree.words])
    for (let left = count - 1; left >= 0; left--) {
      tree.remove(topic(left))
      arrays.add(tree.words)
      const { length } = tree.words
      if (length > 2048) expect(used(tree) * 4).toBeGreaterThanOrEqual(length)
    }
    expect(arrays.size).toBeLessThan(5)
    expect(tree.words).toHaveLength(2048)
    expect(tree.memory).toBeLessThan(16_384)
  })

  it('PS-25 needs no more memory for topics that come while others go', () => {
    const topic = (index: number): Uint8Array => bytes(`sensor/${index}/${'x'.repeat(index % 29)}`)
    const tree = new RadixTree()
    for (let index = 0; index < 300; index++) tree.add(topic(index))
    const before = tree.memory
    for (let index = 300; index < 3000; index++) {
      tree.add(topic(index))
      tree.remove(topic(index - 300))
    }
    expect(tree.memory).toBeLessThan(before * 2)
  })

  it('lays each node right before what is below it when it moves, in the order of its slots', () => {
    const tree = new RadixTree()
    const passing = repeat(0xff, 100_000)
    tree.add(passing)
    for (let index = 0; index < 432; index++) {
      const mixed = (index * 167) % 432
      // A list of three leads to tables of twelve, and below each of their keys are a list of three and lists of four.
      const [a, b, c, d] = [mixed % 3, Math.floor(mixed / 3) % 12, Math.floor(mixed / 36) % 3, Math.floor(mixed / 108)]
      tree.add(Uint8Array.of(a, 1, b, 2, c, 3, d))
    }
    tree.remove(passing)
    const nodes = nodesOf(tree.words)
    expect(nodes).toHaveLength(1 + 3 + 3 * 12 + 3 * 12 * 3 + 432)
    let at = 1
    for (const node of nodes) {
      expect(node.at).toBe(at)
      at += blockSize(node.head)
    }
  })
})

describe('a tree', () => {
  const few = fc.constantFrom('a', 'b', '\x00', '\xff')
  const topics = fc.array(fc.string({ unit: few, maxLength: 6 }).map(bytes), { maxLength: 60 })

  it('PS-11 is made of the same nodes as one that never had the topics which are gone', () => {
    fc.assert(
      fc.property(topics, topics, (stay, go) => {
        const [tree, emptied, other] = [new RadixTree(), new RadixTree(), new RadixTree()]
        for (const topic of [...go, ...stay]) tree.add(topic)
        for (const topic of go) tree.remove(topic)
        for (const topic of go) emptied.add(topic)
        for (const topic of go) emptied.remove(topic)
        for (const topic of stay) for (const one of [emptied, other]) one.add(topic)
        for (const one of [tree, emptied]) expect(shapeOf(one.words)).toEqual(shapeOf(other.words))
      })
    )
  })

  it('PS-06 joins nodes up to the longest label, and no further', () => {
    for (const [length, labels] of [
      [256, [0, 255]],
      [257, [0, 155, 100]]
    ] as const) {
      const tree = new RadixTree()
      tree.add(repeat(1, 156))
      tree.add(repeat(1, length))
      tree.remove(repeat(1, 156))
      expect(nodesOf(tree.words).map(({ head }) => labelLength(head))).toEqual(labels)
    }
  })

  it('PS-09 keeps the counts of its topics when it moves', () => {
    const { tree, count } = moved((index) => bytes(`${index >> 1}`))
    for (let index = 0; index < count; index += 2) {
      expect([1, 2, 3].map(() => tree.remove(bytes(`${index >> 1}`)))).toEqual([true, index + 1 < count, false])
    }
    expect(nodesOf(tree.words)).toHaveLength(1)
  })
})
