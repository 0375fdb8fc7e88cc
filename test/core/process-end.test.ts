/** What becomes of accepted messages in the ways that a process can end; docs/operating.md says it in a table. */
import { Pull } from 'hubless'
import { describe, expect, it } from 'vitest'
import { type ChildResult, runChild } from '../helpers/child.ts'
import { nextEvent, track } from '../helpers/sockets.ts'

const count = 5000

/** Runs a process that sends `count` messages and ends in this way. */
async function ended(how: string): Promise<ChildResult & { readonly received: number }> {
  const pull = track(new Pull())
  const { url } = await pull.bind('tcp://127.0.0.1:0')
  const gone = nextEvent(pull, 'detach', { timeout: 30_000 })
  let received = 0
  let inOrder = true
  const receiving = (async () => {
    for await (const body of pull) inOrder &&= Number(String(body.subarray(0, 8))) === received++
  })()
  const result = await runChild(new URL('./children/ending.ts', import.meta.url), { args: [url, String(count), how] })
  await gone
  await pull.close()
  await receiving
  expect(inOrder).toBe(true)
  return { ...result, received }
}

describe.skipIf(process.platform === 'win32')('a process that ends', () => {
  it('delivers all that was accepted when its handler of SIGTERM closes the socket', { timeout: 40_000 }, async () => {
    expect(await ended('SIGTERM')).toMatchObject({ code: 0, received: count })
  })

  it('delivers all that was accepted when its handler of uncaught errors closes the socket', {
    timeout: 40_000
  }, async () => {
    expect(await ended('uncaught and closed')).toMatchObject({ code: 70, received: count })
  })

  it('loses with process.exit what has not left yet', { timeout: 40_000 }, async () => {
    const { code, received } = await ended('exit')
    expect(code).toBe(0)
    expect(received).toBeLessThan(count)
  })

  it('loses with an uncaught error what has not left yet, and says which error it was', {
    timeout: 40_000
  }, async () => {
    const { code, received, lines } = await ended('uncaught')
    expect(code).toBe(1)
    expect(received).toBeLessThan(count)
    expect(lines.join('\n')).toContain('a mistake of the application')
  })
})
