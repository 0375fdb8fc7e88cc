/** One end of a connection between threads: what it posts to the other, at which moments, and what it does not. */
import type { EndpointRequest } from 'hubless'
import { describe, expect, it } from 'vitest'
import type { Channel, Ear } from '../../../src/transports/thread/channel.ts'
import { ThreadConnection } from '../../../src/transports/thread/connection.ts'
import type { Ground } from '../../../src/transports/thread/ground.ts'
import { Packer } from '../../../src/transports/thread/packer.ts'
import { bye, type Piece } from '../../../src/transports/thread/parcel.ts'
import { turns } from '../../helpers/messages.ts'
import { RecordingSink } from '../recording-sink.ts'

const none = new Uint8Array(0)
const room = 65_536
const allocate = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size)

/** Writes down what is posted to the other thread. */
class Wire implements Channel {
  readonly posted: unknown[] = []
  closed = false

  listen(_ear: Ear): void {}

  post(data: unknown): void {
    this.posted.push(this.closed ? 'posted after the end' : data)
  }

  close(): void {
    this.closed = true
  }
}

function open(): { wire: Wire; sink: RecordingSink; connection: ThreadConnection; tick: () => void } {
  const wire = new Wire()
  const due: (() => void)[] = []
  const ground = { allocate, soon: (task: () => void) => void due.push(task) } as unknown as Ground
  const limits = { protocol: 0x10, recvMaxSize: 1000, room }
  const request = { protocol: { self: 0x10 }, options: { recvMaxSize: 1000 }, sendBuffer: 1000, recvBuffer: room }
  const info = { local: 'thread://x#1', remote: 'thread://x', peerProtocol: 0x10 }
  const connection = new ThreadConnection(ground, wire, request as unknown as EndpointRequest, info, limits)
  return { wire, sink: new RecordingSink(), connection, tick: () => due.splice(0).forEach((task) => void task()) }
}

function parcelOf(count: number, size: number): Piece[] {
  const packer = new Packer(allocate)
  for (let i = 0; i < count; i++) packer.write(none, new Uint8Array(size), false)
  return packer.take(Number.POSITIVE_INFINITY)?.pieces as Piece[]
}

describe('a connection between threads', () => {
  it('posts nothing of what was sent in the tick in which the peer left', () => {
    const { wire, sink, connection, tick } = open()
    connection.start(sink)
    connection.send(none, Buffer.from('too late'))
    connection.heard(bye)
    tick()
    expect(wire.posted).toEqual([])
    expect(connection.pending).toBe(1)
    expect(sink.seen).toEqual([['closed', 'closed-by-peer']])
  })

  it('takes sends after the end without effect', () => {
    const { wire, connection, tick } = open()
    connection.heard(bye)
    expect(connection.send(none, new Uint8Array(5000))).toBe(true)
    tick()
    expect([connection.pending, wire.posted]).toEqual([0, []])
  })

  it('closes at once when the peer left before it started, whatever was to be sent', async () => {
    const { wire, connection } = open()
    connection.send(none, Buffer.from('nobody reads this'))
    connection.heard(bye)
    await connection.close(Number.POSITIVE_INFINITY)
    expect(wire.posted).toEqual([])
    expect(connection.pending).toBe(1)
  })

  it('tells of what it has read after thousands of messages in one turn, when others had theirs', async () => {
    const { wire, sink, connection } = open()
    connection.start(sink)
    const [few, many] = [parcelOf(1, 0), parcelOf(40_000, 1)]
    connection.heard(few)
    for (const piece of many) connection.heard([piece])
    expect(sink.seen).toHaveLength(40_001)
    const told = (): number => wire.posted.reduce<number>((sum, read) => sum + (read as number), 0)
    const before = told()
    await turns(2)
    const weight = [...few, ...many].reduce<number>((sum, piece) => sum + (piece as ArrayBuffer).byteLength, 0)
    expect(told()).toBe(weight)
    // What 32,768 messages have filled was told of meanwhile.
    expect(before).toBeLessThan(weight - room / 4)
  })

  it('reads nothing while it closes, and gives the peer its room back, which may be closing too', async () => {
    const { wire, sink, connection } = open()
    connection.start(sink)
    for (let sent = 0; sent < 3 * room; sent += 1000) connection.send(none, new Uint8Array(1000))
    expect(connection.pending).toBeGreaterThan(0)
    const closing = connection.close(Number.POSITIVE_INFINITY)
    wire.posted.length = 0
    const parcel = parcelOf(30_000, 1)
    connection.heard(parcel)
    expect(sink.seen).toEqual([])
    expect(wire.posted.at(-1)).toBeGreaterThanOrEqual(room / 4)
    expect(wire.closed).toBe(false)
    connection.heard(bye)
    await closing
  })
})
