/** Frames of RFC 6455 as they are read: however they are cut and fragmented, and which Close answers what breaks the rules. */
import type { Socket } from 'node:net'
import 'hubless'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import * as ws from 'ws'
import { platform } from '../../../src/core/platform.ts'
import { unlimited } from '../../../src/transports/stream/allowance.ts'
import { WsDecoder } from '../../../src/transports/ws/decoder.ts'
import { WsWriter } from '../../../src/transports/ws/writer.ts'
import { hex } from '../../helpers/bytes.ts'
import { FakeStream } from '../fake-stream.ts'
import { expectBodies, FrameLog, payload, payloads } from '../sp/frames.ts'

/** The types of ws leave it out. */
const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } }

interface Part {
  readonly opcode?: number
  readonly fin?: boolean
  readonly body?: Buffer
}

/** Frames as `ws` writes them. */
function frames(parts: readonly Part[], masked: boolean): Buffer {
  const pieces = parts.flatMap(({ opcode = 2, fin = true, body = Buffer.alloc(0) }) =>
    Sender.frame(Buffer.from(body), {
      fin,
      opcode,
      mask: masked,
      readOnly: false,
      rsv1: false,
      maskBuffer: Buffer.alloc(4)
    })
  )
  return Buffer.concat(pieces)
}

function open(
  masked = true,
  limit = 1 << 20
): { log: FrameLog; decoder: WsDecoder; stream: FakeStream; writer: WsWriter } {
  const log = new FrameLog()
  const stream = new FakeStream()
  const writer = new WsWriter(
    stream as unknown as Socket,
    { masked: !masked, type: 'binary', limit: unlimited },
    () => {}
  )
  return { log, decoder: new WsDecoder({ masked, limit }, writer, log), stream, writer }
}

const closeCode = (stream: FakeStream): number => Buffer.concat(stream.written).readUInt16BE(2)

const sizes = [0, 1, 125, 126, 127, 500, 512, 513, 4096, 8190, 8192, 20_000, 65_535, 65_536, 70_000, 3]

describe.each([
  ['masked', true],
  ['unmasked', false]
] as const)('%s frames', (_title, masked) => {
  const bodies = payloads(sizes)
  const bytes = frames(
    bodies.map((body) => ({ body })),
    masked
  )

  it.each([1, 2, 5, 13, 100, 4096, 8192, 65_536, bytes.length])(
    'WS-17 WS-18 are read in chunks of %i bytes',
    (size) => {
      const { log, decoder } = open(masked)
      for (let at = 0; at < bytes.length; at += size) decoder.push(Buffer.from(bytes.subarray(at, at + size)))
      expect(log.faults).toEqual([])
      expectBodies(log, bodies)
      expect(decoder.end()).toBe(false)
    }
  )

  it('WS-20 fragments are joined however a message is split, with pings between them', () => {
    const cut = fc.array(fc.nat(3000), { maxLength: 8 })
    const chunks = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(fc.nat(3000), cut, chunks, (size, cuts, chunk) => {
        const body = payload(size, 7)
        const places = [0, ...cuts.filter((at) => at < size).sort((a, b) => a - b), size]
        const parts = places.slice(1).flatMap((end, i): Part[] => [
          { opcode: 9, body: payload(i, i) },
          { opcode: i === 0 ? 2 : 0, fin: i === places.length - 2, body: body.subarray(places[i], end) }
        ])
        const { log, decoder } = open(masked)
        const stream = frames(parts, masked)
        for (let at = 0; at < stream.length; at += chunk) decoder.push(Buffer.from(stream.subarray(at, at + chunk)))
        expect(log.faults).toEqual([])
        expectBodies(log, [body])
      })
    )
  })
})

