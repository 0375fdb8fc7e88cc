import { describe, expect, it } from 'vitest'
import { done, ready } from '../../src/core/pace.ts'
import '../../src/node.ts'

describe('pace', () => {
  it('settles at once, but lets the event loop turn every 1024th time', async () => {
    let turns = 0
    let running = true
    const turn = (): void => {
      turns++
      if (running) setImmediate(turn)
    }
    setImmediate(turn)
    for (let i = 0; i < 1023; i++) await done()
    expect(turns).toBeLessThanOrEqual(1)
    for (let i = 0; i < 4096; i++) expect(await ready(i)).toBe(i)
    running = false
    expect(turns).toBeGreaterThanOrEqual(4)
    expect(turns).toBeLessThan(50)
  })
})
