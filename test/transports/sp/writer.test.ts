/** The writer: few writes for many messages, large bodies uncopied, the order kept, and honest counts of what waits. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { keptBody } from '../../../src/core/transport.ts'
import type { Framing } from '../../../src/transports/sp/framing.ts'
import { tcpFraming } from '../../../src/transports/sp/framing.ts'
import { SpWriter } from '../../../src/transports/sp/writer.ts'
import { expectBytes, frame, framings, payload, streamOf } from './frames.ts'

const none = new Uint8Array(0)

/** A stream that writes down what it is given and completes writes when told to. */
class FakeStream {
  /** The pieces as they were given, not copied. */
  readonly pieces: Uint8Array[] = []
  /** What went out, copied at the moment it was given; a slab that is reused too early shows here. */
  readonly copies: Buffer[] = []
  /** System calls: what is corked goes out together. */
  calls = 0
  readonly #callbacks: ((error?: Error | null) => void)[] = []
  #corked = 0

  write(piece: Uint8Array, callback: (error?: Error | null) => void): boolean {
    this.pieces.push(piece)
    this.copies.push(Buffer.from(piece))
    this.#callbacks.push(callback)
    if (this.#corked === 0) this.calls++
    return true
  }

  cork(): void {
    this.#corked++
  }

  uncork(): void {
    this.#corked--
    if (this.#corked === 0) this.calls++
  }

  complete(count = this.#callbacks.length, error?: Error): void {
    for (const callback of this.#callbacks.splice(0, count)) callback(error)
  }

  /** Whether what is still being written has kept its bytes. */
  get intact(): boolean {
    const written = this.pieces.length - this.#callbacks.length
    return this.pieces.every((piece, i) => i < written || this.copies[i]?.equals(piece))
  }
}

function writer(options: { framing?: Framing; limit?: number; onRoom?: () => void } = {}): [SpWriter, FakeStream] {
  const { framing = tcpFraming, limit = Number.POSITIVE_INFINITY, onRoom = () => {} } = options
  const stream = new FakeStream()
  return [new SpWriter(stream as unknown as Socket, framing, { bytes: limit, wait: () => {} }, onRoom), stream]
}

const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
const microtasks = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await undefined
}

describe.each(framings)('writer of %s frames', (_name, framing) => {
  it('TR-07 puts the length of header and body together before them', async () => {
    const [out, stream] = writer({ framing })
    out.write(payload(4, 1), payload(3, 2))
    await tick()
    expectBytes(stream.copies, frame(framing, Buffer.concat([payload(4, 1), payload(3, 2)])))
  })

  it('TR-19 hands many small messages over in one write at the end of the tick', async () => {
    const [out, stream] = writer({ framing })
    const bodies = Array.from({ length: 200 }, (_, i) => payload(i % 70, i))
    for (const body of bodies) out.write(none, body)
    expect(stream.pieces).toEqual([])
    await tick()
    expect(stream.calls).toBe(1)
    expectBytes(stream.copies, streamOf(framing, bodies))
  })

  it('TR-19 sends the first 32 messages of an answer ahead, once for what was received, and the others together', async () => {
    const [out, stream] = writer({ framing })
    const bodies = Array.from({ length: 200 }, (_, i) => payload(i % 70, i))
    for (const calls of [2, 3]) {
      if (calls === 2) out.eager = true
      const before = stream.calls
      stream.copies.length = 0
      for (const [i, body] of bodies.entries()) {
        out.write(none, body)
        expect(stream.calls - before).toBe(i < 31 || calls === 3 ? 0 : 1)
      }
      await tick()
      expect(stream.calls).toBe(calls)
      expectBytes(stream.copies, streamOf(framing, bodies))
    }
  })

  it('TR-19 goes on collecting over microtasks, as in a loop of awaited sends', async () => {
    const [out, stream] = writer({ framing })
    for (let i = 0; i < 100; i++) {
      out.write(none, payload(8, i))
      await microtasks(3)
    }
    expect(stream.pieces).toEqual([])
    await tick()
    expect(stream.calls).toBe(1)
  })

  it('keeps the order and every byte when small and large messages mix', async () => {
    const [out, stream] = writer({ framing })
    const sizes = [10, 9000, 0, 8192, 8193, 20, 20, 300_000, 65_000, 1, 100_000, 100_000, 5, 4000, 4000, 4000]
    const bodies = sizes.map(payload)
    for (const body of bodies) out.write(none, body)
    await tick()
    expectBytes(stream.copies, streamOf(framing, bodies))
    expect(stream.intact).toBe(true)
  })

  it('puts the header of a large message before it', async () => {
    const [out, stream] = writer({ framing })
    out.write(payload(8, 3), payload(50_000, 4))
    await tick()
    expectBytes(stream.copies, frame(framing, Buffer.concat([payload(8, 3), payload(50_000, 4)])))
  })
})

describe('writer', () => {
  it('sends bodies above 8 KiB from where they are and copies the others', async () => {
    const [out, stream] = writer()
    const [large, small] = [payload(8193, 1), payload(8192, 2)]
    out.write(none, large)
    out.write(none, small)
    await tick()
    expect(stream.pieces.some((piece) => piece === large)).toBe(true)
    expect(stream.pieces.some((piece) => piece.buffer === small.buffer)).toBe(false)
    small.fill(0)
    expectBytes(stream.copies, streamOf(tcpFraming, [large, payload(8192, 2)]))
    expect(stream.intact).toBe(true)
  })

  it('sends a large message in one vectored write', async () => {
    const [out, stream] = writer()
    for (let i = 0; i < 3; i++) out.write(none, payload(20_000, i))
    await tick()
    expect(stream.calls).toBe(1)
  })

  it('copies the header, so that the caller may use it again', async () => {
    const [out, stream] = writer()
    const header = payload(4, 1)
    out.write(header, payload(3, 2))
    out.write(header, payload(30_000, 3))
    header.fill(0xff)
    await tick()
    const expected = [Buffer.concat([payload(4, 1), payload(3, 2)]), Buffer.concat([payload(4, 1), payload(30_000, 3)])]
    expectBytes(stream.copies, streamOf(tcpFraming, expected))
  })

  it('takes a header larger than any slab', async () => {
    const [out, stream] = writer()
    const header = payload(100_000, 1)
    out.write(none, payload(10, 0))
    out.write(header, payload(10, 1))
    out.write(none, payload(10, 2))
    await tick()
    const expected = [payload(10, 0), Buffer.concat([header, payload(10, 1)]), payload(10, 2)]
    expectBytes(stream.copies, streamOf(tcpFraming, expected))
    stream.complete()
    expect(out.pending).toBe(0)
  })

  it('writes nothing into memory that a write still uses, and uses it again afterwards', async () => {
    const [out, stream] = writer()
    const memory = new Set<ArrayBufferLike>()
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 40; i++) out.write(none, payload(100, round + i))
      await tick()
      memory.add(stream.pieces.at(-1)?.buffer as ArrayBufferLike)
      expect(stream.intact).toBe(true)
      // Two writes are always on their way.
      if (round > 1) {
        stream.complete(1)
        stream.pieces.shift()
        stream.copies.shift()
      }
    }
    expect(memory.size).toBeLessThanOrEqual(6)
  })

  it('counts messages and bytes until the operating system has them', async () => {
    const [out, stream] = writer()
    out.write(none, payload(10, 0))
    out.write(payload(4, 0), payload(20_000, 0))
    out.write(none, payload(2, 0))
    const bytes = 8 + 10 + (8 + 4 + 20_000) + 8 + 2
    expect([out.pending, out.pendingBytes]).toEqual([3, bytes])
    await tick()
    expect([out.pending, out.pendingBytes]).toEqual([3, bytes])
    while (out.pending > 0) {
      const before = out.pendingBytes
      stream.complete(1)
      expect(out.pendingBytes).toBeLessThanOrEqual(before)
    }
    stream.complete()
    expect([out.pending, out.pendingBytes]).toEqual([0, 0])
  })

  it('does not count a large message as gone before its body is', async () => {
    const [out, stream] = writer()
    out.write(none, payload(20_000, 0))
    await tick()
    stream.complete(1)
    expect(out.pending).toBe(1)
    stream.complete()
    expect(out.pending).toBe(0)
  })

  it('keeps counting what a broken stream lost', async () => {
    const [out, stream] = writer()
    for (let i = 0; i < 5; i++) out.write(none, payload(10, i))
    await tick()
    stream.complete()
    for (let i = 0; i < 3; i++) out.write(none, payload(10, i))
    await tick()
    stream.complete(undefined, new Error('EPIPE'))
    expect(out.pending).toBe(3)
    expect(out.pendingBytes).toBe(3 * 18)
    out.write(none, payload(10, 0))
    await tick()
    stream.complete(undefined, new Error('EPIPE'))
    expect(out.pending).toBe(4)
  })

  it('TR-16 says full at the limit, prefix included, and tells once when there is room again', async () => {
    let room = 0
    const [out, stream] = writer({ limit: 36, onRoom: () => room++ })
    expect(out.write(none, payload(10, 0))).toBe(true)
    expect(out.write(none, payload(10, 0))).toBe(false)
    await tick()
    expect(room).toBe(0)
    stream.complete()
    expect(room).toBe(1)
    expect(out.write(none, payload(27, 0))).toBe(true)
    await tick()
    stream.complete()
    expect(room).toBe(1)
  })

  it('takes one message beyond any limit when nothing waits', async () => {
    let room = 0
    const [out, stream] = writer({ limit: 1, onRoom: () => room++ })
    for (const size of [0, 5000, 100_000]) {
      expect(out.write(none, payload(size, 0))).toBe(false)
      await tick()
      stream.complete()
    }
    expect(room).toBe(3)
  })

  it('may be written to from inside the call that tells of room', async () => {
    const bodies = Array.from({ length: 10 }, (_, i) => payload(10, i))
    const left = bodies.slice(1)
    const [out, stream] = writer({
      limit: 18,
      onRoom: () => {
        const body = left.shift()
        if (body !== undefined) out.write(none, body)
      }
    })
    out.write(none, bodies[0] as Buffer)
    while (out.pending > 0) {
      await tick()
      stream.complete()
    }
    expectBytes(stream.copies, streamOf(tcpFraming, bodies))
  })

  it('holds little memory for a peer that does not read, however many ticks send something', async () => {
    const [out, stream] = writer()
    const bodies = Array.from({ length: 3000 }, (_, i) => payload(30, i))
    for (const body of bodies) {
      out.write(none, body)
      await tick()
    }
    // A slab for each of the first ticks; then slabs take at most four times what waits, and the one that is filled now.
    expect(out.pendingBytes).toBe(3000 * 38)
    expect((stream.pieces.length - 1) * 65_536).toBeLessThanOrEqual(4 * out.pendingBytes)
    expect(stream.intact).toBe(true)
    while (out.pending > 0) stream.complete(1)
    expectBytes(stream.copies, streamOf(tcpFraming, bodies))
    out.write(none, payload(30, 1))
    await tick()
    expect(stream.copies.length).toBeLessThanOrEqual(9)
    stream.complete()
    expect([out.pending, out.pendingBytes]).toEqual([0, 0])
  })

  it('sends what collected when writes get on, small and large, in order', async () => {
    const [out, stream] = writer()
    const bodies = Array.from({ length: 200 }, (_, i) => payload(i % 7 === 0 ? 9000 : 40, i))
    for (const [i, body] of bodies.entries()) {
      out.write(none, body)
      await tick()
      if (i % 60 === 59) stream.complete(5)
    }
    while (out.pending > 0) {
      expect(stream.intact).toBe(true)
      stream.complete(1)
      await tick()
    }
    expectBytes(stream.copies, streamOf(tcpFraming, bodies))
  })

  it('hands over at once what flush finds, and nothing twice', async () => {
    const [out, stream] = writer()
    out.write(none, payload(10, 0))
    out.flush()
    expect(stream.calls).toBe(1)
    await tick()
    expect(stream.calls).toBe(1)
    out.flush()
    expect(stream.calls).toBe(1)
    out.write(none, payload(10, 1))
    await tick()
    expect(stream.calls).toBe(2)
  })
})

