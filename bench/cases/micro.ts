/** What the parts cost that every message passes: bench/micro/tasks.ts, each task in a process of its own. */
import { type Case, type Figures, fewRounds } from '../harness/case.ts'
import { figuresOf } from '../harness/process.ts'

export const tasks = [
  'hello there and back',
  'write 64 B',
  'write 1 KiB',
  'decode 64 B',
  'decode 1 KiB',
  'balance over 1 pipe',
  'balance over 50 pipes',
  'ring in and out',
  'match 1 of 1000 topics',
  'json there and back',
  'msgpack there and back',
  'text there and back'
] as const

export function micro(): Case[] {
  return [
    {
      name: 'micro/tasks',
      metrics: [{ name: 'cost', unit: 'ns', better: 'less' }],
      subjects: tasks.map((label) => ({ peer: { label }, measure: () => task(label) })),
      rounds: fewRounds
    }
  ]
}

async function task(label: string): Promise<Figures> {
  return { cost: (await figuresOf('tasks', label))[label] ?? Number.NaN }
}
