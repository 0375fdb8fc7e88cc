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

async function repeat(count: number): Promise<void> {
  for (let i = 0; i < count; i += 2) {
    await done()
    expect(await ready(i)).toBe(i)
  }
}

describe('pace', () => {
  it('lets the event loop turn more often while the process is young', async () => {
    const turns = await turnsOf(() => repeat(4096))
    expect(turns).toBeGreaterThanOrEqual(16)
    expect(turns).toBeLessThan(200)
  })

  it('settles at once, but lets the event loop turn every 1024th time', async () => {
    await repeat(40_000)
    expect(await turnsOf(() => repeat(1022))).toBeLessThanOrEqual(3)
    const turns = await turnsOf(() => repeat(8192))
    expect(turns).toBeGreaterThanOrEqual(8)
    expect(turns).toBeLessThan(50)
  })
})