describe('what breaks the rules', () => {
  const parts = (count: number, body: Buffer): Part[] =>
    Array.from({ length: count }, (_, i) => ({ opcode: i === 0 ? 2 : 0, fin: false, body }))

  it.each([
    ['a masked frame of a listener', false, '82 81 00 00 00 00 41', 1002],
    ['an unmasked frame of a dialer', true, '82 01 41', 1002],
    ['reserved bits', true, 'c2 81 00 00 00 00 41', 1002],
    ['a reserved opcode', true, '83 81 00 00 00 00 41', 1002],
    ['a reserved control opcode', true, '8b 80 00 00 00 00', 1002],
    ['a continuation of nothing', true, '80 81 00 00 00 00 41', 1002],
    ['a message inside another', true, '02 81 00 00 00 00 41 82 81 00 00 00 00 41', 1002],
    ['a fragmented ping', true, '09 80 00 00 00 00', 1002],
    ['a ping of 126 bytes', true, '89 fe 00 7e', 1002],
    ['a Close of one byte', true, '88 81 00 00 00 00 03', 1002],
    ['a Close with code 1005', true, '88 82 00 00 00 00 03 ed', 1002],
    ['a Close with code 999', true, '88 82 00 00 00 00 03 e7', 1002],
    ['a Close whose reason is not UTF-8', true, '88 83 00 00 00 00 03 e8 ff', 1007],
    ['text that is not UTF-8', true, '81 81 00 00 00 00 ff', 1007],
    ['text that is not UTF-8 over fragments', true, '01 81 00 00 00 00 c3 80 81 00 00 00 00 28', 1007]
  ] as const)('WS-23 WS-24 %s is answered with its code', (_title, masked, digits, code) => {
    const bytes = hex(digits)
    for (let at = 0; at <= bytes.length; at++) {
      const { log, decoder, stream } = open(masked)
      for (const piece of [bytes.subarray(0, at), bytes.subarray(at), hex('82 81 00 00 00 00 41')])
        decoder.push(Buffer.from(piece))
      expect(log.bodies, `cut at ${at}`).toEqual([])
      expect(log.faults).toEqual(['malformed'])
      const head = Buffer.concat(stream.written)
      expect(masked ? head.readUInt16BE(2) : head.length).toBe(masked ? code : 8)
    }
  })

  it('HOST-10 more fragments than anybody sends end it with 1008, empty or not', () => {
    for (const body of [Buffer.alloc(0), Buffer.alloc(1)]) {
      const { log, decoder, stream } = open()
      const bytes = frames(parts(65_537, body), true)
      for (let at = 0; at < bytes.length; at += 65_536) decoder.push(bytes.subarray(at, at + 65_536))
      expect(log.faults).toEqual(['malformed'])
      expect(closeCode(stream)).toBe(1008)
    }
  })

  it.each([
    ['one frame', '82 fe 03 e9', 1001],
    ['a frame of 2^32 bytes', '82 ff 00 00 00 01 00 00 00 00', 2 ** 32],
    ['a frame of 2^63 bytes', '82 ff 80 00 00 00 00 00 00 00', 2 ** 63],
    ['fragments', '02 fe 03 e8 00 00 00 00 |1000 80 81', 1001]
  ])('TR-08 WS-26 %s above the limit ends it with 1009 and the size announced', (_title, digits, size) => {
    const [start = '', rest = ''] = digits.split('|1000')
    const bytes = Buffer.concat([hex(start), Buffer.alloc(rest === '' ? 0 : 1000), hex(rest)])
    for (let at = 1; at <= bytes.length; at += Math.max(1, bytes.length >> 4)) {
      const { log, decoder, stream } = open(true, 1000)
      decoder.push(Buffer.from(bytes.subarray(0, at)))
      decoder.push(Buffer.from(bytes.subarray(at)))
      decoder.push(Buffer.alloc(6))
      expect(log.faults).toEqual([size])
      expect(closeCode(stream)).toBe(1009)
    }
  })

  it('TR-11 fragments for which there is no memory end it with 1009', () => {
    const { log, decoder, stream } = open()
    const [first, last] = [frames([{ fin: false, body: payload(5, 1) }], true), frames([{ opcode: 0 }], true)]
    decoder.push(first)
    const allocate = vi.spyOn(platform, 'allocate').mockImplementation(() => {
      throw new RangeError('Array buffer allocation failed')
    })
    try {
      decoder.push(last)
    } finally {
      allocate.mockRestore()
    }
    decoder.push(frames([{ body: payload(5, 1) }], true))
    expect([log.bodies, log.faults]).toEqual([[], [5]])
    expect(closeCode(stream)).toBe(1009)
  })

  it('TR-09 a message of exactly the limit is taken, whole and in fragments', () => {
    const { log, decoder } = open(true, 1000)
    const half = payload(500, 1)
    decoder.push(frames([{ body: payload(1000, 1) }, { fin: false, body: half }, { opcode: 0, body: half }], true))
    expect(log.faults).toEqual([])
    expectBodies(log, [payload(1000, 1), Buffer.concat([half, half])])
  })
})

it('TR-12 says whether it ended inside a frame, between fragments, or neither', () => {
  const message = frames(
    [
      { fin: false, body: payload(5, 1) },
      { opcode: 0, body: payload(5, 2) }
    ],
    true
  )
  for (let at = 0; at <= message.length; at++) {
    const { decoder } = open()
    decoder.push(Buffer.from(message.subarray(0, at)))
    expect(decoder.end(), `after ${at} bytes`).toBe(at > 0 && at < message.length)
  }
})

it('stops at a pause inside a chunk and goes on there, keys and fragments included', () => {
  const bodies = payloads([10, 600, 0, 9000, 3, 100])
  const parts = bodies.flatMap((body, i): Part[] =>
    i % 2 === 0
      ? [{ body }]
      : [
          { fin: false, body: body.subarray(0, 50) },
          { opcode: 0, body: body.subarray(50) }
        ]
  )
  for (const size of [1, 700, 100_000]) {
    const { log, decoder } = open()
    log.onFrame = () => decoder.pause()
    const bytes = frames(parts, true)
    for (let at = 0; at < bytes.length; at += size) decoder.push(Buffer.from(bytes.subarray(at, at + size)))
    for (let count = 1; count < bodies.length; count++) {
      expect(log.bodies).toHaveLength(count)
      decoder.resume()
    }
    expectBodies(log, bodies)
  }
})

it('HOST-19 takes a message in a hundred thousand chunks of one byte in time that grows with it alone', () => {
  const body = payload(500_000, 1)
  const bytes = frames([{ body }], true)
  const { log, decoder } = open()
  const began = performance.now()
  for (let at = 0; at < bytes.length; at++) decoder.push(new Uint8Array(bytes.subarray(at, at + 1)))
  expect(performance.now() - began).toBeLessThan(5000)
  expectBodies(log, [body])
})
