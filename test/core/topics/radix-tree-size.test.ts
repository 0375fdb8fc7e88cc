/** Many and long topics: what they cost, and that they give it back. Apart from the others, since it takes seconds. */
import { describe, expect, it } from 'vitest'
import { RadixTree } from '../../../src/core/topics/radix-tree.ts'
import { bytes, matches, repeat } from './topics.ts'

describe('size', () => {
  it('PS-25 a million topics take at most 64 bytes each, all match, and removing them gives the memory back', () => {
    const count = 1_000_000
    const tree = new RadixTree()
    const topic = new Uint8Array(12)
    /** Bytes that look random and differ for every index. */
    const write = (index: number): void => {
      let state = Math.imul(index + 1, 0x9e3779b1)
      for (let at = 0; at < topic.length; at++) {
        topic[at] = state >>> 24
        state = Math.imul(state, 0x01000193) + index + at
      }
    }
    const passed = (step: number, test: () => boolean): number => {
      let passes = 0
      for (let index = 0; index < count; index += step) {
        write(index)
        if (test()) passes++
      }
      return passes * step
    }
    expect(passed(1, () => tree.add(topic))).toBe(count)
    expect(tree.size).toBe(count)
    expect(tree.memory / count).toBeLessThanOrEqual(64)
    expect(passed(5, () => tree.match(topic, 0, topic.length))).toBe(count)
    expect(passed(5, () => tree.match(topic, 0, topic.length - 1))).toBe(0)
    expect(passed(1, () => tree.remove(topic))).toBe(count)
    expect(tree.size).toBe(0)
    expect(tree.memory).toBeLessThan(16_384)
  }, 60_000)

  it('PS-25 topics that come and go leave no garbage behind', () => {
    const tree = new RadixTree()
    const topic = (index: number): Uint8Array => bytes(`sensor/${index}/${'x'.repeat(index % 29)}`)
    for (let index = 0; index < 2_000; index++) tree.add(topic(index))
    const before = tree.memory
    for (let index = 2_000; index < 100_000; index++) {
      tree.add(topic(index))
      tree.remove(topic(index - 2_000))
    }
    expect(tree.size).toBe(2_000)
    expect(tree.memory).toBeLessThan(before * 2)
  })

  it('HOST-15 a topic of 1 MiB works', () => {
    const tree = new RadixTree()
    const topic = repeat(0x61, 1_048_576)
    tree.add(topic)
    tree.add(bytes('aaab'))
    tree.add(topic.subarray(0, 500_000))
    expect(matches(tree, topic)).toBe(true)
    expect(tree.remove(topic.subarray(0, 500_000))).toBe(true)
    expect(matches(tree, topic)).toBe(true)
    expect(matches(tree, topic.subarray(1))).toBe(false)
    expect(tree.remove(topic)).toBe(true)
    expect(matches(tree, topic)).toBe(false)
    expect(matches(tree, 'aaab')).toBe(true)
  })

  it('HOST-15 prefixes nested 12 000 deep do not overflow the stack', () => {
    const depth = 12_000
    const topic = repeat(0x61, depth)
    const tree = new RadixTree()
    for (let length = depth; length > 0; length--) tree.add(topic.subarray(0, length))
    expect(tree.size).toBe(depth)
    for (let length = 1; length < depth; length++) tree.remove(topic.subarray(0, length))
    expect(matches(tree, topic.subarray(0, depth - 1))).toBe(false)
    expect(matches(tree, topic)).toBe(true)
    // The one topic left is stored as if the others had never been there.
    expect(tree.memory).toBeLessThan(depth * 4)
  }, 30_000)

  it('HOST-15 a million prefixes in fifty thousand nests of twenty work', () => {
    const tree = new RadixTree()
    const topic = repeat(0x61, 22)
    const each = (visit: (prefix: Uint8Array) => boolean): boolean => {
      let all = true
      for (let nest = 0; nest < 50_000; nest++) {
        topic[0] = nest >>> 8
        topic[1] = nest & 0xff
        for (let length = 3; length <= 22; length++) all = visit(topic.subarray(0, length)) && all
      }
      return all
    }
    expect(each((prefix) => tree.add(prefix))).toBe(true)
    expect(tree.size).toBe(1_000_000)
    expect(each((prefix) => matches(tree, prefix))).toBe(true)
    expect(each((prefix) => tree.remove(prefix))).toBe(true)
    expect(tree.size).toBe(0)
  }, 60_000)
})
