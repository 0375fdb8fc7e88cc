/** The decoder: the same messages however the stream is cut, paused or ended, and nothing for damage but a report. */
import { describe, expect, it, vi } from 'vitest'
import { platform } from '../../../src/core/platform.ts'
import { SpDecoder } from '../../../src/transports/sp/decoder.ts'
import { type Framing, ipcFraming } from '../../../src/transports/sp/framing.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { expectBodies, FrameLog, frame, framings, payload, payloads, prefix, streamOf } from './frames.ts'

const limit = 1 << 20
/** Chunks above this are decoded in windows of this size. */
const window = 8192

function decode(framing: Framing, chunks: readonly Uint8Array[], max = limit): FrameLog {
  const log = new FrameLog()
  const decoder = new SpDecoder(framing, max, log)
  for (const chunk of chunks) decoder.push(chunk)
  return log
}

describe.each(framings)('decoder of %s frames', (_name, framing) => {
  const small = payloads([0, 1, 3, 0, 9, 17, 2])
  const smallStream = streamOf(framing, small)

  it('reads whole messages from one chunk, empty ones included', () => {
    expectBodies(decode(framing, [smallStream]), small)
  })

  it('TR-03 gives the same messages for any two cuts of a stream of small messages', () => {
    for (let a = 0; a <= smallStream.length; a++) {
      for (let b = a; b <= smallStream.length; b++) {
        const log = decode(framing, [smallStream.subarray(0, a), smallStream.subarray(a, b), smallStream.subarray(b)])
        expectBodies(log, small, `cut at ${a} and ${b}`)
      }
    }
  })

  it('TR-03 gives the same messages byte by byte', () => {
    const bodies = payloads([5, 0, 300, 1, 0, 0, 70])
    const bytes = streamOf(framing, bodies)
    expectBodies(decode(framing, chunked(bytes, 1)), bodies)
  })

  const half = window / 2 - framing.prefix
  const whole = window - framing.prefix
  const mixedSizes = [0, half - 1, 10, half, 0, half + 1, 1, whole - 1, whole, 3, whole + 1, 2 * window, 20, 0, 0]
  const mixed = payloads(mixedSizes)
  const mixedStream = streamOf(framing, mixed)

  it('TR-03 gives the same messages for cuts of a stream with frames around the size of a window', () => {
    // Every position near the edge of a frame, every 97th elsewhere.
    for (const at of cutsNear(mixedSizes.map((size) => size + framing.prefix))) {
      const log = decode(framing, [mixedStream.subarray(0, at), mixedStream.subarray(at)])
      expectBodies(log, mixed, `cut at ${at}`)
    }
  })

  it.each([1, 7, 8, 9, 63, 4095, 4096, 8191, 8192, 8193, 16_384])('TR-03 reads chunks of %i bytes', (size) => {
    expectBodies(decode(framing, chunked(mixedStream, size)), mixed)
  })

  it('copies small messages out of a large chunk and leaves large ones where they lie', () => {
    const bodies = payloads([100, half, half + 1, 100, whole, 100])
    const chunk = new Uint8Array(streamOf(framing, bodies))
    const log = decode(framing, [chunk])
    expectBodies(log, bodies)
    expect(log.memory.map((memory) => memory === chunk.buffer)).toEqual([false, false, true, false, true, false])
  })

  it('COM-27 never hands out a small message as a view of a large chunk', () => {
    const bodies = Array.from({ length: 2000 }, (_, i) => payload(i % 50, i))
    const chunks = chunked(streamOf(framing, bodies), 65_536).map((chunk) => new Uint8Array(chunk))
    const log = decode(framing, chunks)
    expectBodies(log, bodies)
    expect(Math.max(...log.memory.map((memory) => memory.byteLength))).toBeLessThanOrEqual(window)
  })

  it('tells the platform once of memory that several messages lie in, and never of what one has to itself', () => {
    const told = vi.spyOn(platform, 'keepTogether')
    const own = (...bodies: Buffer[]): Uint8Array => new Uint8Array(streamOf(framing, bodies))
    const [small, large] = [payload(100, 1), payload(20_000, 2)]
    const begun = new Uint8Array(prefix(framing, 100))
    try {
      for (const [chunks, shared] of [
        [[own(small), own(small)], []],
        [[own(large), own(large)], []],
        [[own(small, small, small), own(small)], [0]],
        [[own(large, large, large), own(large)], [0]],
        // What precedes or follows is a part of another message.
        [[own(small), Buffer.concat([own(small), begun]), own(small).subarray(framing.prefix)], [1]],
        [[begun, Buffer.concat([small, own(small)])], [1]],
        [[begun, Buffer.concat([small, own(large)])], [1]]
      ] as [Uint8Array[], number[]][]) {
        told.mockClear()
        const memory = chunks.map((chunk) => new Uint8Array(chunk))
        decode(framing, memory)
        expect(told.mock.calls).toEqual(shared.map((index) => [memory[index]?.buffer]))
      }
      // Small messages of a large chunk lie in windows.
      told.mockClear()
      const log = decode(framing, [own(small, large, ...Array.from({ length: 200 }, () => small))])
      const windows = new Set(log.memory.filter((memory) => memory.byteLength <= window))
      expect(windows.size).toBeGreaterThan(2)
      for (const memory of windows) expect(told.mock.calls.filter(([one]) => one === memory)).toHaveLength(1)
    } finally {
      told.mockRestore()
    }
  })

  it('does not keep a large chunk for the beginning of a message at its end', () => {
    const first = payload(60_000, 1)
    const second = payload(200, 2)
    const bytes = streamOf(framing, [first, second])
    const chunk = new Uint8Array(bytes.subarray(0, bytes.length - 50))
    const log = decode(framing, [chunk, new Uint8Array(bytes.subarray(bytes.length - 50))])
    expectBodies(log, [first, second])
    expect(log.memory[1]?.byteLength).toBeLessThanOrEqual(window)
  })

  it('TR-09 takes a payload of exactly the limit and refuses one byte more', () => {
    expect(decode(framing, [frame(framing, payload(100, 0))], 100).bodies).toHaveLength(1)
    const log = decode(framing, [frame(framing, payload(101, 0))], 100)
    expect(log.bodies).toEqual([])
    expect(log.faults).toEqual([101])
  })

  it('takes empty messages only when the limit is 0', () => {
    const log = decode(framing, [streamOf(framing, payloads([0, 0, 1, 0]))], 0)
    expect(log.bodies.map(sizeOf)).toEqual([0, 0])
    expect(log.faults).toEqual([1])
  })

  it.each([
    ['2^53 + 1', 2n ** 53n + 1n],
    ['2^60', 2n ** 60n],
    ['2^63', 2n ** 63n],
    ['2^64 - 1', 2n ** 64n - 1n]
  ])('TR-11 refuses a declared size of %s without a limit, once, with nothing allocated', (_size, size) => {
    for (const chunks of [
      [prefix(framing, size)],
      chunked(prefix(framing, size), 1),
      [Buffer.concat([prefix(framing, size), Buffer.alloc(20_000)])]
    ]) {
      const before = process.memoryUsage().arrayBuffers
      const log = decode(framing, [...chunks, smallStream], Number.POSITIVE_INFINITY)
      expect(log.bodies).toEqual([])
      expect(log.faults).toEqual([Number(size)])
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    }
  })

  it('TR-11 refuses a message that arrived and for which there is no memory', () => {
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, Number.POSITIVE_INFINITY, log)
    const chunks = chunked(Buffer.concat([frame(framing, payload(200_000, 1)), smallStream]), 65_536)
    const allocate = vi.spyOn(platform, 'allocate').mockImplementation((size) => {
      if (size > 100_000) throw new RangeError('Array buffer allocation failed')
      return Buffer.alloc(size)
    })
    try {
      for (const chunk of chunks) decoder.push(chunk)
    } finally {
      allocate.mockRestore()
    }
    expect(log.bodies).toEqual([])
    expect(log.faults).toEqual([200_000])
    expect(decoder.end()).toBe(false)
  })

  it('delivers what precedes a refused size and nothing behind it, wherever the stream is cut', () => {
    for (const size of [limit + 1, 0x7fffffff]) {
      const bytes = Buffer.concat([smallStream, prefix(framing, size), smallStream])
      for (let at = 0; at <= bytes.length; at++) {
        const log = decode(framing, [bytes.subarray(0, at), bytes.subarray(at)])
        expect(log.bodies.length).toBe(small.length)
        expect(log.faults).toEqual([size])
      }
    }
  })

  it('TR-12 says of every cut-off stream whether it ended inside a message', () => {
    const ends = new Set([0])
    let end = 0
    for (const body of small) {
      end += framing.prefix + body.length
      ends.add(end)
    }
    for (let at = 0; at <= smallStream.length; at++) {
      const log = new FrameLog()
      const decoder = new SpDecoder(framing, limit, log)
      decoder.push(smallStream.subarray(0, at))
      expect(decoder.end(), `after ${at} bytes`).toBe(!ends.has(at))
      const complete = [...ends].filter((e) => e <= at).length - 1
      expectBodies(log, small.slice(0, complete))
    }
  })

  it('TR-12 says so of messages larger than a window too', () => {
    const bytes = frame(framing, payload(3 * window, 1))
    for (const at of [1, framing.prefix - 1, framing.prefix, window, 2 * window, bytes.length - 1]) {
      const decoder = new SpDecoder(framing, limit, new FrameLog())
      decoder.push(bytes.subarray(0, at))
      expect(decoder.end(), `after ${at} bytes`).toBe(true)
    }
  })

  it('does not call a stream truncated that it refused', () => {
    const decoder = new SpDecoder(framing, 10, new FrameLog())
    decoder.push(prefix(framing, 11))
    expect(decoder.end()).toBe(false)
  })

  it('decodes nothing after stop, also when stopped from inside a callback', () => {
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, limit, log)
    log.onFrame = () => {
      if (log.bodies.length === 2) decoder.stop()
    }
    decoder.push(smallStream)
    decoder.push(smallStream)
    expectBodies(log, small.slice(0, 2))
    expect(decoder.end()).toBe(false)
  })

  it('holds a message that arrives in single bytes in memory of about its size', async () => {
    const body = payload(100_000, 1)
    const bytes = frame(framing, body)
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, limit, log)
    const before = await memoryInUse()
    // Each byte in memory of its own, as it comes from the network.
    for (const byte of bytes.subarray(0, -1)) decoder.push(Buffer.from(new Uint8Array([byte]).buffer))
    expect((await memoryInUse()) - before).toBeLessThan(20 * body.length)
    decoder.push(bytes.subarray(-1))
    expectBodies(log, [body])
  })
})

it('IPC-01 refuses a frame of another type, and reads nothing behind it', () => {
  const bytes = streamOf(ipcFraming, payloads([5, 5, 5]))
  bytes[14] = 2
  const log = decode(ipcFraming, [bytes])
  expect([log.bodies.map(sizeOf), log.faults]).toEqual([[5], ['malformed']])
})

/** Positions in a stream of frames of these lengths. */
function cutsNear(lengths: readonly number[]): Set<number> {
  const cuts = new Set<number>()
  let start = 0
  for (const length of lengths) {
    for (let at = 0; at < Math.min(20, length); at++) cuts.add(start + at)
    for (let at = 0; at < length; at += 97) cuts.add(start + at)
    for (let at = Math.max(0, length - 20); at <= length; at++) cuts.add(start + at)
    start += length
  }
  return cuts
}

function sizeOf(body: Uint8Array): number {
  return body.length
}

function chunked(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}
