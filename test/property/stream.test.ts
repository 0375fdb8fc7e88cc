/** What one end of a stream writes, the other reads, whatever the messages are and however the network cuts them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpDecoder } from '../../src/transports/sp/decoder.ts'
import { SpWriter } from '../../src/transports/sp/writer.ts'
import { unlimited } from '../../src/transports/stream/allowance.ts'
import { FakeStream } from '../transports/fake-stream.ts'
import { expectBodies, FrameLog, framings, payload } from '../transports/sp/frames.ts'
import { cuts, damage, noise, pieces } from './damage.ts'

const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(70) },
  { weight: 2, arbitrary: fc.nat(20_000) },
  { weight: 1, arbitrary: fc.integer({ min: 4080, max: 4110 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8170, max: 8210 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536, 65_537, 100_000) }
)
const message = fc.record({ header: fc.constantFrom(0, 0, 0, 4, 8, 3), body: size })

/** Memory that is used again too early cannot change what was written, and shows. */
class CopyingStream extends FakeStream {
  override _write(chunk: Buffer, encoding: string, callback: () => void): void {
    super._write(Buffer.from(chunk), encoding, callback)
  }
}

describe.each(framings)('streams of %s frames', (_name, framing) => {
  it('TR-03 give the same messages in the same order, for any messages, cuts and pauses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 40, size: 'max' }),
        cuts,
        fc.array(fc.nat(39)),
        async (messages, where, stops) => {
          const stream = new FakeStream()
          const writer = new SpWriter(stream.socket, framing, unlimited, () => {})
          const expected = messages.map(({ header, body }, i) => {
            const parts = [payload(header, i + 100), payload(body, i)]
            writer.write(parts[0] as Buffer, parts[1] as Buffer)
            return Buffer.concat(parts)
          })
          writer.flush()
          await new Promise((resolve) => setImmediate(resolve))
          expect(writer.pending).toBe(0)

          const log = new FrameLog()
          const decoder = new SpDecoder(framing, 1 << 20, log)
          log.onFrame = () => {
            if (stops.includes(log.bodies.length)) decoder.pause()
          }
          for (const piece of pieces(Buffer.concat(stream.written), where)) decoder.push(piece)
          do decoder.resume()
          while (decoder.backlog > 0)
          expect(decoder.end()).toBe(false)
          expectBodies(log, expected)
        }
      ),
      { numRuns: 150 }
    )
  })

  it('give every receiver its own messages, whichever are shared, whenever each leaves', async () => {
    const writers = 3
    const step = fc.record({
      to: fc.subarray([0, 1, 2], { minLength: 1 }),
      size: fc.oneof(fc.nat(100), fc.constantFrom(4000, 8192, 8193, 40_000)),
      shared: fc.boolean(),
      flush: fc.subarray([0, 1, 2])
    })
    let mark = 2 ** 40
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const streams = Array.from({ length: writers }, () => new CopyingStream())
        const all = streams.map((stream) => new SpWriter(stream.socket, framing, unlimited, () => {}))
        const expected: Buffer[][] = streams.map(() => [])
        for (const [i, { to, size, shared, flush }] of steps.entries()) {
          mark++
          for (const n of to) {
            all[n]?.write(new Uint8Array(0), payload(size, i), shared ? mark : 0)
            expected[n]?.push(payload(size, i))
          }
          for (const n of flush) all[n]?.flush()
          if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        for (const one of all) one.flush()
        await new Promise((resolve) => setImmediate(resolve))
        for (const [n, stream] of streams.entries()) {
          const log = new FrameLog()
          const decoder = new SpDecoder(framing, 1 << 20, log)
          for (const piece of stream.written) decoder.push(piece)
          expectBodies(log, expected[n] ?? [])
          expect(all[n]?.pending).toBe(0)
        }
      }),
      { numRuns: 100 }
    )
  })

  it('never make the decoder throw, and never give a message above the limit', () => {
    const bodies = [0, 1, 40, 300].map(payload)
    const valid = Buffer.concat(bodies.map((body) => Buffer.concat([prefixOf(framing.prefix, body.length), body])))
    fc.assert(
      fc.property(
        fc.oneof(
          damage.map((spoil) => spoil(valid)),
          noise
        ),
        cuts,
        (bytes, where) => {
          const log = new FrameLog()
          const decoder = new SpDecoder(framing, 500, log)
          for (const piece of pieces(bytes, where)) decoder.push(piece)
          decoder.end()
          for (const body of log.bodies) expect(body.length).toBeLessThanOrEqual(500)
          expect(log.faults.length).toBeLessThanOrEqual(1)
        }
      ),
      { numRuns: 2000 }
    )
  })
})

function prefixOf(length: 8 | 9, size: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes[0] = length - 8
  bytes.writeUInt32BE(size, length - 4)
  return bytes
}
