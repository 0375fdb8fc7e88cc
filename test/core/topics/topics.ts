/** Topics of bytes, for the tests of the radix tree. */
import type { RadixTree } from '../../../src/core/topics/radix-tree.ts'

const encoder = new TextEncoder()
export const bytes = (text: string): Uint8Array => encoder.encode(text)
export const repeat = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)

export function matches(tree: RadixTree, message: string | Uint8Array): boolean {
  const body = typeof message === 'string' ? bytes(message) : message
  return tree.match(body, 0, body.length)
}
