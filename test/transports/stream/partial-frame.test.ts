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
})
