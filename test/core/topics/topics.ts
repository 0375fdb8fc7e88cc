/** Topics of bytes, for the tests of the radix tree. */
import {
  keyAt,
  labelLength,
  labelStart,
  packedAt,
  references,
  slotCount,
  slotsStart,
  wordAt
} from '../../../src/core/topics/node-layout.ts'
import type { RadixTree } from '../../../src/core/topics/radix-tree.ts'

const encoder = new TextEncoder()
export const bytes = (text: string): Uint8Array => encoder.encode(text)
export const repeat = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)

export function matches(tree: RadixTree, message: string | Uint8Array): boolean {
  const body = typeof message === 'string' ? bytes(message) : message
  return tree.match(body, 0, body.length)
}

export interface Node {
  readonly at: number
  readonly head: number
  readonly label: readonly number[]
  readonly references: number
  readonly keys: readonly number[]
  readonly children: readonly Node[]
}

/** The node at a place of the memory of a tree, and all below it. */
function nodeAt(words: Int32Array, at: number): Node {
  const head = wordAt(words, at)
  const filled = Array.from({ length: slotCount(head) }, (_, index) => index).filter(
    (index) => wordAt(words, slotsStart(at, head) + index) !== 0
  )
  return {
    at,
    head,
    label: Array.from({ length: labelLength(head) }, (_, index) => packedAt(words, labelStart(at, head), index)),
    references: references(words, at),
    keys: filled.map((index) => keyAt(words, at, head, index)),
    children: filled.map((index) => nodeAt(words, wordAt(words, slotsStart(at, head) + index)))
  }
}

/** A node and all below it, each before its children. */
const flat = (node: Node): Node[] => [node, ...node.children.flatMap(flat)]

export function nodesOf(words: Int32Array): Node[] {
  return flat(nodeAt(words, wordAt(words, 0)))
}

/** What does not depend on where the nodes lie, nor on the order in which children came. */
export function shapeOf(words: Int32Array): unknown {
  const shape = ({ label, references, keys, children }: Node): unknown => ({
    label,
    references,
    children: Object.fromEntries(keys.map((key, index) => [key, shape(children[index] as Node)]))
  })
  return shape(nodeAt(words, wordAt(words, 0)))
}
