/** The topic tree of SUB, and nanomsg's in C: 10 k, 100 k and 1 M topics. */
import type { Case } from '../harness/case.ts'
import { figuresOf } from '../harness/process.ts'

const sets = ['random', 'sensor']
const counts = [10_000, 100_000, 1_000_000]
const trees = [
  { program: 'radix', label: 'hubless' },
  { program: 'trie', label: 'nanomsg' }
]

/** The same at every effort: what is small says nothing of what is large. */
export function radix(): Case[] {
  return sets.flatMap((set) =>
    counts.map((count) => ({
      name: `radix/${set}/${count}`,
      metrics: [
        ...['hit', 'miss', 'subscribe', 'unsubscribe'].map((name) => ({ name, unit: 'ns', better: 'less' }) as const),
        { name: 'bytes', unit: 'bytes per topic', better: 'less' } as const
      ],
      subjects: trees.map((peer) => ({ peer, measure: () => figuresOf(peer.program, set, String(count)) })),
      ...(set === 'sensor' ? { rounds: 1 } : {})
    }))
  )
}
