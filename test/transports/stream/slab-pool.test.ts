/** The pool of slabs: what is returned is used again, and only so much of it is kept. */
import { describe, expect, it } from 'vitest'
import { largeSlab, returnSlab, smallSlab, takeSlab } from '../../../src/transports/stream/slab-pool.ts'

describe.each([smallSlab, largeSlab] as const)('slab pool of %i bytes', (size) => {
  it('gives slabs of that size in memory of their own', () => {
    const [a, b] = [takeSlab(size), takeSlab(size)]
    expect([a.bytes.length, b.bytes.length]).toEqual([size, size])
    expect(a.bytes.buffer).not.toBe(b.bytes.buffer)
    expect(a.bytes.buffer.byteLength).toBe(size)
  })

  it('gives a returned slab out again, to one borrower only', () => {
    const slab = takeSlab(size)
    returnSlab(slab)
    expect(takeSlab(size)).toBe(slab)
    expect(takeSlab(size)).not.toBe(slab)
  })

  it('waits for the last of several users', () => {
    const slab = takeSlab(size)
    slab.users++
    returnSlab(slab)
    expect(takeSlab(size)).not.toBe(slab)
    returnSlab(slab)
    expect(takeSlab(size)).toBe(slab)
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
    const odd = takeSlab(largeSlab + 1)
    expect(odd.bytes.length).toBe(largeSlab + 1)
    returnSlab(odd)
    for (let i = 0; i < 100; i++) expect(takeSlab(size).bytes.length).toBe(size)
  })
})
