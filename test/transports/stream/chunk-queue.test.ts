/** Chunks that wait: the same bytes in the same order, and about as much memory as bytes, however small the pieces are. */
import 'hubless'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { platform } from '../../../src/core/platform.ts'
import { ChunkQueue } from '../../../src/transports/stream/chunk-queue.ts'

function drain(queue: ChunkQueue): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) chunks.push(chunk)
  return chunks
}

const ownMemory = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value)

describe('chunk queue', () => {
  it('HOST-19 gives back what it was given, in order, and knows how many bytes there are', () => {
    const sizes = fc.oneof(fc.nat(20), fc.nat(5000), fc.constantFrom(4095, 4096, 65_536, 70_000))
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 40 }), (pushes) => {
        const queue = new ChunkQueue()
        const expected: Uint8Array[] = []
        const seen: Uint8Array[] = []
        for (const [i, [size, take]] of pushes.entries()) {
          const chunk = ownMemory(size, i)
          queue.push(chunk)
          expected.push(chunk)
          const taken = take ? queue.shift() : undefined
          if (taken !== undefined) seen.push(Uint8Array.from(taken))
        }
        const left = queue.bytes
        const rest = drain(queue)
        expect(Buffer.concat(rest)).toHaveLength(left)
        expect(Buffer.concat([...seen, ...rest]).equals(Buffer.concat(expected))).toBe(true)
        expect(queue.bytes).toBe(0)
      })
    )
  })

  it('HOST-19 puts single bytes together in few pieces', () => {
    const queue = new ChunkQueue()
    for (let i = 0; i < 100_000; i++) queue.push(Uint8Array.of(i))
    const chunks = drain(queue)
    expect(chunks.length).toBeLessThan(20)
    expect(chunks.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBeLessThan(300_000)
  })

  it('keeps a large chunk as it is, and copies a short view of large memory', () => {
    const queue = new ChunkQueue()
    const large = ownMemory(65_536, 1)
    queue.push(large)
    expect(queue.shift()?.buffer).toBe(large.buffer)
    queue.push(ownMemory(65_536, 2).subarray(100, 8292))
    expect(queue.shift()?.buffer.byteLength).toBe(8192)
  })

  it('HOST-19 keeps what is 4 KiB and half of its memory as it is, and copies what is less', () => {
    const memory = ownMemory(20_000, 1)
    for (const [chunk, kept] of [
      [ownMemory(4096, 1), true],
      [ownMemory(4095, 1), false],
      [memory.subarray(1, 10_001), true],
      [memory.subarray(1, 10_000), false]
    ] as const) {
      const queue = new ChunkQueue()
      queue.push(chunk)
      const out = queue.shift()
      expect(out === chunk).toBe(kept)
      expect(out).toHaveLength(chunk.length)
    }
  })

  it('HOST-19 reserves as much again as is there, 256 bytes at least and 64 KiB at most', () => {
    const allocated = vi.spyOn(platform, 'allocate')
    const queue = new ChunkQueue()
    for (let i = 0; i < 150_000; i++) queue.push(Uint8Array.of(i))
    const sizes = allocated.mock.calls.map(([size]) => size)
    allocated.mockRestore()
    expect(sizes).toEqual([256, 512, 1536, 4608, 13_824, 41_472, 65_536, 65_536])
  })

  it('HOST-19 goes on filling a piece while an older one is taken', () => {
    const queue = new ChunkQueue()
    queue.push(ownMemory(5000, 1))
    queue.push(ownMemory(3, 2))
    expect(queue.shift()).toHaveLength(5000)
    queue.push(ownMemory(4, 3))
    expect(drain(queue)).toEqual([Buffer.of(2, 2, 2, 3, 3, 3, 3)])
  })

  it('has nothing left after it was cleared', () => {
    const queue = new ChunkQueue()
    for (const size of [5000, 3, 5000, 3]) queue.push(ownMemory(size, 1))
    queue.clear()
    expect([queue.bytes, queue.shift()]).toEqual([0, undefined])
    queue.push(ownMemory(2, 7))
    expect([queue.bytes, ...drain(queue)]).toEqual([2, Buffer.of(7, 7)])
  })

  it('HOST-19 takes and gives a million pieces in time that grows with them alone', () => {
    const run = (count: number): number => {
      const queue = new ChunkQueue()
      const piece = ownMemory(4096, 1)
      const began = performance.now()
      for (let i = 0; i < count; i++) queue.push(piece)
      while (queue.shift() !== undefined);
      return performance.now() - began
    }
    run(10_000)
    // A queue that moves its elements takes minutes for the larger one.
    expect(run(1_000_000)).toBeLessThan(5000)
  })
})
