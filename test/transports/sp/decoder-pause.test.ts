/** Pausing the decoder: nothing is lost, doubled or out of order, whenever it is paused, resumed or ended. */
import { describe, expect, it } from 'vitest'
import { SpDecoder } from '../../../src/transports/sp/decoder.ts'
import { expectBodies, FrameLog, frame, framings, payload, payloads, prefix, streamOf } from './frames.ts'

const limit = 1 << 20
const sizes = [0, 5, 9000, 1, 0, 4000, 4100, 12, 8184, 20_000, 0, 3]

describe.each(framings)('paused decoder of %s frames', (_name, framing) => {
  const bodies = payloads(sizes)
  const bytes = streamOf(framing, bodies)

  function pausing(): { log: FrameLog; decoder: SpDecoder } {
    const log = new FrameLog()
    const decoder = new SpDecoder(framing, limit, log)
    return { log, decoder }
  }

  it('stops after the message that paused it, and goes on from there', () => {
    for (const chunkSize of [bytes.length, 9000, 4096, 100, 10]) {
      const { log, decoder } = pausing()
      log.onFrame = () => decoder.pause()
      for (let at = 0; at < bytes.length; at += chunkSize) decoder.push(bytes.subarray(at, at + chunkSize))
      for (let count = 1; count < bodies.length; count++) {
        expect(log.bodies).toHaveLength(count)
        decoder.resume()
      }
      expectBodies(log, bodies)
      decoder.resume()
      expect(decoder.backlog).toBe(0)
    }
  })

  it('TR-15 says how many bytes wait, wherever in a chunk it was paused', () => {
    for (const chunkSize of [bytes.length, 9000, 100]) {
      const { log, decoder } = pausing()
      log.onFrame = () => decoder.pause()
      let left = bytes.length
      for (let at = 0; at < bytes.length; at += chunkSize) decoder.push(bytes.subarray(at, at + chunkSize))
      for (const body of bodies) {
        left -= framing.prefix + body.length
        // What has come of a message that spans chunks is held by itself.
        if (chunkSize === bytes.length) expect(decoder.backlog).toBe(left)
        else expect(decoder.backlog).toBeLessThanOrEqual(left)
        decoder.resume()
      }
      expect(decoder.backlog).toBe(0)
    }
  })

  it('keeps what is pushed while it is paused', () => {
    const { log, decoder } = pausing()
    decoder.pause()
    for (let at = 0; at < bytes.length; at += 1000) decoder.push(bytes.subarray(at, at + 1000))
    expect(log.bodies).toEqual([])
    decoder.resume()
    expect(decoder.backlog).toBe(0)
    expectBodies(log, bodies)
  })

  it('puts what is pushed behind what is left of a pause', () => {
    const { log, decoder } = pausing()
    const half = bytes.length >> 1
    log.onFrame = () => decoder.pause()
    decoder.push(bytes.subarray(0, half))
    decoder.push(bytes.subarray(half))
    log.onFrame = undefined
    decoder.resume()
    expect(decoder.backlog).toBe(0)
    expectBodies(log, bodies)
  })

  it('pauses inside a message that spans chunks without losing its beginning', () => {
    const body = payload(3000, 1)
    const spanning = Buffer.concat([frame(framing, body), frame(framing, body)])
    for (let at = 1; at < spanning.length; at += 7) {
      const { log, decoder } = pausing()
      decoder.push(spanning.subarray(0, at))
      decoder.pause()
      decoder.push(spanning.subarray(at))
      decoder.resume()
      expectBodies(log, [body, body])
    }
  })

  it('keeps the order when it is resumed from inside a message', () => {
    const { log, decoder } = pausing()
    decoder.pause()
    for (let at = 0; at < bytes.length; at += 5000) decoder.push(bytes.subarray(at, at + 5000))
    log.onFrame = () => {
      decoder.pause()
      decoder.resume()
    }
    decoder.resume()
    expect(decoder.backlog).toBe(0)
    expectBodies(log, bodies)
  })

  it('TR-18 delivers what is left when the stream ends, paused or not', () => {
    for (const again of [true, false]) {
      const { log, decoder } = pausing()
      log.onFrame = () => {
        if (again || log.bodies.length === 1) decoder.pause()
      }
      for (let at = 0; at < bytes.length; at += 5000) decoder.push(bytes.subarray(at, at + 5000))
      expect(log.bodies).toHaveLength(1)
      expect(decoder.end()).toBe(false)
      expectBodies(log, bodies)
    }
  })

  it('TR-12 sees that the stream ended inside a message, paused or not', () => {
    const { log, decoder } = pausing()
    decoder.pause()
    decoder.push(bytes)
    decoder.push(frame(framing, payload(10, 0)).subarray(0, framing.prefix + 9))
    expect(decoder.end()).toBe(true)
    expectBodies(log, bodies)
  })

  it('reports damage when it comes to it, not while it is paused', () => {
    const { log, decoder } = pausing()
    log.onFrame = () => decoder.pause()
    decoder.push(Buffer.concat([frame(framing, payload(1, 0)), prefix(framing, limit + 1), bytes]))
    expect(log.faults).toEqual([])
    decoder.resume()
    expect(log.faults).toEqual([limit + 1])
    decoder.resume()
    expect(log.bodies).toHaveLength(1)
  })
})
