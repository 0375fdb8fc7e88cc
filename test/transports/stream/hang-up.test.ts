/** Ending a stream that nobody wants: the peer sees an orderly end, and one that stays on is dropped after a second. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hangUp, windDown } from '../../../src/transports/stream/hang-up.ts'
import { FakeStream } from '../fake-stream.ts'

describe('hanging up', () => {
  let server: Server
  let accepted: Promise<Socket>
  let stream: Socket

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true })
    accepted = once(server, 'connection').then(([socket]) => socket as Socket)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    stream = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(stream, 'connect')
  })

  afterEach(async () => {
    vi.useRealTimers()
    stream.destroy()
    ;(await accepted).destroy()
    server.close()
  })

  it('ends the stream, reads what the peer still sends, and closes when the peer ends', async () => {
    const peer = await accepted
    peer.on('error', (error) => expect(error).toBeUndefined())
    peer.write('something nobody reads')
    hangUp(stream)
    await once(peer.resume(), 'end')
    expect(stream.destroyed).toBe(false)
    peer.end()
    await once(stream, 'close')
    expect(stream.errored).toBeNull()
  })

  it('closes after a second when the peer does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const peer = await accepted
    hangUp(stream)
    await once(peer.resume(), 'end')
    vi.advanceTimersByTime(999)
    expect(stream.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(stream.destroyed).toBe(true)
  })

  it('leaves no timer behind when the peer ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const peer = await accepted
    hangUp(stream)
    peer.end()
    await once(stream, 'close')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('drops at once what is not connected', async () => {
    const waiting = new Socket()
    waiting.connect((server.address() as AddressInfo).port, '127.0.0.1')
    hangUp(waiting)
    expect(waiting.destroyed).toBe(true)
  })
})

describe('winding down a stream on which something waits', () => {
  afterEach(() => void vi.useRealTimers())

  it('goes on while that leaves, and drops it once nothing has left for a second', async () => {
    vi.useFakeTimers()
    const stream = new FakeStream()
    const left: (() => void)[] = []
    stream._write = (_chunk, _encoding, callback) => void left.push(callback)
    for (let i = 0; i < 3; i++) stream.write('x')
    windDown(stream.socket)
    for (let second = 0; second < 2; second++) {
      await vi.advanceTimersByTimeAsync(999)
      left.shift()?.()
      await vi.advanceTimersByTimeAsync(1)
      expect(stream.destroyed).toBe(false)
    }
    await vi.advanceTimersByTimeAsync(999)
    expect(stream.destroyed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(stream.destroyed).toBe(true)
  })
})
