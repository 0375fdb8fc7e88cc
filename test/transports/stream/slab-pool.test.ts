/** The pool of slabs: what is returned is used again, and only so much of it is kept. */
import { describe, expect, it } from 'vitest'
import { largeSlab, returnSlab, smallSlab, takeSlab } from '../../../src/transports/stream/slab-pool.ts'

describe.each([smallSlab, largeSlab] as const)('slab pool of %i bytes', (size) => {
  it('gives slabs of that size in memory of their own', () => {
    const [a, b] = [takeSlab(size), takeSlab(size)]
    expect([a.length, b.length]).toEqual([size, size])
    expect(a.buffer).not.toBe(b.buffer)
    expect(a.buffer.byteLength).toBe(size)
  })

  it('gives a returned slab out again, to one borrower only', () => {
    const slab = takeSlab(size)
    returnSlab(slab)
    expect(takeSlab(size)).toBe(slab)
    expect(takeSlab(size)).not.toBe(slab)
  })

  it('keeps a bounded number of slabs', () => {
    const slabs = Array.from({ length: 200 }, () => takeSlab(size))
    for (const slab of slabs) returnSlab(slab)
    const again = new Set(Array.from({ length: 200 }, () => takeSlab(size)))
    const kept = slabs.filter((slab) => again.has(slab)).length
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThanOrEqual(64)
  })

  it('keeps no buffer of another size', () => {
    returnSlab(Buffer.allocUnsafeSlow(largeSlab + 1))
    for (let i = 0; i < 100; i++) expect(takeSlab(size).length).toBe(size)
  })
})
