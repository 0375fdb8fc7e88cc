import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RadixTree } from '../../../src/core/topics/radix-tree.ts'
import { bytes, matches, repeat } from './topics.ts'

function treeOf(...topics: string[]): RadixTree {
  const tree = new RadixTree()
  for (const topic of topics) tree.add(bytes(topic))
  return tree
}

/** The messages among `candidates` that a tree lets through. */
const passing = (tree: RadixTree, candidates: string[]): string[] => candidates.filter((text) => matches(tree, text))

describe('matching', () => {
  it('PS-04 a message matches when it begins with a topic', () => {
    expect(passing(treeOf('ABC'), ['ABC', 'ABCD', 'AB', 'abc', 'XABC', ''])).toEqual(['ABC', 'ABCD'])
  })

  it('PS-04 the empty topic matches everything, the empty message included', () => {
    expect(passing(treeOf(''), ['', 'A', 'ABC'])).toEqual(['', 'A', 'ABC'])
  })

  it('PS-04 without topics nothing matches', () => {
    expect(passing(treeOf(), ['', 'A'])).toEqual([])
  })

  it('PS-05 a message shorter than a topic does not match, whatever follows it in the buffer', () => {
    const tree = treeOf('hello')
    const buffer = bytes('xxhello')
    expect(tree.match(buffer, 2, 7)).toBe(true)
    for (let end = 2; end < 7; end++) expect(tree.match(buffer, 2, end)).toBe(false)
  })

  it('PS-05 reads no byte outside the message', () => {
    const body = bytes('..abcdefgh..')
    const [start, end] = [2, 10]
    const guarded = new Proxy(body, {
      get(target, name) {
        const index = Number(name)
        if (index < start || index >= end) throw new Error(`read byte ${index}`)
        return target[index]
      }
    })
    const topics = Array.from({ length: 12 }, (_, length) => 'abcdefghijkl'.slice(0, length + 1))
    for (const topic of topics) expect(treeOf(topic).match(guarded, start, end)).toBe(topic.length <= 8)
    expect(treeOf(...topics.slice(8), 'ax', 'abx', 'abcdefgz').match(guarded, start, end)).toBe(false)
    expect(treeOf('abcdefghi', 'abcdefghx').match(guarded, start, end)).toBe(false)
  })
})

describe('topics', () => {
  for (const length of [1, 35, 255, 256, 257, 511, 512, 10_000]) {
    it(`PS-06 a topic of ${length} bytes works`, () => {
      for (const byte of [0x00, 0x61, 0x80, 0xff]) {
        const tree = new RadixTree()
        const topic = repeat(byte, length)
        expect(tree.add(topic)).toBe(true)
        expect(matches(tree, topic)).toBe(true)
        expect(matches(tree, repeat(byte, length + 1))).toBe(true)
        expect(matches(tree, repeat(byte, length - 1))).toBe(false)
        const other = repeat(byte, length)
        other[length - 1] = byte ^ 1
        expect(matches(tree, other)).toBe(false)
        expect(tree.remove(other)).toBe(false)
        expect(tree.remove(topic)).toBe(true)
        expect(matches(tree, topic)).toBe(false)
      }
    })
  }

  it('PS-06 keeps its own copy of a topic', () => {
    const tree = new RadixTree()
    const topic = bytes('topic')
    tree.add(topic)
    topic.fill(0)
    expect(matches(tree, 'topic')).toBe(true)
  })

  for (const children of [1, 2, 4, 5, 8, 9, 16, 17, 32, 255, 256]) {
    it(`PS-07 a node with ${children} children matches members and nothing else, growing and shrinking`, () => {
      // Multiplying by an odd number visits all bytes in an order that is neither rising nor falling.
      const order = Array.from({ length: 256 }, (_, index) => (index * 167 + 13) & 0xff)
      const members = order.slice(0, children)
      for (const prefix of ['', 'prefix']) {
        const tree = new RadixTree()
        const topic = (byte: number): Uint8Array => Uint8Array.of(...bytes(prefix), byte, 0x21)
        const found = (): number[] => order.filter((byte) => matches(tree, topic(byte)))
        for (const byte of members) tree.add(topic(byte))
        expect(found()).toEqual(members)
        for (const [index, byte] of members.entries()) {
          expect(tree.remove(topic(byte))).toBe(true)
          if (index % 8 === 0 || children - index < 20) expect(found()).toEqual(members.slice(index + 1))
        }
        expect(tree.size).toBe(0)
      }
    })
  }

  it('PS-07 an emptied tree matches nothing and can be filled again', () => {
    const tree = treeOf('abc', 'abd', '')
    for (const topic of ['', 'abd', 'abc']) tree.remove(bytes(topic))
    expect(passing(tree, ['', 'abc', 'abd'])).toEqual([])
    tree.add(bytes('abc'))
    expect(passing(tree, ['', 'abc', 'abd'])).toEqual(['abc'])
  })

  it('PS-07 clear forgets every topic', () => {
    const tree = treeOf('abc', 'abd')
    tree.clear()
    expect(tree.size).toBe(0)
    expect(passing(tree, ['', 'abc', 'abd'])).toEqual([])
    expect(tree.add(bytes('abc'))).toBe(true)
  })
})

