/** Topics of bytes, for the tests of the radix tree. */
import {
  Children,
  labelLength,
  labelStart,
  packedAt,
  references,
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
  const { keys, nodes, count } = new Children().read(words, at)
  return {
    at,
    head,
    label: Array.from({ length: labelLength(head) }, (_, index) => packedAt(words, labelStart(at, head), index)),
    references: references(words, at),
    keys: [...keys.subarray(0, count)],
    children: Array.from(nodes.subarray(0, count), (child) => nodeAt(words, child))
  }
}

/** A node and all below it, each before its children. */
export const flat = (node: Node): Node[] => [node, ...node.children.flatMap(flat)]

export function nodesOf(words: Int32Array): Node[] {
  return flat(nodeAt(words, wordAt(words, 0)))
}

/** What does not depend on where the nodes lie. */
export function shapeOf(words: Int32Array): unknown[] {
  return nodesOf(words).map(({ label, references, keys }) => ({ label, references, keys }))
}
