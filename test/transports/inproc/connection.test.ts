/** Two ends of an inproc connection: the same bytes, in order, bounded while the other end does not read. */
import type { Connection, EndpointRequest } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectionPair } from '../../../src/transports/inproc/connection.ts'
import { turns } from '../../helpers/messages.ts'
import { RecordingSink } from '../recording-sink.ts'

const none = new Uint8Array(0)

interface End {
  readonly connection: Connection
  readonly sink: RecordingSink
}

function open({ sendBuffer = 100, recvMaxSize = 1000 } = {}): [End, End] {
  const request = (self: number): EndpointRequest =>
    ({ url: 'inproc://x', protocol: { self }, options: { recvMaxSize }, sendBuffer }) as unknown as EndpointRequest
  const [a, b] = connectionPair(request(1), request(2))
  return [
    { connection: a, sink: new RecordingSink() },
    { connection: b, sink: new RecordingSink() }
  ]
}

function started(options?: Parameters<typeof open>[0]): [End, End] {
  const [a, b] = open(options)
  a.connection.start(a.sink)
  b.connection.start(b.sink)
  return [a, b]
}

const bytes = (text: string): Buffer => Buffer.from(text)

describe('inproc connection', () => {
  it('EP-21 gives the ends addresses of their own, each the remote address of the other', () => {
    const [a, b] = open()
    expect(a.connection.info.local).toBe(b.connection.info.remote)
    expect(a.connection.info.remote).toBe(b.connection.info.local)
    expect(a.connection.info.local).not.toBe(a.connection.info.remote)
    const [c] = open()
    expect(c.connection.info.local).not.toBe(a.connection.info.local)
    expect([a.connection.info.peerProtocol, b.connection.info.peerProtocol]).toEqual([2, 1])
  })

  it('INP-05 hands over the very bytes, whether the other end reads or not', () => {
    const [a, b] = started()
    const [direct, waiting] = [bytes('direct'), bytes('waiting')]
    a.connection.send(none, direct)
    b.connection.pause(0)
    a.connection.send(none, waiting)
    b.connection.resume()
    expect(b.sink.bodies[0]).toBe(direct)
    expect(b.sink.bodies[1]).toBe(waiting)
  })

  it('copies the header of what waits and puts it before the body', () => {
    const [a, b] = started()
    const header = Buffer.from('head')
    b.connection.pause(0)
    a.connection.send(header, bytes('one'))
    header.fill('x')
    b.connection.resume()
    a.connection.send(Buffer.from('odd'), bytes('two'))
    expect(b.sink.seen).toEqual(['headone', 'oddtwo'])
  })

  it('keeps what is sent before the other end starts, and the order', () => {
    const [a, b] = open()
    a.connection.start(a.sink)
    for (const text of ['1', '2', '3']) a.connection.send(none, bytes(text))
    expect(a.connection.pending).toBe(3)
    b.connection.start(b.sink)
    a.connection.send(none, bytes('4'))
    expect(b.sink.seen).toEqual(['1', '2', '3', '4'])
    expect(a.connection.pending).toBe(0)
  })

  it('keeps the order when the other end pauses and resumes inside a message', () => {
    const [a, b] = started()
    b.connection.pause(0)
    for (const text of ['1', '2', '3', '4']) a.connection.send(none, bytes(text))
    b.sink.onMessage = () => {
      b.connection.pause(0)
      b.connection.resume()
    }
    b.connection.resume()
    expect(b.sink.seen).toEqual(['1', '2', '3', '4'])
  })

  it('INP-06 is full at the send buffer, and tells once when there is room', () => {
    const [a, b] = started({ sendBuffer: 10 })
    b.connection.pause(0)
    expect(a.connection.send(none, bytes('1234'))).toBe(true)
    expect(a.connection.send(none, bytes('5678'))).toBe(true)
    expect(a.connection.send(none, bytes('9012'))).toBe(false)
    expect(a.sink.seen).toEqual([])
    b.sink.onMessage = () => b.connection.pause(0)
    b.connection.resume()
    expect(a.sink.seen).toEqual([['writable']])
    b.connection.resume()
    expect(a.sink.seen).toEqual([['writable']])
  })

  it('INP-06 takes one message beyond the send buffer', () => {
    const [a, b] = started({ sendBuffer: 10 })
    b.connection.pause(0)
    expect(a.connection.send(none, bytes('longer than the buffer'))).toBe(false)
    b.connection.resume()
    expect(b.sink.seen).toEqual(['longer than the buffer'])
    expect(a.sink.seen).toEqual([['writable']])
  })

  it('INP-06 is full at some number of empty messages too', () => {
    const [a, b] = started()
    b.connection.pause(0)
    let sent = 0
    while (sent < 1_000_000 && a.connection.send(none, none)) sent++
    expect(sent).toBeLessThan(100_000)
    b.connection.resume()
    expect(b.sink.seen).toHaveLength(sent + 1)
    expect(a.sink.seen).toEqual([['writable']])
  })

  it('TR-09 refuses a message above the limit, header included, and ends both ends, outside of the call', async () => {
    const [a, b] = started({ recvMaxSize: 10 })
    a.connection.send(Buffer.from('head'), bytes('123456'))
    a.connection.send(Buffer.from('head'), bytes('1234567'))
    expect(b.sink.seen).toEqual(['head123456'])
    await turns(1)
    expect(b.sink.seen).toEqual(['head123456', ['too-big', 11, 10], ['closed', 'too-big']])
    expect(a.sink.seen).toEqual([['closed', 'closed-by-peer']])
  })

  it('counts what was taken and not delivered when the other end is gone', async () => {
    const [a, b] = started()
    b.connection.pause(0)
    for (const text of ['1', '2']) a.connection.send(none, bytes(text))
    await b.connection.close(0)
    expect(a.sink.seen).toEqual([['closed', 'closed-by-peer']])
    expect(a.connection.pending).toBe(2)
    expect(a.connection.send(none, bytes('3'))).toBe(true)
    expect(a.connection.pending).toBe(2)
  })

  it('TR-18 delivers what waits before it closes, while the other end reads within linger', async () => {
    const [a, b] = started()
    b.connection.pause(0)
    for (const text of ['1', '2']) a.connection.send(none, bytes(text))
    const closing = a.connection.close(5000)
    b.connection.resume()
    await closing
    expect(b.sink.seen).toEqual(['1', '2', ['closed', 'closed-by-peer']])
    expect(a.connection.pending).toBe(0)
  })

  it('gives up after linger', async () => {
    const [a, b] = started()
    b.connection.pause(0)
    a.connection.send(none, bytes('1'))
    const began = performance.now()
    await a.connection.close(20)
    expect(performance.now() - began).toBeGreaterThanOrEqual(19)
    expect(a.connection.pending).toBe(1)
    expect(b.sink.seen).toEqual([['closed', 'closed-by-peer']])
  })

  it('tells an end that starts after the other has closed', async () => {
    for (const linger of [0, 1000]) {
      const [a, b] = open()
      b.connection.start(b.sink)
      await b.connection.close(linger)
      a.connection.start(a.sink)
      expect(a.sink.seen).toEqual([['closed', 'closed-by-peer']])
    }
  })

  it('delivers what waits to an end that starts while the other is closing', async () => {
    const [a, b] = open()
    b.connection.start(b.sink)
    b.connection.send(none, bytes('1'))
    const closing = b.connection.close(5000)
    a.connection.start(a.sink)
    await closing
    expect(a.sink.seen).toEqual(['1', ['closed', 'closed-by-peer']])
  })

  it('closes both ends at once without waiting for the other to read', async () => {
    const [a, b] = started()
    for (const end of [a, b]) end.connection.pause(0)
    for (const end of [a, b]) end.connection.send(none, bytes('1'))
    const began = performance.now()
    await Promise.all([a.connection.close(5000), b.connection.close(5000)])
    expect(performance.now() - began).toBeLessThan(2500)
    expect([a.connection.pending, b.connection.pending]).toEqual([1, 1])
  })
})