describe('references', () => {
  it('PS-09 two subscribes need two unsubscribes', () => {
    const tree = treeOf('abc', 'abc')
    expect(tree.size).toBe(1)
    expect(tree.remove(bytes('abc'))).toBe(true)
    expect(matches(tree, 'abc')).toBe(true)
    expect(tree.remove(bytes('abc'))).toBe(true)
    expect(matches(tree, 'abc')).toBe(false)
    expect(tree.remove(bytes('abc'))).toBe(false)
  })

  it('PS-09 a topic keeps its count while the tree around it splits and merges', () => {
    const tree = treeOf('abcdef', 'abcdef', 'abcdef')
    for (const topic of ['abc', 'abcx', 'abcdefgh']) tree.add(bytes(topic))
    for (const topic of ['abc', 'abcx', 'abcdefgh']) tree.remove(bytes(topic))
    expect([1, 2, 3, 4].map(() => tree.remove(bytes('abcdef')))).toEqual([true, true, true, false])
  })

  it('PS-09 add says whether the topic is new', () => {
    const tree = new RadixTree()
    expect(['a', 'ab', 'a', '', ''].map((topic) => tree.add(bytes(topic)))).toEqual([true, true, false, true, false])
    expect(tree.size).toBe(3)
  })

  it('PS-10 remove is false when not subscribed, also without any topic', () => {
    expect(treeOf().remove(bytes(''))).toBe(false)
    expect(treeOf().remove(bytes('a'))).toBe(false)
    expect(treeOf('abc').remove(bytes('abcd'))).toBe(false)
    expect(treeOf('abc').remove(bytes('abd'))).toBe(false)
  })

  it('PS-11 removing a shorter prefix leaves longer topics alone', () => {
    const one = treeOf('abc')
    expect(one.remove(bytes(''))).toBe(false)
    expect(one.remove(bytes('ab'))).toBe(false)
    expect(passing(one, ['', 'ab', 'abc'])).toEqual(['abc'])

    const two = treeOf('abcde', 'abxyz')
    for (const prefix of ['ab', 'abc', 'abcd']) expect(two.remove(bytes(prefix))).toBe(false)
    two.add(bytes('abc'))
    expect(two.remove(bytes('abc'))).toBe(true)
    expect(passing(two, ['abc', 'abcde', 'abxyz'])).toEqual(['abcde', 'abxyz'])
  })
})

/** Counted prefixes in a plain list: slow and obviously right. */
class Model {
  readonly counts = new Map<string, number>()

  add(topic: string): boolean {
    const count = this.counts.get(topic) ?? 0
    this.counts.set(topic, count + 1)
    return count === 0
  }

  remove(topic: string): boolean {
    const count = this.counts.get(topic) ?? 0
    if (count > 1) this.counts.set(topic, count - 1)
    else this.counts.delete(topic)
    return count > 0
  }

  match(message: string): boolean {
    return [...this.counts.keys()].some((topic) => message.startsWith(topic))
  }
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Half a million of these in a run: the slow comparison is for the message of a failure. */
function same(found: boolean | number, expected: boolean | number): void {
  if (found !== expected) expect(found).toBe(expected)
}

function agrees(topics: fc.Arbitrary<string>, numRuns: number, maxLength: number): void {
  // More adds than removes, so that the tree grows; the draining at the end takes it apart.
  const step = fc.tuple(fc.constantFrom('add', 'add', 'remove', 'match'), topics)
  fc.assert(
    fc.property(fc.array(step, { maxLength, size: 'max' }), (steps) => {
      const tree = new RadixTree()
      const model = new Model()
      for (const [action, topic] of steps) {
        const key = latin1(topic)
        if (action === 'add') same(tree.add(key), model.add(topic))
        else if (action === 'remove') same(tree.remove(key), model.remove(topic))
        else same(tree.match(key, 0, key.length), model.match(topic))
        same(tree.size, model.counts.size)
      }
      for (const [, topic] of steps) {
        const padded = latin1(`a${topic}a`)
        same(tree.match(padded, 1, padded.length), model.match(`${topic}a`))
        same(tree.match(padded, 1, padded.length - 1), model.match(topic))
      }
      for (const [, topic] of steps) {
        same(tree.remove(latin1(topic)), model.remove(topic))
        same(tree.match(latin1(topic), 0, topic.length), model.match(topic))
      }
    }),
    { numRuns }
  )
}

describe('PS-08 random subscribe, unsubscribe and match agree with a list of counted prefixes', () => {
  const few = fc.constantFrom('a', 'b', '\x00', '\x80', '\xff')
  const any = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte))
  const long = fc.constantFrom(3, 100, 254, 255, 256, 300, 600).map((length) => 'a'.repeat(length))

  it('with topics that share most bytes', () => {
    agrees(fc.string({ unit: few, maxLength: 7 }), 400, 120)
  })

  it('with nodes of up to 256 children', () => {
    agrees(fc.string({ unit: any, minLength: 1, maxLength: 2 }), 60, 400)
  })

  it('with topics longer than a label', () => {
    agrees(
      fc.array(fc.oneof(few, long), { maxLength: 5 }).map((parts) => parts.join('')),
      150,
      60
    )
  })
})
