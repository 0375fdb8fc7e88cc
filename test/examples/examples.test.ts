/** Every example runs, ends by itself and prints what it says it prints. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProgram } from '../helpers/program.ts'
import { requirePeer } from '../interop/peers/tools.ts'
import { findPython } from '../interop/peers/zmq.ts'

const examples = readdirSync('examples')
  .filter((name) => name.endsWith('.ts'))
  .sort()

it('has an example for every pattern, for devices, for worker threads and for ZeroMQ', () => {
  expect(examples.map((name) => name.slice(0, -3))).toEqual([
    'bus',
    'device',
    'jupyter',
    'pair',
    'pipeline',
    'pubsub',
    'reqrep',
    'survey',
    'workers'
  ])
})

/** A Python with a Jupyter kernel, for the example that drives one. */
const kernel = requirePeer('ipykernel', findPython('ipykernel'), 'python3-ipykernel')
if (kernel.skip === undefined) process.env.PYTHON = kernel.path

it.each(examples.filter((name) => name !== 'jupyter.ts' || kernel.skip === undefined))(
  'Z-72 examples/%s prints what its last comment says, and leaves nothing open',
  async (name) => {
    const path = join(process.cwd(), 'examples', name)
    const [, comment] = readFileSync(path, 'utf8').split('\n// Prints:\n')
    const expected = comment
      ?.trimEnd()
      .replaceAll(/^\/\/ /gm, '')
      .split('\n')
    expect(expected?.length).toBeGreaterThan(1)
    expect(await runProgram(path)).toEqual(expected)
  },
  60_000
)
