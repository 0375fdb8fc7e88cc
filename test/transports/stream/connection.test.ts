/** A connection over a stream: what arrives with the hello comes first, and every end is told once and loses nothing. */
import type { EndpointRequest } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SpDecoder } from '../../../src/transports/sp/decoder.ts'
import { type Framing, ipcFraming, tcpFraming } from '../../../src/transports/sp/framing.ts'
import { SpWriter } from '../../../src/transports/sp/writer.ts'
import { StreamConnection } from '../../../src/transports/stream/connection.ts'
import type { Session } from '../../../src/transports/stream/wire.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { turns } from '../../helpers/messages.ts'
import { eventually } from '../../helpers/sockets.ts'
import { FakeStream } from '../fake-stream.ts'
import { RecordingSink } from '../recording-sink.ts'
import { expectBytes, frame, payload, payloads, prefix, streamOf } from '../sp/frames.ts'

const none = new Uint8Array(0)

interface Setup {
  readonly framing?: Framing
  readonly rest?: Uint8Array
  readonly sendBuffer?: number
  readonly stallTimeout?: number
  readonly Decoder?: typeof SpDecoder
}

/** Of a wire whose messages come in pieces. */
class PartsDecoder extends SpDecoder {
  protected override take(bytes: Uint8Array, start: number, end: number): void {
    this.sink.parts(none, bytes.subarray(start, end))
  }
}

function open({
  framing = tcpFraming,
  rest = none,
  sendBuffer = 1 << 20,
  stallTimeout = Number.POSITIVE_INFINITY,
  Decoder = SpDecoder
}: Setup = {}): {
  stream: FakeStream
  sink: RecordingSink
  connection: StreamConnection
} {
  const stream = new FakeStream()
  stream.pause()
  const request = { options: { recvMaxSize: 1000, stallTimeout }, sendBuffer } as unknown as EndpointRequest
  const info = { local: 'tcp://a', remote: 'tcp://b', peerProtocol: 0x10 }
  const session: Session = {
    info,
    rest,
    open: ({ stream, limit, recvMaxSize, sink, onRoom }) => ({
      decoder: new Decoder(framing, recvMaxSize, sink),
      writer: new SpWriter(stream, framing, limit, onRoom)
    })
  }
  return {
    stream,
    sink: new RecordingSink(),
    connection: new StreamConnection(stream.socket, session, request, info)
  }
}

const bodies = payloads([3, 0, 7, 20])
const texts = bodies.map((body) => body.toString('latin1'))
const bytes = streamOf(tcpFraming, bodies)

