/** Envelopes of requests and replies, frame by frame. */
import { describe, expect, it } from 'vitest'
import { BodyAssembly } from '../../../src/transports/zmtp/assembly.ts'
import { anyEnvelope, EnvelopeAssembly, LoneRequest, ownEnvelope } from '../../../src/transports/zmtp/replies.ts'
import { recordingFrames } from './frame-sink.ts'

/** Messages as lists of frames, to what becomes of them. */
function assemble(read: typeof anyEnvelope, joins: boolean, ...messages: readonly (readonly Buffer[])[]): unknown[] {
  const { sink, seen } = recordingFrames()
  const assembly = new EnvelopeAssembly(sink, new BodyAssembly(sink, joins), read)
  for (const frames of messages) {
    frames.forEach((frame, i) => {
      assembly.frame(i < frames.length - 1, frame, 0, frame.length)
    })
  }
  return seen
}

const [empty, body] = [Buffer.alloc(0), Buffer.from('body')]
const id = Buffer.from([0x80, 0, 0, 1])

describe('an envelope', () => {
  it('Z-38 that ends before the empty frame is malformed, and the next message is taken', () => {
    const [dropped, taken] = assemble(ownEnvelope, false, [id, body], [id, empty, body])
    expect(dropped).toEqual(['dropped', 'malformed', 8, 'there is no empty frame before the body'])
    expect(taken).toEqual(['parts', id.toString('hex'), 'body'])
  })

  it('that is not of ours is malformed for REQ, with all of its bytes counted', () => {
    const frames = [Buffer.from('x'), empty, body, body]
    expect(assemble(ownEnvelope, false, frames)).toEqual([
      ['dropped', 'malformed', 1 + 8, 'the envelope is not that of a request of ours']
    ])
  })

  it('of more bytes or words than can be remembered is dropped for its hops', () => {
    const long = 'the envelope is too long to be remembered'
    const wide = [...Array.from({ length: 5 }, () => Buffer.alloc(255)), empty, body]
    expect(assemble(anyEnvelope, false, wide)).toEqual([['dropped', 'ttl', 5 * 255 + 4, long]])
    const deep = [...Array.from({ length: 256 }, () => Buffer.alloc(4)), empty, body]
    expect(assemble(anyEnvelope, false, deep)).toEqual([['dropped', 'ttl', 1024 + 4, long]])
  })

  it('stands before a body of several frames, joined or refused', () => {
    expect(assemble(ownEnvelope, true, [id, empty, body, body])).toEqual([['parts', id.toString('hex'), 'bodybody']])
    const [refused] = assemble(ownEnvelope, false, [id, empty, body, body]) as unknown[][]
    expect(refused?.slice(0, 2)).toEqual(['dropped', 'malformed'])
  })
})

describe('a request without an id', () => {
  const header = Buffer.from([0x80, 0, 0, 7])

  it('keeps its connection full until its reply is there', () => {
    let rooms = 0
    const lone = new LoneRequest(() => rooms++)
    lone.replied()
    expect(rooms).toBe(0)
    lone.sent(header, true)
    lone.room()
    expect(rooms).toBe(0)
    expect(lone.envelope([])).toEqual(new Uint8Array(header))
    expect(lone.envelope([body])).toBe('malformed')
    lone.replied()
    expect(rooms).toBe(1)
  })

  it('waits for room as well where its bytes are still on their way', () => {
    let rooms = 0
    const lone = new LoneRequest(() => rooms++)
    lone.sent(header, false)
    lone.replied()
    expect(rooms).toBe(0)
    lone.room()
    expect(rooms).toBe(1)
  })
})
