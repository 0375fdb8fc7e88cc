import { describe, expect, it } from 'vitest'
import { Backoff } from '../../src/core/backoff.ts'

describe('back-off', () => {
  it('EP-08 doubles from the interval to the maximum, each delay within 25 %, and not constant', () => {
    const expected = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]
    const seen: Set<number>[] = expected.map(() => new Set())
    for (let run = 0; run < 200; run++) {
      const backoff = new Backoff(100, 5000)
      for (const [i, middle] of expected.entries()) {
        const delay = backoff.next()
        expect(delay).toBeGreaterThanOrEqual(middle * 0.75)
        expect(delay).toBeLessThanOrEqual(middle * 1.25)
        seen[i]?.add(delay)
      }
    }
    for (const [i, delays] of seen.entries()) {
      expect(delays.size).toBeGreaterThan(100)
      // The jitter uses its range, in both directions.
      expect(Math.min(...delays)).toBeLessThan((expected[i] as number) * 0.85)
      expect(Math.max(...delays)).toBeGreaterThan((expected[i] as number) * 1.15)
    }
  })

  it('EP-09 starts over after a reset, and counts the failures since', () => {
    const backoff = new Backoff(100, 5000)
    for (let i = 0; i < 5; i++) backoff.next()
    expect(backoff.failures).toBe(5)
    backoff.reset()
    expect(backoff.failures).toBe(0)
    expect(backoff.next()).toBeLessThanOrEqual(125)
    expect(backoff.failures).toBe(1)
  })

  it('OPT-09 a maximum below the interval caps it', () => {
    const backoff = new Backoff(1000, 10)
    for (let i = 0; i < 50; i++) {
      const delay = backoff.next()
      expect(delay).toBeGreaterThanOrEqual(7.5)
      expect(delay).toBeLessThanOrEqual(12.5)
    }
  })

  it('a maximum of 0 means that delays do not grow, as in nanomsg', () => {
    const backoff = new Backoff(100, 0)
    for (let i = 0; i < 50; i++) {
      const delay = backoff.next()
      expect(delay).toBeGreaterThanOrEqual(75)
      expect(delay).toBeLessThanOrEqual(125)
    }
  })

  it('an interval of 0 means no delay, and thousands of failures stay finite', () => {
    expect(new Backoff(0, 5000).next()).toBe(0)
    const backoff = new Backoff(100, 5000)
    let last = 0
    for (let i = 0; i < 5000; i++) last = backoff.next()
    expect(last).toBeLessThanOrEqual(6250)
  })
})