describe('stream connection', () => {
  it('does not read before it is started', async () => {
    const { stream, sink } = open()
    stream.push(bytes)
    await turns()
    expect(sink.seen).toEqual([])
    expect(stream.isPaused()).toBe(true)
  })

  it('delivers what came with the hello before what comes later', async () => {
    for (const at of [0, 5, 11, 30, bytes.length]) {
      const { stream, sink, connection } = open({ rest: bytes.subarray(0, at) })
      stream.push(bytes.subarray(at))
      connection.start(sink)
      await turns()
      expect(sink.seen).toEqual(texts)
    }
  })

  it('stays paused when what came with the hello fills the pipe', async () => {
    const { stream, sink, connection } = open({ rest: bytes })
    sink.onMessage = () => connection.pause(0)
    connection.start(sink)
    stream.push(bytes)
    await turns()
    expect(sink.seen).toEqual(texts.slice(0, 1))
    sink.onMessage = undefined
    connection.resume()
    await turns()
    expect(sink.seen).toEqual([...texts, ...texts])
  })

  it('TR-15 reads nothing while paused, and goes on where it was', async () => {
    const { stream, sink, connection } = open()
    sink.onMessage = () => connection.pause(0)
    connection.start(sink)
    for (const byte of bytes) stream.push(Buffer.of(byte))
    for (let count = 1; count < texts.length; count++) {
      await turns()
      expect(sink.seen).toEqual(texts.slice(0, count))
      connection.resume()
    }
    await turns()
    expect(sink.seen).toEqual(texts)
  })

  it('TR-15 reads on while paused until as many bytes wait as it was given room for', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    connection.pause(2 * bytes.length)
    for (let i = 0; i < 2; i++) {
      stream.push(bytes)
      await turns()
      expect(stream.isPaused()).toBe(i === 1)
    }
    expect(sink.seen).toEqual([])
    stream.push(bytes)
    await turns()
    expect(stream.readableLength).toBe(bytes.length)
    connection.resume()
    await turns()
    expect(sink.seen).toEqual([...texts, ...texts, ...texts])
  })

  it('TR-18 delivers everything before the end of the stream, also when paused', async () => {
    for (const paused of [false, true]) {
      const { stream, sink, connection } = open()
      if (paused) sink.onMessage = () => connection.pause(0)
      connection.start(sink)
      stream.push(bytes)
      stream.push(null)
      for (let i = 0; i < texts.length + 1; i++) {
        await turns()
        connection.resume()
      }
      await turns()
      expect(sink.seen).toEqual([...texts, ['closed', 'closed-by-peer']])
    }
  })

  it('TR-18 delivers what came with the hello when the stream is gone already', async () => {
    const { stream, sink, connection } = open({ rest: bytes })
    stream.destroy()
    connection.start(sink)
    await turns()
    expect(sink.seen).toEqual([...texts, ['closed', 'closed-by-peer']])
  })

  it('tells of an error once, with its cause', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    const error = new Error('read ECONNRESET')
    stream.destroy(error)
    await turns()
    expect(sink.seen).toEqual([['closed', 'connection-error', error]])
  })

  it('tells of an error that came before it was started', async () => {
    const { stream, sink, connection } = open()
    const error = new Error('write EPIPE')
    stream.destroy(error)
    await turns()
    connection.start(sink)
    await turns()
    expect(sink.seen).toEqual([['closed', 'connection-error', error]])
  })

  it('TR-12 tells of a message that was cut off before it tells of the end', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    stream.push(bytes.subarray(0, bytes.length - 1))
    stream.push(null)
    await turns()
    expect(sink.seen).toEqual([...texts.slice(0, -1), ['truncated'], ['closed', 'closed-by-peer']])
  })

  it('TR-08 refuses a message above the limit and closes the stream, delivering nothing behind it', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    stream.push(Buffer.concat([bytes, prefix(tcpFraming, 1001), bytes]))
    await turns()
    expect(sink.seen).toEqual([...texts, ['too-big', 1001, 1000], ['closed', 'too-big']])
    expect(stream.destroyed).toBe(true)
  })

  it('IPC-02 (crash list 2) closes the stream for a type byte other than 1', async () => {
    for (let type = 0; type < 256; type++) {
      if (type === 1) continue
      const { stream, sink, connection } = open({ framing: ipcFraming })
      connection.start(sink)
      const bad = frame(ipcFraming, payload(3, 0))
      bad[0] = type
      stream.push(Buffer.concat([frame(ipcFraming, payload(1, 0)), bad, frame(ipcFraming, payload(1, 0))]))
      await turns(1)
      expect(sink.seen).toEqual(['\0', ['closed', 'malformed']])
      expect(stream.destroyed).toBe(true)
    }
  })

  it.each([
    ['whole', SpDecoder],
    ['in parts', PartsDecoder]
  ])('HOST-06 lets everything else have its turn after thousands of messages in a row, %s', async (_how, Decoder) => {
    const { stream, sink, connection } = open({ Decoder })
    const chunk = Buffer.alloc(8 * 8192)
    for (let i = 0; i < 3; i++) stream.push(chunk)
    connection.start(sink)
    let turn = 0
    const perTurn: number[] = []
    while (sink.seen.length < 3 * 8192 && turn < 100) {
      await turns(1)
      perTurn[turn++] = sink.seen.length
    }
    expect(sink.seen).toHaveLength(3 * 8192)
    expect(new Set(perTurn).size).toBeGreaterThanOrEqual(3)
  })

  it('stays paused when it is paused while it lets others have their turn', async () => {
    const { stream, sink, connection } = open()
    for (let i = 0; i < 2; i++) stream.push(Buffer.alloc(8 * 8192))
    sink.onMessage = () => {
      if (sink.seen.length === 8192) connection.pause(0)
    }
    connection.start(sink)
    await turns(5)
    expect(sink.seen).toHaveLength(8192)
    connection.resume()
    await turns(5)
    expect(sink.seen).toHaveLength(2 * 8192)
  })

  it('HOST-06 goes on in the next turn when it is resumed in the one that was full', () => {
    const { sink, connection } = open({ rest: Buffer.alloc(8 * 8200) })
    sink.onMessage = () => {
      if (sink.seen.length === 8192) connection.pause(0)
    }
    connection.start(sink)
    connection.resume()
    expect(sink.seen).toHaveLength(8192)
    return eventually(() => sink.seen.length === 8200)
  })

  it('HOST-06 delivers the rest in the next turn when the stream is gone in one that was full', async () => {
    const { stream, sink, connection } = open({ rest: Buffer.alloc(8 * 8200) })
    let counted = 0
    stream.on('close', () => {
      counted = sink.seen.length
    })
    connection.start(sink)
    stream.destroy()
    await eventually(() => sink.seen.length > 8200)
    expect(counted).toBe(8192)
    expect(sink.seen.slice(8199)).toEqual(['', ['closed', 'closed-by-peer']])
  })

  it('TR-18 delivers what is left at the end also to who pauses meanwhile and never resumes', async () => {
    const { stream, sink, connection } = open()
    sink.onMessage = () => {
      if (sink.seen.length === 8200) connection.pause(0)
    }
    connection.start(sink)
    stream.push(Buffer.alloc(8 * 8300))
    stream.push(null)
    await eventually(() => sink.seen.length > 8300)
    expect(sink.seen.at(-1)).toEqual(['closed', 'closed-by-peer'])
  })

  it.each([false, true])('HOST-06 delivers what is left at the end in turns, in order (paused: %s)', async (paused) => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    if (paused) connection.pause(Number.POSITIVE_INFINITY)
    const count = 12_000
    stream.push(Buffer.alloc(8 * count))
    stream.push(frame(tcpFraming, payload(3, 1)))
    stream.push(null)
    const perTurn = new Set<number>()
    for (let turn = 0; turn < 50; turn++) {
      await turns(1)
      perTurn.add(sink.seen.length)
    }
    expect(sink.seen).toHaveLength(count + 2)
    expect(sink.seen.slice(-2)).toEqual([payload(3, 1).toString('latin1'), ['closed', 'closed-by-peer']])
    expect([...perTurn]).toContain(8192)
  })

  it('HOST-19 holds a paused stream of single bytes in memory of about its size', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    connection.pause(1 << 20)
    const before = await memoryInUse()
    for (let i = 0; i < 50_000; i++) {
      stream.push(Buffer.from(new Uint8Array(1).buffer))
      if (i % 100 === 0) await turns(1)
    }
    await turns()
    expect((await memoryInUse()) - before).toBeLessThan(1_000_000)
    connection.resume()
    await turns(5)
    expect(sink.seen).toHaveLength(50_000 / 8)
  })

  it('takes sends after the end without effect', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    stream.push(null)
    await turns()
    expect(connection.send(none, payload(5, 0))).toBe(true)
    connection.pause(0)
    connection.resume()
    await turns()
    expect(stream.written).toEqual([])
    expect(connection.pending).toBe(0)
  })

  it('TR-16 is full at the send buffer and tells when there is room', async () => {
    const { stream, sink, connection } = open({ sendBuffer: 20 })
    connection.start(sink)
    stream.stuck = true
    expect(connection.send(none, payload(5, 0))).toBe(true)
    expect(connection.send(none, payload(5, 1))).toBe(false)
    await turns()
    expect(connection.pending).toBe(2)
    expect(sink.seen).toEqual([])
    stream.unstick()
    await turns()
    expect(connection.pending).toBe(0)
    expect(sink.seen).toEqual([['writable']])
  })
})

