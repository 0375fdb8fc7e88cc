import type { Incoming } from 'hubless'
import { describe, expect, it } from 'vitest'
import { Packer, type Parcel } from '../../../src/transports/thread/packer.ts'
import type { Piece } from '../../../src/transports/thread/parcel.ts'
import { Unpacker, type UnpackerSink } from '../../../src/transports/thread/unpacker.ts'

const empty = new Uint8Array(0)
const allocate = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size)
const packer = (): Packer => new Packer(allocate)

/** Writes down what it is told; wants as many messages as it is told to. */
class Reader implements UnpackerSink {
  readonly seen: string[] = []
  /** Runs inside the call that brings a message. */
  onMessage: (() => void) | undefined
  readonly sizes: number[] = []
  wants = Number.POSITIVE_INFINITY
  weight = 0

  get wanted(): boolean {
    return this.seen.length < this.wants
  }

  message(message: Incoming): void {
    this.seen.push(Buffer.from(message.body()).toString('latin1'))
    this.onMessage?.()
    // The message is valid to the end of the call.
    this.sizes.push(message.size)
  }

  tooBig(size: number): void {
    this.seen.push(`too big: ${size}`)
  }

  read(weight: number): void {
    this.weight += weight
  }
}

function unpack(pieces: readonly Piece[]): Reader {
  const reader = new Reader()
  new Unpacker(reader).push(pieces)
  return reader
}

const take = (from: Packer, room = Number.POSITIVE_INFINITY): Parcel => from.take(room) as Parcel

describe('parcels', () => {
  it('carry messages of every size in order, header before body', () => {
    const from = packer()
    const sizes = [0, 1, 600, 8192, 8193, 300_000, 3, 0]
    for (const [i, size] of sizes.entries()) from.write(Buffer.from(`h${i}`), Buffer.alloc(size, 97 + i), false)
    const { seen } = unpack(take(from).pieces)
    expect(seen).toEqual(sizes.map((size, i) => `h${i}${String.fromCharCode(97 + i).repeat(size)}`))
    expect([from.messages, from.bytes, from.take(1)]).toEqual([0, 0, undefined])
  })

  it('hold hundreds of small messages in one buffer, and give it up to be moved', () => {
    const from = packer()
    for (let i = 0; i < 200; i++) from.write(empty, Buffer.from('x'.repeat(64)), false)
    const { pieces, moved } = take(from)
    expect(pieces).toHaveLength(1)
    expect(moved).toEqual(pieces)
    expect(unpack(pieces).seen).toHaveLength(200)
  })

  it('are as heavy for the receiver as for the sender, whatever is in them', () => {
    const from = packer()
    for (let i = 0; i < 3000; i++) from.write(Buffer.alloc(i % 9), Buffer.alloc((i * 37) % 20_000), false)
    from.refuse(5)
    const { pieces, weight } = take(from)
    const reader = unpack(pieces)
    expect(reader.weight).toBe(weight)
    expect(reader.seen).toHaveLength(3001)
    expect(reader.seen.at(-1)).toBe('too big: 5')
  })

  it('go as far as there is room, one piece beyond at most; the rest follows', () => {
    const from = packer()
    for (let i = 0; i < 10; i++) from.write(empty, Buffer.alloc(10_000, i), false)
    expect(from.take(0)).toBeUndefined()
    const first = take(from, 25_000)
    expect(first.weight).toBe(30_000)
    expect(from.messages).toBe(7)
    expect(unpack(first.pieces).sizes).toEqual([10_000, 10_000, 10_000])
    expect(unpack(take(from).pieces).sizes).toHaveLength(7)
  })

  it('move a body that fills its memory where nobody else needs it, and copy a view', () => {
    const from = packer()
    const [moved, kept, part] = [new Uint8Array(20_000).fill(1), new Uint8Array(20_000).fill(2), new Uint8Array(40_000)]
    from.write(empty, moved, true)
    from.write(empty, kept, false)
    from.write(empty, part.subarray(20_000).fill(3), true)
    expect([moved.length, kept.length, part.length]).toEqual([0, 20_000, 40_000])
    kept.fill(9)
    part.fill(9)
    const { seen } = unpack(take(from).pieces)
    expect(seen).toEqual(['\x01', '\x02', '\x03'].map((char) => char.repeat(20_000)))
  })
})

describe('reading parcels', () => {
  it('stops in the middle and goes on there', () => {
    const from = packer()
    for (let i = 0; i < 100; i++) from.write(empty, Buffer.from(String(i)), false)
    from.write(empty, Buffer.alloc(9000, 65), false)
    const reader = new Reader()
    const unpacker = new Unpacker(reader)
    reader.wants = 40
    unpacker.push(take(from).pieces)
    expect(reader.seen).toHaveLength(40)
    expect(reader.weight).toBe(0)
    reader.wants = 100
    unpacker.drain()
    expect(reader.seen.at(-1)).toBe('99')
    reader.wants = 101
    unpacker.drain()
    expect(reader.seen.at(-1)).toBe('A'.repeat(9000))
  })

  it('hands over everything when it is over, wanted or not, and forgets everything when told to', () => {
    const from = packer()
    for (let i = 0; i < 10; i++) from.write(empty, Buffer.from(String(i)), false)
    const { pieces, weight } = take(from)
    for (const all of [true, false]) {
      const reader = new Reader()
      const unpacker = new Unpacker(reader)
      reader.wants = 3
      unpacker.push(pieces)
      if (all) unpacker.drain(true)
      else unpacker.discard()
      expect(reader.seen).toHaveLength(all ? 10 : 3)
      expect(reader.weight).toBe(weight)
    }
  })

  it('keeps the order when more comes from inside a message, and when it is asked to go on there', () => {
    const reader = new Reader()
    const unpacker = new Unpacker(reader)
    const [first, second] = [packer(), packer()]
    for (const text of ['1', '22', '333']) first.write(empty, Buffer.from(text), false)
    second.write(empty, Buffer.from('4444'), false)
    reader.onMessage = () => {
      reader.onMessage = undefined
      unpacker.push(take(second).pieces)
    }
    unpacker.push(take(first).pieces)
    expect(reader.seen).toEqual(['1', '22', '333', '4444'])
    expect(reader.sizes).toEqual([1, 2, 3, 4])
  })

  it('forgets the rest of a buffer that is given up from inside a message, and what follows, whatever it is', () => {
    const from = packer()
    for (const text of ['1', '2', '3']) from.write(empty, Buffer.from(text), false)
    from.refuse(5)
    from.write(Buffer.from('header'), Buffer.alloc(9000), false)
    const { pieces, weight } = take(from)
    const reader = new Reader()
    const unpacker = new Unpacker(reader)
    reader.onMessage = () => unpacker.discard()
    unpacker.push(pieces)
    expect(reader.seen).toEqual(['1'])
    expect(reader.weight).toBe(weight)
  })
})
