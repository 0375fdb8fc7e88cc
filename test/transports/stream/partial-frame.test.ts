/** A payload that arrives in pieces: nothing is reserved for what was only declared. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { platform } from '../../../src/core/platform.ts'
import { PartialFrame } from '../../../src/transports/stream/partial-frame.ts'

afterEach(() => void vi.restoreAllMocks())

describe('a partial frame', () => {
  it('TR-11 reserves the whole when half of it is there, and not before', () => {
    const allocated = vi.spyOn(platform, 'allocate')
    const frame = new PartialFrame(100_000)
    const add = (size: number, value: number): void => frame.add(new Uint8Array(size).fill(value))
    for (const value of [1, 2, 3, 4]) add(10_000, value)
    add(9999, 5)
    expect([frame.missing, frame.bytes]).toEqual([50_001, undefined])
    expect(allocated).not.toHaveBeenCalledWith(100_000)
    add(1, 6)
    expect(allocated.mock.calls.filter(([size]) => size === 100_000)).toHaveLength(1)
    add(50_000, 7)
    expect(frame.missing).toBe(0)
    const expected = [1, 2, 3, 4].map((value) => Buffer.alloc(10_000, value))
    expected.push(Buffer.alloc(9999, 5), Buffer.alloc(1, 6), Buffer.alloc(50_000, 7))
    expect(Buffer.concat(expected).equals(frame.bytes as Uint8Array)).toBe(true)
  })

  it('lies in the chunk it begins in, which allocates nothing, where it fits and fills half of that', () => {
    const allocated = vi.spyOn(platform, 'allocate')
    const chunk = Buffer.allocUnsafeSlow(65_536).fill(1, 0, 20_000).fill(2, 20_000)
    const frame = new PartialFrame(50_000, chunk)
    frame.add(chunk.subarray(20_000))
    frame.add(Buffer.alloc(4464, 3))
    expect(frame.missing).toBe(0)
    expect(frame.bytes?.buffer).toBe(chunk.buffer)
    const expected = Buffer.concat([Buffer.alloc(45_536, 2), Buffer.alloc(4464, 3)])
    expect(expected.equals(frame.bytes as Uint8Array)).toBe(true)
    expect(allocated).not.toHaveBeenCalled()
  })

  it.each([
    ['is larger than the chunk', 65_537, Buffer.allocUnsafeSlow(65_536)],
    ['would keep a chunk of more than twice its size', 32_767, Buffer.allocUnsafeSlow(65_536)],
    ['begins in memory that is not all of the chunk', 40_000, Buffer.allocUnsafeSlow(65_536).subarray(8)]
  ])('has memory of its own where it %s', (_why, size, chunk) => {
    const frame = new PartialFrame(size, chunk)
    frame.add(chunk.subarray(0, size))
    if (frame.missing > 0) frame.add(Buffer.alloc(frame.missing))
    expect(frame.bytes?.buffer).not.toBe(chunk.buffer)
  })
})
