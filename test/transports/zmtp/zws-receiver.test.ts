/** Messages of a WebSocket as frames of ZeroMQ, where the peer breaks the rules. */
import { describe, expect, it } from 'vitest'
import { mostFrames } from '../../../src/transports/zmtp/decoder.ts'
import type { Cipher } from '../../../src/transports/zmtp/mechanisms/mechanism.ts'
import { ZwsReceiver } from '../../../src/transports/zmtp/zws-receiver.ts'
import { recordingFrames } from './frame-sink.ts'

function receiver(limit = Infinity): { hear(...bytes: number[]): void; seen: unknown[]; receiver: ZwsReceiver } {
  const { sink, seen } = recordingFrames()
  const command = (bytes: Buffer): string | undefined => (bytes[0] === 9 ? 'wrong' : undefined)
  const made = new ZwsReceiver({ ...sink, command, frame: () => {} })
  const assembly = {
    frame: (more: boolean, bytes: Uint8Array, start: number, end: number) =>
      void seen.push([more, end - start, bytes[start]])
  }
  made.connect(sink, assembly, limit, command, undefined)
  return { hear: (...bytes) => made.frame(Buffer.from(bytes), 0, bytes.length), seen, receiver: made }
}

describe('a message of a WebSocket', () => {
  it('is a frame, the last or one with more behind it, or a command', () => {
    const { hear, seen } = receiver()
    hear(1, 65)
    hear(0, 66, 67)
    hear(2, 1)
    expect(seen).toEqual([
      [true, 1, 65],
      [false, 2, 66]
    ])
  })

  it.each([
    [[], 'a message that is no frame of ZeroMQ'],
    [[3, 1], 'a message that is no frame of ZeroMQ'],
    [[2, 9], 'wrong']
  ])('of bytes %j is malformed', (bytes, why) => {
    const { hear, seen } = receiver()
    hear(...bytes)
    expect(seen).toEqual([['malformed', why]])
  })

  it('is no command in the middle of another', () => {
    const { hear, seen } = receiver()
    hear(1, 65)
    hear(2, 1)
    expect(seen.at(-1)).toEqual(['malformed', 'a command inside a message'])
  })

  it('Z-30 Z-28 ends with its bytes in sum, and with the number of its frames', () => {
    const sum = receiver(4)
    sum.hear(1, 1, 2)
    sum.hear(0, 1, 2, 3)
    expect(sum.seen).toEqual([
      [true, 2, 1],
      ['too big', 5]
    ])
    const many = receiver()
    for (let i = 0; i < mostFrames; i++) many.hear(1)
    expect(many.seen.at(-1)).toEqual(['malformed', `a message of more than ${mostFrames} frames`])
    expect(many.seen).toHaveLength(mostFrames)
  })

  it('goes on with whoever listens, and what the WebSocket reports is handed on', () => {
    const { receiver: made, seen } = receiver()
    made.farewell(new Error('bye'))
    made.tooBig(7)
    made.malformed(new Error('no'))
    made.parts()
    made.dropped()
    made.decoded()
    expect(seen).toEqual([['farewell', 'bye'], ['too big', 7], ['malformed', 'no'], ['decoded']])
  })
})

it('Z-20 a sealed message that does not open is malformed', () => {
  const { sink, seen } = recordingFrames()
  const { receiver: made } = receiver()
  const assembly = { frame: () => void seen.push('a frame') }
  const cipher = { open: () => undefined } as unknown as Cipher
  made.connect(sink, assembly, Infinity, () => undefined, cipher)
  made.frame(Buffer.from([0, 1, 2]), 0, 3)
  expect(seen).toEqual([['malformed', 'a frame that is not authentic']])
})
