import { describe, expect, it } from 'vitest'
import { runChild } from '../helpers/child.ts'
import { inprocUrl, tempPath } from '../helpers/sockets.ts'

const child = new URL('./children/exits.ts', import.meta.url)

describe('a process that closed its sockets', () => {
  const urls: [string, string][] = [
    ['inproc', inprocUrl()],
    ['tcp', 'tcp://127.0.0.1:0'],
    ['ipc', `ipc://${tempPath()}`]
  ]

  it('COM-40 ends by itself: no handle, timer or listener keeps it alive', { timeout: 30_000 }, async () => {
    const { code, lines, lingered } = await runChild(child, { args: urls.map(([, url]) => url) })
    expect(lines).toEqual(['[]'])
    expect(code).toBe(0)
    // Closing a lookup of a name that does not exist may take the resolver's time.
    expect(lingered).toBeLessThan(10_000)
  })
})
