/** Signs of life: who is given up, and who is not since nobody listened. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../../src/transports/zmtp/heartbeat.ts'
import { FakeStream } from '../fake-stream.ts'

const all = { interval: 1000, timeout: 500 }
const [listening, deaf] = [() => false, () => true]

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open(): { stream: FakeStream; heartbeat: Heartbeat } {
  const stream = new FakeStream()
  stream.on('error', () => {})
  return { stream, heartbeat: new Heartbeat(stream.socket) }
}

describe('asking for signs of life', () => {
  it('Z-57 gives up who says nothing, and not who said something or was not listened to', () => {
    for (const [hears, isDeaf, gone] of [
      [false, listening, true],
      [true, listening, false],
      [false, deaf, false]
    ] as const) {
      const { stream, heartbeat } = open()
      const pings: number[] = []
      heartbeat.start(all, (tenths) => pings.push(tenths), isDeaf)
      vi.advanceTimersByTime(1000)
      expect(pings).toEqual([15])
      if (hears) heartbeat.heard()
      vi.advanceTimersByTime(499)
      expect(stream.destroyed).toBe(false)
      vi.advanceTimersByTime(1)
      expect(stream.destroyed).toBe(gone)
      stream.destroy()
    }
  })

  it('does not begin on a stream that is gone', () => {
    const { stream, heartbeat } = open()
    stream.destroy()
    heartbeat.start(all, () => {}, listening)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a PING that says how long its sender is to be believed alive', () => {
  it('Z-56 ends the connection after so much silence, from the last sign of life on, and not while nobody listens', () => {
    const { stream, heartbeat } = open()
    let reads = true
    heartbeat.expect(3, () => !reads)
    heartbeat.heard()
    vi.advanceTimersByTime(300)
    expect(stream.destroyed).toBe(false)
    reads = false
    vi.advanceTimersByTime(300)
    expect(stream.destroyed).toBe(false)
    reads = true
    vi.advanceTimersByTime(299)
    expect(stream.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(stream.errored?.message).toContain('300 ms')
  })
})
