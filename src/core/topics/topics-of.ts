/** Every topic of a radix tree. Walks with a stack of its own, so that no topic is too long. */
import { keyAt, labelLength, labelStart, packedAt, slotCount, slotsStart, TERMINAL, wordAt } from './node-layout.ts'
import type { RadixTree } from './radix-tree.ts'

/** Yields copies, each topic once. The tree must not change meanwhile. */
export function* topicsOf(tree: RadixTree): Generator<Uint8Array> {
  const { words } = tree
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
    for (let i = slotCount(head) - 1; i >= 0; i--) {
      const child = wordAt(words, slotsStart(node, head) + i)
      if (child !== 0) stack.push({ node: child, depth: path.length, key: keyAt(words, node, head, i) })
    }
  }
}
