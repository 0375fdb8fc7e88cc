import { describe, expect, it } from 'vitest'
import { runChild } from '../helpers/child.ts'
import { transportCases } from '../helpers/sockets.ts'

const child = new URL('./children/exits.ts', import.meta.url)

describe('a process that closed its sockets', () => {
  it('COM-40 ends by itself: no handle, timer or listener of any transport keeps it alive', {
    timeout: 60_000
  }, async () => {
    const args = transportCases.map(({ url, bind, connect }) => JSON.stringify({ url: url(), bind, connect }))
    const { code, lines, lingered } = await runChild(child, { args, timeout: 50_000 })
    expect(lines).toEqual(['[]'])
    expect(code).toBe(0)
    // Looking up a name that does not exist may take the resolver's time.
    expect(lingered).toBeLessThan(10_000)
  })
})

describe('a process that left a REQ open', () => {
  it('COM-40 ends by itself: no request waits for its interval', async () => {
    const { code, lines, lingered } = await runChild(new URL('./children/idle-req.ts', import.meta.url))
    expect(lines).toEqual(['idle'])
    expect(code).toBe(0)
    expect(lingered).toBeLessThan(10_000)
  })
})
