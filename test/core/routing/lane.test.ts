/** What waits from one pipe, and how much memory it keeps alive. */
import type { Pipe } from 'hubless'
import { describe, expect, it, vi } from 'vitest'
import { platform } from '../../../src/core/platform.ts'
import { Lane } from '../../../src/core/routing/lane.ts'
import { numberOf, sized } from '../../helpers/messages.ts'

const none = Buffer.alloc(0)
const chunkSize = 65_536

/** A chunk of which `each` bytes are kept `times` times, as views. */
function views(times: number, each: number): Buffer[] {
  const chunk = Buffer.from(new ArrayBuffer(chunkSize))
  return Array.from({ length: times }, (_, i) => {
    const view = chunk.subarray(i * each, (i + 1) * each)
    view.set(sized(i, each))
    return view
  })
}

/** Bytes of all memory that the bodies are views of. */
function pinned(lane: Lane): number {
  const buffers = new Set<ArrayBufferLike>()
  while (lane.length > 0) buffers.add(lane.shift().buffer)
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

describe('a lane', () => {
  it('COM-53 copies what is a small part of what was read, and keeps at most one such buffer', () => {
    const lane = new Lane({} as Pipe)
    const [kept, chunks] = [5000, 20]
    for (let i = 0; i < chunks; i++) for (const body of views(1, kept)) lane.push(body, none)
    expect(pinned(lane)).toBeLessThanOrEqual(2 * kept * chunks + chunkSize)
  })

  it('COM-53 copies nothing where most is kept', () => {
    const lane = new Lane({} as Pipe)
    const bodies = [...views(10, 6000), ...views(10, 6000)]
    for (const body of bodies) lane.push(body, none)
    lane.thin()
    expect(bodies.map(() => lane.shift())).toEqual(bodies)
    for (const body of bodies) lane.push(body, none)
    for (const body of bodies) expect(lane.shift()).toBe(body)
  })

  it('COM-53 copies the rest when most of a buffer was received, with the next one and when nothing more comes', () => {
    for (const over of [(lane: Lane) => lane.push(Buffer.from(sized(10, 4)), none), (lane: Lane) => lane.thin()]) {
      const lane = new Lane({} as Pipe)
      const bodies = views(10, 6000)
      for (const body of bodies) lane.push(body, none)
      for (let i = 0; i < 7; i++) lane.shift()
      over(lane)
      for (let i = 7; i < 10; i++) {
        const body = lane.shift()
        expect(numberOf(body)).toBe(i)
        expect(body).not.toBe(bodies[i])
      }
    }
  })

  it('COM-53 copies what is left when most was pruned, in its order', () => {
    const lane = new Lane({} as Pipe)
    for (let i = 0; i < 3; i++) for (const body of views(10, 6000)) lane.push(body, none)
    lane.filter((body) => numberOf(body) === 3)
    expect(lane.sizes()).toEqual([6000, 6000, 6000])
    expect(pinned(lane)).toBeLessThan(chunkSize)
  })

  it('COM-53 copies of each buffer that was pruned what is left, or leaves it', () => {
    const lane = new Lane({} as Pipe)
    const [most, few, rest] = [views(2, 20_000), views(2, 20_000), views(2, 20_000)]
    for (const body of [...most, ...few, ...rest]) lane.push(body, none)
    lane.filter((body) => body !== few[1])
    expect(most.map((body) => lane.shift() === body)).toEqual([true, true])
    expect(lane.shift()).not.toBe(few[0])
    expect(rest.map((body) => lane.shift() === body)).toEqual([true, true])
  })

  it('COM-53 lets an empty body keep no memory', () => {
    const lane = new Lane({} as Pipe)
    for (let i = 0; i < 10; i++) lane.push(Buffer.from(new ArrayBuffer(chunkSize)).subarray(0, 0), none)
    lane.thin()
    expect(pinned(lane)).toBe(0)
  })

  it('COM-53 leaves bodies where they lie while they are half of what was read', () => {
    for (const [size, copied] of [
      [chunkSize / 2, false],
      [chunkSize / 2 - 1, true]
    ] as const) {
      const lane = new Lane({} as Pipe)
      const [received, body] = views(2, size) as [Buffer, Buffer]
      lane.push(body, none)
      lane.thin()
      // Half of it was wanted, and then another half.
      lane.push(received, none)
      lane.push(body, none)
      lane.shift()
      lane.shift()
      lane.thin()
      expect(lane.shift() !== body).toBe(copied)

      lane.push(body, none)
      lane.filter(() => true)
      expect(lane.shift() !== body).toBe(copied)
    }
  })

  it('COM-53 copies once, and begins to count anew with each buffer', () => {
    const lane = new Lane({} as Pipe)
    const few = views(3, 100)
    for (const body of few) lane.push(body, none)
    lane.thin()
    const own = few.map(() => lane.shift())
    for (const body of own) lane.push(body, none)
    for (const body of own) {
      lane.thin()
      const again = lane.shift()
      expect(again).toBe(body)
      lane.push(again, none)
    }
    const most = views(3, 20_000)
    for (const body of most) lane.push(body, none)
    lane.filter((body) => body.length > 100)
    lane.thin()
    expect(most.map(() => lane.shift())).toEqual(most)
    expect(lane.length).toBe(0)
  })

  it('tells the platform of memory that several bodies share', () => {
    const kept = vi.spyOn(platform, 'keepTogether')
    const lane = new Lane({} as Pipe)
    for (let i = 0; i < 3; i++) lane.push(views(1, 100)[0] as Buffer, none)
    lane.thin()
    expect(kept).not.toHaveBeenCalled()
    lane.clear()
    for (const body of views(2, 100)) lane.push(body, none)
    lane.thin()
    lane.shift()
    expect(kept).toHaveBeenCalledExactlyOnceWith(lane.shift().buffer)
    kept.mockRestore()
  })

  it('goes by the memory that it is told of', () => {
    const lane = new Lane({} as Pipe)
    const bodies = [...views(1, 40_000), ...views(1, 40_000)]
    for (const body of bodies) lane.push(body, none, new ArrayBuffer(chunkSize * 2))
    lane.thin()
    for (const body of bodies) expect(lane.shift()).not.toBe(body)
  })

  it('gives each body its header, and forgets both together', () => {
    const lane = new Lane({} as Pipe)
    const push = (size: number): void => lane.push(Buffer.alloc(size), Buffer.alloc(4, size))
    for (const size of [1, 2, 3]) push(size)
    expect(lane.sizes()).toEqual([5, 6, 7])
    expect([lane.shift().length, lane.shiftHeader()[0]]).toEqual([1, 1])
    expect(lane.sizes()).toEqual([6, 7])
    lane.clear()
    expect([lane.length, lane.sizes()]).toEqual([0, []])
    lane.push(Buffer.alloc(5), none)
    expect(lane.sizes()).toEqual([5])
    expect([lane.shift().length, lane.shiftHeader().length]).toEqual([5, 0])
  })
})
