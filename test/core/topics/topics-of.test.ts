/** Walking a tree yields what was put in, each topic once. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RadixTree } from '../../../src/core/topics/radix-tree.ts'
import { topicsOf } from '../../../src/core/topics/topics-of.ts'

const sorted = (topics: Iterable<Uint8Array>): string[] =>
  Array.from(topics, (one) => Buffer.from(one).toString('hex')).sort()

it('yields every topic once, however often it is subscribed', () => {
  const topic = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.uint8Array({ maxLength: 600 }),
    fc.integer({ min: 0, max: 255 }).map((byte) => Uint8Array.of(7, byte))
  )
  fc.assert(
    fc.property(fc.array(topic, { maxLength: 300 }), fc.array(fc.nat(), { maxLength: 50 }), (topics, removed) => {
      const tree = new RadixTree()
      const left = new Map<string, number>()
      const count = (one: Uint8Array, by: number): void => {
        const key = Buffer.from(one).toString('hex')
        const now = (left.get(key) ?? 0) + by
        if (now > 0) left.set(key, now)
        else left.delete(key)
      }
      for (const one of topics) {
        tree.add(one)
        count(one, 1)
      }
      for (const index of removed) {
        const one = topics[index % Math.max(1, topics.length)]
        if (one !== undefined && tree.remove(one)) count(one, -1)
      }
      expect(sorted(topicsOf(tree))).toEqual([...left.keys()].sort())
    }),
    { numRuns: 50 }
  )
})

it('yields a topic of a megabyte', () => {
  const tree = new RadixTree()
  tree.add(Buffer.alloc(1_000_000, 1))
  expect([...topicsOf(tree)].map(({ length }) => length)).toEqual([1_000_000])
})
