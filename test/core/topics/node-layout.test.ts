/** How the children of a node are kept: a list of a few or scattered ones, a table of many close together. */
import { describe, expect, it } from 'vitest'
import { Children, findChild, isTable, slotCount, slotsStart } from '../../../src/core/topics/node-layout.ts'

/** Children for these keys, each the block of ten times its key. */
function childrenOf(keys: readonly number[]): Children {
  const children = new Children()
  for (const key of keys) children.add(key, 10 * key)
  return children
}

/** `count` keys from `first` on, `step` apart, and one more. */
const apart = (count: number, step: number, first: number, last: number): number[] => [
  ...Array.from({ length: count }, (_, index) => first + step * index),
  last
]

describe('the children of a node', () => {
  it('PS-25 are a list while there are eight, and a table where nine or more lie close together', () => {
    for (const [keys, slots] of [
      [apart(7, 1, 0, 7), undefined],
      [apart(8, 1, 0, 8), 9],
      [apart(8, 4, 100, 135), 36],
      [apart(8, 4, 100, 136), undefined],
      [apart(254, 1, 0, 255), 256]
    ] as const) {
      const head = childrenOf(keys).headOf(0)
      expect([isTable(head), slotCount(head)]).toEqual([slots !== undefined, slots ?? keys.length])
    }
  })

  it('PS-07 are found by their keys and by no others, in whatever order they came', () => {
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
      const children = childrenOf(keys.filter((key) => key !== 0))
      if (keys.includes(0)) children.add(0, 10_000)
      // A block is made of what others left.
      const words = new Int32Array(400).fill(-1)
      const node = 5
      const head = keys.length === 0 ? 0 : children.headOf(0)
      words[node] = head
      if (keys.length > 0) children.write(words, node)
      const found = (key: number): number | undefined => {
        const slot = findChild(words, node, head, key)
        return slot === 0 ? undefined : words[slot]
      }
      for (let key = 0; key < 256; key++) {
        expect(found(key), `${key} of ${keys.length}`).toBe(keys.includes(key) ? 10 * key || 10_000 : undefined)
      }
      expect(words[slotsStart(node, head) + slotCount(head)]).toBe(-1)
      const read = new Children().read(words, node)
      expect([...read.keys.subarray(0, read.count)]).toEqual([...keys].sort((a, b) => a - b))
    }
  })
})
