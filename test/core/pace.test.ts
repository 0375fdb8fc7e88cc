import { describe, expect, it } from 'vitest'
import { done, ready } from '../../src/core/pace.ts'
import '../../src/node.ts'

/** How often the event loop turns while `loop` runs. */
async function turnsOf(loop: () => Promise<void>): Promise<number> {
  let turns = 0
  let running = true
  const turn = (): void => {
    turns++
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await loop()
  running = false
  return turns
}

async function send(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await done()
}

async function receive(count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await ready(i)).toBe(i)
}

describe('pace', () => {
  it('lets the event loop turn more often while the first messages arrive', async () => {
    const turns = await turnsOf(() => receive(4096))
    expect(turns).toBeGreaterThanOrEqual(16)
    expect(turns).toBeLessThan(200)
  })

  it.each([
    ['sent', send],
    ['received', receive]
  ] as const)('settles at once, but lets the event loop turn with every 1024th message %s', async (_what, repeat) => {
    await repeat(40_960)
    expect(await turnsOf(() => repeat(1000))).toBeLessThanOrEqual(3)
    const turns = await turnsOf(() => repeat(8192))
    expect(turns).toBeGreaterThanOrEqual(8)
    expect(turns).toBeLessThan(50)
  })
})
