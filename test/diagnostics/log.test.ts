/** NODE_DEBUG=hubless, in a process of its own. */
import { expect, it } from 'vitest'
import { runChild } from '../helpers/child.ts'

const child = new URL('./children/talks.ts', import.meta.url)

it('NODE_DEBUG=hubless says on stderr what happens, one line each, without bodies, queries and escapes', async () => {
  const { code, lines } = await runChild(child, { env: { NODE_DEBUG: 'hubless' } })
  expect(code).toBe(0)
  for (const line of lines) expect(line).toMatch(/^HUBLESS \d+: [a-z]+ /)
  const said = lines.map((line) => line.replace(/^HUBLESS \d+: /, ''))
  const about = (event: string): string[] => said.filter((line) => line.startsWith(event))
  expect(about('open rep')).toHaveLength(1)
  expect(about('listen rep tcp://127.0.0.1:')).toHaveLength(1)
  expect(about('attach req pipe ')).toHaveLength(1)
  expect(about('detach req pipe ')[0]).toContain('closed-locally')
  expect(about('request start req')).toHaveLength(2)
  expect(about('request end req')[1]).toContain('50 ms')
  expect(about('serve end rep')).toHaveLength(2)
  expect(about('drop rep')[0]).toContain('handler-error')
  expect(about('reject push')[0]).toMatch(/unauthorized.*dialer ws:\/\/127\.0\.0\.1:\d+\/feed\?… .*\\x1b/)
  expect(about('retry push')[0]).toMatch(/attempt 1 in \d+ ms/)
  expect(about('close rep')).toHaveLength(1)
  expect(about('open forged\\x0aHUBLESS 1: line')).toHaveLength(1)
  const all = lines.join('\n')
  for (const secret of ['hunter2', 'secret question', 'secret answer', '\x1b', '\u202e'])
    expect(all).not.toContain(secret)
})

it('says nothing without it', async () => {
  const { code, lines } = await runChild(child)
  expect({ code, lines }).toEqual({ code: 0, lines: [] })
})
