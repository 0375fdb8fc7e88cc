import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ring } from '../../src/core/ring.ts'

describe('a ring', () => {
  it('gives back what was pushed, oldest first, and undefined when empty', () => {
    const ring = new Ring<string>()
    expect(ring.shift()).toBeUndefined()
    expect(ring.peek()).toBeUndefined()
    for (const item of ['a', 'b', 'c']) ring.push(item)
    expect(ring.length).toBe(3)
    expect(ring.peek()).toBe('a')
    expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).toEqual(['a', 'b', 'c', undefined])
    expect(ring.length).toBe(0)
  })

  it('grows while it wraps around its end', () => {
    const ring = new Ring<number>(4)
    for (let i = 0; i < 3; i++) ring.push(i)
    ring.shift()
    ring.shift()
    for (let i = 3; i < 20; i++) ring.push(i)
    const out: (number | undefined)[] = []
    while (ring.length > 0) out.push(ring.shift())
    expect(out).toEqual(Array.from({ length: 18 }, (_, i) => i + 2))
  })

  it('filter keeps the order and clear empties', () => {
    const ring = new Ring<number>(4)
    for (let i = 0; i < 10; i++) ring.push(i)
    ring.shift()
    ring.filter((item) => item % 3 !== 0)
    expect(ring.length).toBe(6)
    expect([ring.shift(), ring.shift(), ring.peek()]).toEqual([1, 2, 4])
    ring.clear()
    expect(ring.length).toBe(0)
    expect(ring.shift()).toBeUndefined()
    ring.push(7)
    expect(ring.shift()).toBe(7)
  })

  it('behaves as an array does, whatever is done to it', () => {
    type Step = { push: number } | { shift: true } | { filter: number } | { clear: true }
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 6, arbitrary: fc.record({ push: fc.nat(100) }) },
      { weight: 4, arbitrary: fc.constant({ shift: true } as const) },
      { weight: 1, arbitrary: fc.record({ filter: fc.integer({ min: 2, max: 5 }) }) },
      { weight: 1, arbitrary: fc.constant({ clear: true } as const) }
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ring = new Ring<number>(2)
        let model: number[] = []
        for (const todo of steps) {
          if ('push' in todo) {
            ring.push(todo.push)
            model.push(todo.push)
          } else if ('shift' in todo) expect(ring.shift()).toBe(model.shift())
          else if ('filter' in todo) {
            ring.filter((item) => item % todo.filter !== 0)
            model = model.filter((item) => item % todo.filter !== 0)
          } else {
            ring.clear()
            model = []
          }
          expect(ring.length).toBe(model.length)
          expect(ring.peek()).toBe(model[0])
        }
      })
    )
  })
})
