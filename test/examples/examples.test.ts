/** Every example runs, ends by itself and prints what it says it prints. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProgram } from '../helpers/program.ts'

const examples = readdirSync('examples')
  .filter((name) => name.endsWith('.ts'))
  .sort()

it('has an example for every pattern, for devices and for worker threads', () => {
  expect(examples.map((name) => name.slice(0, -3))).toEqual([
    'bus',
    'device',
    'pair',
    'pipeline',
    'pubsub',
    'reqrep',
    'survey',
    'workers'
  ])
})

it.each(examples)('examples/%s prints what its last comment says, and leaves nothing open', async (name) => {
  const path = join(process.cwd(), 'examples', name)
  const [, comment] = readFileSync(path, 'utf8').split('\n// Prints:\n')
  const expected = comment
    ?.trimEnd()
    .replaceAll(/^\/\/ /gm, '')
    .split('\n')
  expect(expected?.length).toBeGreaterThan(1)
  expect(await runProgram(path)).toEqual(expected)
})
