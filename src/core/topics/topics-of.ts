/** Every topic of a radix tree. Walks with a stack of its own, so that no topic is too long. */
import { Children, labelLength, labelStart, packedAt, TERMINAL, wordAt } from './node-layout.ts'
import type { RadixTree } from './radix-tree.ts'

/** Yields copies, each topic once. The tree must not change meanwhile. */
export function* topicsOf(tree: RadixTree): Generator<Uint8Array> {
  const { words } = tree
  const children = new Children()
  const path: number[] = []
  const stack = [{ node: wordAt(words, 0), depth: 0, key: -1 }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, depth, key } = top
    path.length = depth
    if (key >= 0) path.push(key)
    const head = wordAt(words, node)
    const label = labelStart(node, head)
    for (let i = 0; i < labelLength(head); i++) path.push(packedAt(words, label, i))
    if ((head & TERMINAL) !== 0) yield Uint8Array.from(path)
    const { count, keys, nodes } = children.read(words, node)
    for (let i = count - 1; i >= 0; i--) {
      stack.push({ node: wordAt(nodes, i), depth: path.length, key: keys[i] as number })
    }
  }
}
