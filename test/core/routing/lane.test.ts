/** What waits from one pipe, and how much memory it keeps alive. */
import type { Pipe } from 'hubless'
import { describe, expect, it } from 'vitest'
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

  it('COM-53 lets an empty body keep no memory', () => {
    const lane = new Lane({} as Pipe)
    for (let i = 0; i < 10; i++) lane.push(Buffer.from(new ArrayBuffer(chunkSize)).subarray(0, 0), none)
    lane.thin()
    expect(pinned(lane)).toBe(0)
  })
})
