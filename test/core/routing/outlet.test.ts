/** Which pipes are worth waiting for. A pipe is played by how much was sent to it. */
import type { Pipe } from 'hubless'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Outlet } from '../../../src/core/routing/outlet.ts'

const buffer = 1000

/** An outlet and a way to send until its buffer has filled. */
function outlet(sendBuffer = buffer): { outlet: Outlet; fill(bytes?: number, messages?: number): void } {
  const pipe = { messagesSent: 0, bytesSent: 0 }
  const outlet = new Outlet(pipe as Pipe, sendBuffer)
  const fill = (bytes = sendBuffer, messages = 1): void => {
    pipe.messagesSent += messages
    pipe.bytesSent += bytes
    outlet.fill()
  }
  return { outlet, fill }
}

/** Looks until it is given up; how often that was. */
function looks(outlet: Outlet): number {
  for (let count = 0; count < 1000; count++) {
    if (!outlet.hopeful) return count
    outlet.look()
  }
  return Number.POSITIVE_INFINITY
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a pipe whose buffer is full', () => {
  it('PS-27 is hopeful, and given up after ten looks', () => {
    const { outlet: one, fill } = outlet()
    expect(one.hopeful).toBe(false)
    fill()
    expect(looks(one)).toBe(10)
  })

  it('PS-27 stays hopeful for as long as it takes a buffer within ten looks', () => {
    const { outlet: one, fill } = outlet()
    for (let round = 0; round < 100; round++) {
      fill()
      for (let i = 0; i < 9; i++) one.look()
      expect(one.hopeful).toBe(true)
      one.room()
    }
  })

  it('PS-27 is given up when it takes its buffer in small pieces, however often it has room', () => {
    const { outlet: one, fill } = outlet()
    fill()
    for (let i = 0; i < 10; i++) {
      one.look()
      if (!one.hopeful) break
      one.room()
      fill(10)
    }
    expect(one.hopeful).toBe(false)
  })

  it('PS-28 is hopeful again when it has taken what waited for it', () => {
    const { outlet: one, fill } = outlet()
    fill()
    looks(one)
    one.room()
    fill(buffer / 2)
    expect(one.hopeful).toBe(false)
    fill(buffer / 2)
    expect(one.hopeful).toBe(true)
  })

  it('PS-28 is left alone for a second after it was given up twice, then for two', () => {
    const { outlet: one, fill } = outlet()
    fill()
    looks(one)
    vi.advanceTimersByTime(500)
    fill()
    expect(looks(one)).toBe(10)
    for (const alone of [1000, 2000, 3000]) {
      vi.advanceTimersByTime(alone - 200)
      fill()
      expect(one.hopeful).toBe(false)
      vi.advanceTimersByTime(200)
      fill()
      expect(looks(one)).toBe(10)
    }
  })

  it('PS-28 is hopeful when it has taken four buffers in time, however often it was given up', () => {
    const { outlet: one, fill } = outlet()
    for (let i = 0; i < 5; i++) {
      fill()
      looks(one)
      vi.advanceTimersByTime(10_000)
    }
    fill()
    looks(one)
    vi.advanceTimersByTime(150)
    for (let i = 0; i < 4; i++) {
      fill()
      expect(one.hopeful).toBe(false)
      vi.advanceTimersByTime(50)
    }
    fill()
    expect(one.hopeful).toBe(true)
  })

  it('PS-28 counts a message as 64 bytes more, and a large buffer as 1 MiB', () => {
    for (const [sendBuffer, bytes, messages, enough] of [
      [64_000, 0, 999, false],
      [64_000, 0, 1000, true],
      [64_000, 63_935, 1, false],
      [64_000, 63_936, 1, true],
      [2 ** 24, 2 ** 20 - 65, 1, false],
      [2 ** 24, 2 ** 20 - 64, 1, true]
    ] as const) {
      const { outlet: one, fill } = outlet(sendBuffer)
      fill()
      looks(one)
      fill(bytes, messages)
      expect(one.hopeful).toBe(enough)
    }
  })

  it('PS-28 has not kept up when one of four buffers took longer than ten looks', () => {
    for (const [slow, alone] of [
      [100, false],
      [101, true]
    ] as const) {
      const { outlet: one, fill } = outlet()
      for (let i = 0; i < 3; i++) {
        fill()
        looks(one)
        vi.advanceTimersByTime(10_000)
      }
      fill()
      looks(one)
      for (const took of [150, 100, 100, slow, 100]) {
        vi.advanceTimersByTime(took)
        fill()
      }
      expect(one.hopeful).toBe(!alone)
    }
  })

  it('PS-28 has its patience anew after it kept up', () => {
    const { outlet: one, fill } = outlet()
    fill()
    looks(one)
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(50)
      fill()
      one.room()
    }
    fill()
    expect(looks(one)).toBe(10)
    // Given up once, as if for the first time.
    fill()
    expect(one.hopeful).toBe(true)
  })
})