describe('closing a stream connection', () => {
  afterEach(() => void vi.useRealTimers())

  it('writes what was taken, then ends, and resolves when the peer ends too', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    for (const body of bodies) connection.send(none, body)
    let over = false
    const closing = connection.close(Number.POSITIVE_INFINITY).then(() => {
      over = true
    })
    await turns()
    expectBytes(stream.written, bytes)
    expect(stream.writableEnded).toBe(true)
    expect(over).toBe(false)
    stream.push(null)
    await closing
    expect(connection.pending).toBe(0)
    expect(sink.seen).toEqual([])
  })

  it('reads and discards what the peer still sends', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    connection.pause(0)
    stream.push(bytes)
    stream.push(null)
    await connection.close(Number.POSITIVE_INFINITY)
    expect(stream.readableLength).toBe(0)
    expect(sink.seen).toEqual([])
  })

  it('gives up after linger and says what is left', async () => {
    vi.useFakeTimers()
    const { stream, sink, connection } = open()
    connection.start(sink)
    stream.stuck = true
    connection.send(none, payload(5, 0))
    connection.send(none, payload(50_000, 0))
    let over = false
    const closing = connection.close(500).then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(499)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await closing
    expect(stream.destroyed).toBe(true)
    expect(connection.pending).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives up after linger and not before, however little the peer takes', async () => {
    vi.useFakeTimers()
    const { stream, sink, connection } = open({ stallTimeout: 100 })
    // As a network socket counts what it was given.
    Object.assign(stream, { bytesWritten: 13 })
    connection.start(sink)
    stream.stuck = true
    connection.send(none, payload(5, 0))
    const closing = connection.close(5000)
    await vi.advanceTimersByTimeAsync(4999)
    expect(stream.destroyed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await closing
    expect([stream.destroyed, sink.seen]).toEqual([true, []])
  })

  it('discards at once without linger, also before the start', async () => {
    for (const started of [true, false]) {
      const { stream, sink, connection } = open()
      if (started) connection.start(sink)
      connection.send(none, payload(5, 0))
      await connection.close(0)
      expect(stream.destroyed).toBe(true)
    }
  })

  it('resolves at once when the stream is gone', async () => {
    const { stream, sink, connection } = open()
    connection.start(sink)
    stream.destroy()
    await connection.close(Number.POSITIVE_INFINITY)
    expect(sink.seen).toEqual([])
  })
})
