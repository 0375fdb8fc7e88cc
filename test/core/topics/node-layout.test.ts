/** How the children of a node are kept: a list of a few or scattered ones, a table of many close together. */
import { describe, expect, it } from 'vitest'
import { addChild, dropChild } from '../../../src/core/topics/node-edits.ts'
import { childCount, findChild, isTable, slotCount, wordAt } from '../../../src/core/topics/node-layout.ts'
import { NodePool } from '../../../src/core/topics/node-pool.ts'
import { nodesOf } from './topics.ts'

const ROOT = 0
const every = Array.from({ length: 256 }, (_, key) => key)

/** A root with a leaf for each key. */
function poolOf(keys: readonly number[]): NodePool {
  const pool = new NodePool()
  pool.reserve(100_000)
  for (const key of keys) addChild(pool, ROOT, key, pool.allocate(0))
  return pool
}

const rootOf = ({ words }: NodePool): number => wordAt(words, wordAt(words, ROOT))

/** `count` keys from `first` on, `step` apart, and one more. */
const apart = (count: number, step: number, first: number, last: number): number[] => [
  ...Array.from({ length: count }, (_, index) => first + step * index),
  last
]

describe('the children of a node', () => {
  it('PS-25 are a list while there are eight, and a table in groups of eight where nine or more lie close together', () => {
    for (const [keys, table, slots] of [
      [apart(2, 1, 0, 2), false, 4],
      [apart(3, 1, 0, 3), false, 4],
      [apart(4, 1, 0, 4), false, 8],
      [apart(7, 1, 0, 7), false, 8],
      [apart(8, 1, 0, 8), true, 16],
      [apart(8, 1, 15, 36), true, 32],
      [apart(8, 4, 96, 131), false, 12],
      [apart(254, 1, 0, 255), true, 256]
    ] as const) {
      const head = rootOf(poolOf(keys))
      expect([isTable(head), slotCount(head), childCount(head)], `${keys}`).toEqual([table, slots, keys.length])
    }
  })

  it('PS-25 need no other block while they come to a table and go, until few are left', () => {
    const pool = poolOf(apart(8, 1, 0, 8))
    const node = wordAt(pool.words, ROOT)
    for (const key of [9, 15]) addChild(pool, ROOT, key, pool.allocate(0))
    for (const key of [0, 15, 8, 4, 1, 9]) dropChild(pool, ROOT, key)
    expect(wordAt(pool.words, ROOT)).toBe(node)
    dropChild(pool, ROOT, 2)
    expect([isTable(rootOf(pool)), slotCount(rootOf(pool))]).toEqual([false, 4])
  })

  it('PS-25 leave a table that they have become too few for', () => {
    const pool = poolOf(every)
    for (let key = 0; key < 225; key++) dropChild(pool, ROOT, key)
    expect([isTable(rootOf(pool)), slotCount(rootOf(pool))]).toEqual([true, 32])
    const scattered = poolOf(every)
    for (let key = 0; key < 256; key++) if (key % 8 !== 0) dropChild(scattered, ROOT, key)
    expect([isTable(rootOf(scattered)), childCount(rootOf(scattered))]).toEqual([true, 32])
    dropChild(scattered, ROOT, 64)
    expect([isTable(rootOf(scattered)), childCount(rootOf(scattered))]).toEqual([false, 31])
  })

  it('PS-07 are found by their keys and by no others, in whatever order they came and went', () => {
    for (const keys of [
      [],
      [7],
      [0, 255, 127, 128],
      [1, 0, 2, 4, 3],
      [255, 0, 17, 16, 18, 128, 127, 129],
      apart(8, 4, 100, 135),
      apart(8, 20, 0, 255),
      Array.from({ length: 256 }, (_, index) => (index * 167 + 13) & 0xff)
    ]) {
      const pool = poolOf(keys)
      const { words } = pool
      for (let left = keys.length; ; left--) {
        const members = keys.slice(0, left)
        const node = wordAt(words, ROOT)
        const found = every.filter((key) => findChild(words, node, wordAt(words, node), key) !== 0)
        expect(found).toEqual([...members].sort((a, b) => a - b))
        const [root] = nodesOf(words)
        expect([...(root?.keys ?? [])].sort((a, b) => a - b)).toEqual(found)
        if (left === 0) break
        dropChild(pool, ROOT, keys[left - 1] as number)
      }
    }
  })
})
