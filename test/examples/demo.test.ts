/** `npm run demo` in real processes: it finds, calls, loses nothing, passes over, and ends in good time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'

const demo = 'examples/demo/main.ts'

it('is what npm run demo starts', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  expect(scripts.demo).toBe(`tsx ${demo}`)
})

it('shows calls by name that survive a kill and a freeze, and a file through a tunnel, in under 15 s', async () => {
  const began = performance.now()
  const child = spawn(process.execPath, ['--import', 'tsx', demo], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect([code, complaints]).toEqual([0, ''])
  expect(performance.now() - began).toBeLessThan(15_000)

  const lines = output.trimEnd().split('\n')
  for (const line of lines) expect(line).toMatch(/^(demo|client|time-[12]|resize-[123]) +\| \S/)
  const of = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(line.indexOf('| ') + 2))
  expect(of('demo')).toEqual([
    'resize-1 is killed, in the middle of 200 calls',
    'resize-2 is frozen',
    'resize-2 goes on',
    'done'
  ])
  const [sees, answer, time, killed, frozen, file, ...rest] = of('client')
  expect(sees).toBe('sees 3 of resize, 2 of time, 1 of answer')
  expect(answer).toBe('answer: The answer is 42')
  expect(time).toMatch(/^time: It is \d\d:\d\d:\d\d$/)
  const shares = /^200 calls, 200 answers: resize-1 (\d+), resize-2 (\d+), resize-3 (\d+)$/.exec(killed ?? '')
  const [one = 0, two = 0, three = 0] = (shares ?? []).slice(1).map(Number)
  expect(one + two + three).toBe(200)
  expect(Math.min(two, three)).toBeGreaterThan(one)
  expect(frozen).toBe('40 calls, 40 answers: resize-3 40')
  expect(file).toBe('a file of 8 MiB through a tunnel: it arrived whole')
  expect(rest).toEqual([])
  expect(readdirSync('.').filter((name) => name.startsWith('.demo-'))).toEqual([])
}, 40_000)
