/** Envelopes become backtraces and come back the same, to the byte. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readWord } from '../../../src/core/incoming.ts'
import { packEnvelope, unpackEnvelope, wordFrames } from '../../../src/transports/zmtp/envelope.ts'
import { encodeFrame } from '../../../src/transports/zmtp/frames.ts'
import { hex } from '../../helpers/bytes.ts'

const onWire = (frames: readonly Uint8Array[]): Buffer =>
  Buffer.concat([...frames.map((frame) => encodeFrame(1, frame)), hex('01 00')])

const words = (header: Uint8Array): number[] =>
  Array.from({ length: header.length / 4 }, (_, i) => readWord(header, i * 4))

describe('an envelope', () => {
  it('Z-44 that nobody made is none on the wire', () => {
    expect(Buffer.from(unpackEnvelope(new Uint8Array(0)))).toEqual(onWire([]))
  })

  it('Z-44 of any frames comes back, and its words are a backtrace', () => {
    const frame = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.of(0, ...bytes))
    )
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        const header = packEnvelope(frames) as Uint8Array
        expect(Buffer.from(unpackEnvelope(header)).equals(onWire(frames))).toBe(true)
        expect(words(header).map((word) => word >= 0x80000000)).toEqual(
          words(header).map((_, i, all) => i === all.length - 1)
        )
      })
    )
  })

  it('without frames, as the REQ of libzmq has it, is one word', () => {
    expect(packEnvelope([])).toEqual(new Uint8Array([0x80, 0, 0, 0]))
    expect(unpackEnvelope(new Uint8Array([0x80, 0, 0, 0]))).toEqual(new Uint8Array([1, 0]))
  })

  it('of one id is that id', () => {
    const id = hex('80 00 04 00')
    expect(packEnvelope([id])).toEqual(id)
    expect(Buffer.from(unpackEnvelope(id))).toEqual(onWire([id]))
  })

  it('of an id that looks like a count is packed', () => {
    const id = hex('80 00 00 01')
    expect(packEnvelope([id])).toHaveLength(12)
  })

  it('Z-41 of four proxies and a request id fits into eight words', () => {
    const proxies = Array.from({ length: 4 }, (_, i) => hex(`00 f0 ff 00 0${i}`))
    expect(packEnvelope([...proxies, hex('ff ff ff ff')])).toHaveLength(8 * 4)
  })

  it('of more than 255 words or 255 bytes in a frame is none', () => {
    expect(packEnvelope(Array.from({ length: 4 }, () => new Uint8Array(255)))).toBeUndefined()
    expect(packEnvelope([new Uint8Array(256)])).toBeUndefined()
  })
})

it('words of a backtrace are frames of four bytes', () => {
  expect(Buffer.from(wordFrames(hex('00 00 00 07 80 00 00 01')))).toEqual(
    hex('01 04 00 00 00 07 01 04 80 00 00 01 01 00')
  )
})
