/** Workers of node:cluster: what they share and what is their own. */
import { describe, expect, it } from 'vitest'
import { runChild } from '../../helpers/child.ts'

const bind = (...args: string[]) =>
  runChild(new URL('./children/cluster.ts', import.meta.url), { args, timeout: 50_000 })

describe.each(['tcp', 'ws'])('workers of node:cluster that bind %s', { timeout: 60_000 }, (scheme) => {
  it('TCP-14 get a port each for port 0', async () => {
    const { lines } = await bind(scheme, '0')
    expect(new Set(lines).size).toBe(2)
    for (const line of lines) expect(line).toMatch(/^\d+$/)
  })

  it('TCP-14 share a port that they name', async () => {
    const { lines } = await bind(scheme, 'named')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^\d+$/)
    expect(lines[1]).toBe(lines[0])
  })

  it('TCP-14 do not share it where one of them is exclusive', async () => {
    const { lines } = await bind(scheme, 'named', 'exclusive')
    expect(lines).toEqual([expect.stringMatching(/^\d+$/), 'EADDRINUSE'])
  })
})
