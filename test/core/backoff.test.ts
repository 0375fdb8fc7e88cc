import { describe, expect, it } from 'vitest'
import { delayAfter } from '../../src/core/backoff.ts'

/** The shortest and the longest of many delays. */
function spread(failures: number, shortest: number, longest: number): [number, number] {
  const delays = Array.from({ length: 200 }, () => delayAfter(failures, shortest, longest))
  return [Math.min(...delays), Math.max(...delays)]
}

describe('back-off', () => {
  it('EP-08 doubles from the interval to the maximum, each delay within 25 %, and not constant', () => {
    for (const [failures, middle] of [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000].entries()) {
      const [least, most] = spread(failures, 100, 5000)
      expect(least).toBeGreaterThanOrEqual(middle * 0.75)
      expect(most).toBeLessThanOrEqual(middle * 1.25)
      // The jitter uses its range, in both directions.
      expect(least).toBeLessThan(middle * 0.85)
      expect(most).toBeGreaterThan(middle * 1.15)
    }
  })

  it('OPT-09 a maximum below the interval caps it', () => {
    const [least, most] = spread(0, 1000, 10)
    expect(least).toBeGreaterThanOrEqual(7.5)
    expect(most).toBeLessThanOrEqual(12.5)
  })

  it('a maximum of 0 means that delays do not grow, as in nanomsg', () => {
    const [least, most] = spread(50, 100, 0)
    expect(least).toBeGreaterThanOrEqual(75)
    expect(most).toBeLessThanOrEqual(125)
  })

  it('an interval of 0 means no delay, and thousands of failures stay finite', () => {
    expect(delayAfter(3, 0, 5000)).toBe(0)
    expect(delayAfter(5000, 100, 5000)).toBeLessThanOrEqual(6250)
  })
})
