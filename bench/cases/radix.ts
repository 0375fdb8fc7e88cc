/** The topic tree of SUB, and nanomsg's in C: 10 k, 100 k and 1 M topics. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { program } from '../harness/build.ts'
import type { Case, Effort, Figures } from '../harness/case.ts'

const sets = ['random', 'sensor']
const counts = [10_000, 100_000, 1_000_000]
const trees = [
  { program: 'radix', label: 'hubless' },
  { program: 'trie', label: 'nanomsg' }
]

export function radix({ scale }: Effort): Case[] {
  return sets.flatMap((set) =>
    counts
      .filter((count) => scale === 1 || count < 1_000_000)
      .map((count) => ({
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

/** What a program prints: one line of JSON. */
export async function figuresOf(peer: string, ...args: string[]): Promise<Figures> {
  const [command = '', ...before] = program(peer)
  const { stdout } = await promisify(execFile)(command, [...before, ...args])
  return JSON.parse(stdout) as Figures
}
