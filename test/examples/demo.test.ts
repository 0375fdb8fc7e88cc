/** `npm run demo` in real processes: it finds, calls, notices a loss, and ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const demo = 'examples/demo/main.ts'

it('is what npm run demo starts', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  expect(scripts.demo).toBe(`tsx ${demo}`)
})

it('shows services that are found by a survey, called, and no longer found once they are killed', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', demo], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(code, complaints).toBe(0)

  const lines = output.trimEnd().split('\n')
  for (const line of lines) expect(line).toMatch(/^(demo|discovery|client|time-1|time-2|answer-1) +\| \S/)
  const client = lines.filter((line) => line.startsWith('client')).map((line) => line.slice(line.indexOf('| ') + 2))
  expect(client.map((line) => line.replace(/\d\d:\d\d:\d\d/, 'now'))).toEqual([
    'a survey finds 3: answer-1, time-1, time-2',
    'answer-1: The answer is 42',
    'time-1: It is now',
    'time-2: It is now',
    'a survey finds 2: answer-1, time-2',
    'answer-1: The answer is 42',
    'time-2: It is now'
  ])
  const killed = lines.findIndex((line) => line.endsWith('time-1 is killed'))
  expect(killed).toBeGreaterThan(lines.findIndex((line) => line.includes('finds 3')))
  expect(killed).toBeLessThan(lines.findIndex((line) => line.includes('finds 2')))
}, 40_000)
