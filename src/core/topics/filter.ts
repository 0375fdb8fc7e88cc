/** Topics that travel upstream, on wires that have this: PUB then sends a peer only what that subscribed to. */
import type { RadixTree } from './radix-tree.ts'

export interface TopicFilter {
  /** SUB: announces what is subscribed now, and remembers the tree, which stays the socket's. */
  announce(topics: RadixTree): void
  /** SUB: a topic that was not there before. */
  add(topic: Uint8Array): void
  /** SUB: a topic that nobody is subscribed to any more. */
  remove(topic: Uint8Array): void
  /** PUB: whether the peer wants a message that begins so. */
  wants(header: Uint8Array, body: Uint8Array): boolean
}