describe.each(framings)('writers of %s frames that send the same messages', (_name, framing) => {
  let mark = 0

  function crowd(count: number): { all: [SpWriter, FakeStream][]; send: (body: Buffer, to?: number[]) => void } {
    const all = Array.from({ length: count }, () => writer({ framing }))
    const send = (body: Buffer, to = all.map((_, i) => i)): void => {
      mark++
      for (const i of to) all[i]?.[0].write(none, body, mark)
    }
    return { all, send }
  }

  it('TR-19 write from one memory, each in one write', async () => {
    const { all, send } = crowd(5)
    const bodies = Array.from({ length: 50 }, (_, i) => payload(i, i))
    for (const body of bodies) send(body)
    await tick()
    for (const [, stream] of all) {
      expect(stream.calls).toBe(1)
      expectBytes(stream.copies, streamOf(framing, bodies))
    }
    expect(new Set(all.map(([, { pieces }]) => pieces[0]?.buffer)).size).toBe(1)
  })

  it('join and leave in the middle, and send messages of their own in between', async () => {
    const { all, send } = crowd(3)
    const [a, b, c] = all as [[SpWriter, FakeStream], [SpWriter, FakeStream], [SpWriter, FakeStream]]
    const body = (seed: number): Buffer => payload(20, seed)
    send(body(1), [0, 1])
    b[0].write(none, body(2))
    send(body(3))
    a[0].write(payload(4, 9), body(4))
    send(body(5), [2, 0])
    send(body(6), [1, 2])
    await tick()
    expectBytes(
      a[1].copies,
      Buffer.concat([
        streamOf(framing, [1, 3].map(body)),
        frame(framing, Buffer.concat([payload(4, 9), body(4)])),
        frame(framing, body(5))
      ])
    )
    expectBytes(b[1].copies, streamOf(framing, [1, 2, 3, 6].map(body)))
    expectBytes(c[1].copies, streamOf(framing, [3, 5, 6].map(body)))
    for (const [, stream] of all) expect(stream.intact).toBe(true)
  })

  it('keep the memory until the slowest has written it, and use it again then', async () => {
    const { all, send } = crowd(2)
    const [[, quick], [slow, slowStream]] = all as [[SpWriter, FakeStream], [SpWriter, FakeStream]]
    for (let round = 0; round < 200; round++) {
      send(payload(100, round))
      await tick()
      quick.complete()
      expect(slowStream.intact).toBe(true)
      if (round % 20 !== 19) continue
      while (slow.pending > 0) slowStream.complete()
      slowStream.pieces.length = 0
      slowStream.copies.length = 0
    }
    const memory = new Set(quick.pieces.map(({ buffer }) => buffer))
    expect(memory.size).toBeLessThanOrEqual(25)
  })

  it('hold little memory for one that does not get on, while the others send', async () => {
    const { all, send } = crowd(3)
    const [[, first], [, stuck], [, third]] = all as [
      [SpWriter, FakeStream],
      [SpWriter, FakeStream],
      [SpWriter, FakeStream]
    ]
    const bodies = Array.from({ length: 1000 }, (_, i) => payload(30, i))
    for (const body of bodies) {
      send(body)
      await tick()
      first.complete()
      third.complete()
    }
    expect(new Set(stuck.pieces.map(({ buffer }) => buffer)).size).toBeLessThanOrEqual(5)
    while ((all[1]?.[0].pending ?? 0) > 0) stuck.complete(1)
    for (const { copies } of [first, stuck, third]) expectBytes(copies, streamOf(framing, bodies))
    expect(stuck.intact).toBe(true)
  })

  it('never send what another message has put in its place', async () => {
    const { all, send } = crowd(2)
    const body = payload(10, 1)
    send(body, [0])
    body.fill(7)
    send(body)
    await tick()
    expectBytes(all[0]?.[1].copies ?? [], streamOf(framing, [payload(10, 1), body]))
    expectBytes(all[1]?.[1].copies ?? [], streamOf(framing, [body]))
  })

  it('share nothing that its sender keeps', async () => {
    const { all } = crowd(2)
    for (const [i, [one]] of all.entries()) one.write(none, payload(10, i), keptBody)
    await tick()
    for (const [i, [, { copies }]] of all.entries()) expectBytes(copies, streamOf(framing, [payload(10, i)]))
  })

  it('share nothing across framings, nor bodies above 8 KiB', async () => {
    const tcp = writer({ framing: tcpFraming })
    const own = crowd(1).all[0] as [SpWriter, FakeStream]
    const other = writer({ framing: framings.find(([, one]) => one !== framing)?.[1] ?? framing })
    mark++
    for (const [one] of [own, other, tcp]) one.write(none, payload(30, 1), mark)
    mark++
    for (const [one] of [own, other, tcp]) one.write(none, payload(9000, 2), mark)
    await tick()
    const bodies = [payload(30, 1), payload(9000, 2)]
    expectBytes(own[1].copies, streamOf(framing, bodies))
    expectBytes(other[1].copies, streamOf(framings.find(([, one]) => one !== framing)?.[1] ?? framing, bodies))
    expectBytes(tcp[1].copies, streamOf(tcpFraming, bodies))
  })
})
