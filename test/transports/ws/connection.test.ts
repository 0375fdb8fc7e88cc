/** Frames on the wire, both ways, and what becomes of a peer that breaks the rules of RFC 6455. */
import { Pair, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { type BytePeer, hex } from '../../helpers/bytes.ts'
import { buffersAfterYoungCollections } from '../../helpers/memory.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { connectFrames, frame, readClose } from './upgrade.ts'

const any = 'ws://127.0.0.1:0'

async function meet(options = {}): Promise<{ socket: Pair; peer: BytePeer }> {
  const socket = track(new Pair())
  const { url } = await socket.bind(any, options)
  const peer = await connectFrames(url)
  await socket.waitForPeers(1)
  return { socket, peer }
}

describe('frames of a listener', () => {
  it('WS-17 WS-18 "ABC" is 82 03 41 42 43, unmasked; 126 and 65536 bytes take the longer forms', async () => {
    const { socket, peer } = await meet()
    await socket.send('ABC')
    expect(await peer.read(5)).toEqual(hex('82 03 41 42 43'))
    await socket.send(Buffer.alloc(125, 1))
    expect(await peer.read(2 + 125)).toEqual(Buffer.concat([hex('82 7d'), Buffer.alloc(125, 1)]))
    await socket.send(Buffer.alloc(126, 2))
    expect(await peer.read(4 + 126)).toEqual(Buffer.concat([hex('82 7e 00 7e'), Buffer.alloc(126, 2)]))
    await socket.send(Buffer.alloc(65535, 3))
    expect((await peer.read(4 + 65535)).subarray(0, 5)).toEqual(hex('82 7e ff ff 03'))
    await socket.send(Buffer.alloc(65536, 4))
    expect((await peer.read(10 + 65536)).subarray(0, 11)).toEqual(hex('82 7f 00 00 00 00 00 01 00 00 04'))
    await socket.send('')
    expect(await peer.read(2)).toEqual(hex('82 00'))
  })

  it('WS-19 a message above 1 MiB leaves in fragments of 1 MiB, one of exactly 1 MiB in one frame', async () => {
    const { socket, peer } = await meet()
    const mib = 1048576
    await socket.send(Buffer.alloc(mib, 1))
    expect((await peer.read(10 + mib)).subarray(0, 10)).toEqual(hex('82 7f 00 00 00 00 00 10 00 00'))
    await socket.send(Buffer.alloc(2 * mib + 3, 2))
    expect((await peer.read(10 + mib)).subarray(0, 10)).toEqual(hex('02 7f 00 00 00 00 00 10 00 00'))
    expect((await peer.read(10 + mib)).subarray(0, 10)).toEqual(hex('00 7f 00 00 00 00 00 10 00 00'))
    expect(await peer.read(5)).toEqual(hex('80 03 02 02 02'))
  })

  it('are text where ws: { type } says so', async () => {
    const { socket, peer } = await meet({ ws: { type: 'text' } })
    await socket.send('ABC')
    expect(await peer.read(5)).toEqual(hex('81 03 41 42 43'))
  })

  it('TR-19 a loop of awaited sends leaves in few writes', async () => {
    const { socket, peer } = await meet()
    const chunks: number[] = []
    peer.stream.on('data', (chunk: Buffer) => chunks.push(chunk.length))
    for (let i = 0; i < 1000; i++) await socket.send('0123456789')
    await peer.read(12_000)
    expect(chunks.length).toBeLessThan(20)
  })
})

describe('incoming frames', () => {
  it('WS-20 fragments are joined, with control frames in between', async () => {
    const { socket, peer } = await meet()
    peer.send(
      Buffer.concat([frame(0x02, 'A'), frame(0x89, 'ping'), frame(0x00, ''), frame(0x00, 'B'), frame(0x80, 'C')])
    )
    expect(String(await socket.recv({ timeout: 2000 }))).toBe('ABC')
    expect(await peer.read(6)).toEqual(Buffer.concat([hex('8a 04'), Buffer.from('ping')]))
  })

  it('WS-21 a ping is answered with its payload; neither pings nor pongs reach the application', async () => {
    const { socket, peer } = await meet()
    peer.send(
      Buffer.concat([frame(0x8a, 'unasked'), frame(0x89, ''), frame(0x89, 'x'.repeat(125)), frame(0x82, 'last')])
    )
    expect(await peer.read(2)).toEqual(hex('8a 00'))
    expect(await peer.read(127)).toEqual(Buffer.concat([hex('8a 7d'), Buffer.from('x'.repeat(125))]))
    expect(String(await socket.recv({ timeout: 2000 }))).toBe('last')
    expect(socket.tryRecv()).toBeUndefined()
  })

  it('WS-25 a text frame is accepted as its bytes', async () => {
    const { socket, peer } = await meet()
    peer.send(frame(0x81, 'Grüße'))
    expect(await socket.recv({ timeout: 2000 })).toEqual(Buffer.from('Grüße'))
  })

  it.each([
    ['WS-18 an unmasked frame', hex('82 01 41'), 1002],
    ['RSV bits', frame(0xc2, 'A'), 1002],
    ['an unknown opcode', frame(0x83, 'A'), 1002],
    ['a continuation without start', frame(0x80, 'A'), 1002],
    ['a new data frame inside a message', Buffer.concat([frame(0x02, 'A'), frame(0x82, 'B')]), 1002],
    ['a fragmented control frame', frame(0x09, 'A'), 1002],
    ['a control frame of 126 bytes', frame(0x89, 'x'.repeat(126)), 1002],
    ['a Close with one byte', frame(0x88, 'A'), 1002],
    ['a Close with an invalid code', frame(0x88, hex('03 ec')), 1002],
    ['invalid UTF-8 in text', frame(0x81, hex('c3 28')), 1007],
    ['invalid UTF-8 over fragments', Buffer.concat([frame(0x01, hex('c3')), frame(0x80, hex('28'))]), 1007]
  ])('WS-23 WS-24 %s closes the pipe with its code, as malformed', async (_title, bytes, code) => {
    const { socket, peer } = await meet()
    const ended = nextEvent(socket, 'detach')
    peer.send(bytes)
    expect(await readClose(peer)).toBe(code)
    expect((await ended).reason).toBe('malformed')
    expect(socket.state).toBe('open')
  })

  it('WS-26 the limit counts the sum of the fragments and is told with size and limit', async () => {
    const { socket, peer } = await meet({ recvMaxSize: 4 })
    const drops = recordEvents(socket, 'drop')
    peer.send(Buffer.concat([frame(0x82, '123'), frame(0x82, '1234'), frame(0x02, '12'), frame(0x80, '34')]))
    for (const text of ['123', '1234', '1234']) expect(String(await socket.recv({ timeout: 2000 }))).toBe(text)
    const ended = nextEvent(socket, 'detach')
    peer.send(Buffer.concat([frame(0x02, '12'), frame(0x80, '345')]))
    expect(await readClose(peer)).toBe(1009)
    expect((await ended).reason).toBe('too-big')
    expect(drops).toMatchObject([{ reason: 'too-big', size: 5, limit: 4, count: 1 }])
  })

  it('TR-08 TR-11 a declared size is refused before anything is allocated, without a limit too', async () => {
    for (const [length, limit] of [
      ['00 00 00 00 00 10 00 01', 1048576],
      ['0f ff ff ff ff ff ff ff', Number.POSITIVE_INFINITY],
      ['80 00 00 00 00 00 00 00', Number.POSITIVE_INFINITY]
    ] as const) {
      const { socket, peer } = await meet({ recvMaxSize: limit })
      const [dropped, ended] = [nextEvent(socket, 'drop'), nextEvent(socket, 'detach')]
      peer.send(hex(`82 ff ${length} 00 00 00 00`))
      expect(await readClose(peer)).toBe(1009)
      expect(await dropped).toMatchObject({ reason: 'too-big', limit })
      expect((await ended).reason).toBe('too-big')
    }
  })

  it('a limit of 0 takes empty messages only', async () => {
    const { socket, peer } = await meet({ recvMaxSize: 0 })
    peer.send(frame(0x82))
    expect(await socket.recv({ timeout: 2000 })).toHaveLength(0)
    const ended = nextEvent(socket, 'detach')
    peer.send(frame(0x82, 'A'))
    expect((await ended).reason).toBe('too-big')
  })

  it('HOST-10 a flood of empty fragments ends the pipe', async () => {
    const { socket, peer } = await meet()
    const ended = nextEvent(socket, 'detach')
    peer.send(Buffer.concat([frame(0x02), ...new Array(140_000).fill(frame(0x00))]))
    expect((await ended).reason).toBe('malformed')
  })

  it.each(['binds', 'connects'])(
    'HOST-10 one fragment more than maxFragments ends the pipe of one that %s',
    async (role) => {
      const pull = track(new Pull({ ws: { maxFragments: 2 }, recvMaxSize: 4_000_000 }))
      const push = track(new Push())
      await (role === 'binds' ? marry(pull, push, any) : marry(push, pull, any))
      // They leave in fragments of 1 MiB.
      await push.send(Buffer.alloc(2_000_000))
      expect((await pull.recv()).length).toBe(2_000_000)
      const ended = nextEvent(pull, 'detach')
      await push.send(Buffer.alloc(3_000_000))
      expect((await ended).reason).toBe('malformed')
    }
  )

  it('HOST-11 pings of a peer that reads nothing do not pile up pongs', async () => {
    const { socket, peer } = await meet()
    peer.stream.pause()
    const pings = Buffer.concat(new Array(1000).fill(frame(0x89, 'x'.repeat(125))))
    const before = await buffersAfterYoungCollections()
    for (let i = 0; i < 100; i++) {
      if (!peer.stream.write(pings)) await new Promise((resolve) => peer.stream.once('drain', resolve))
    }
    peer.send(frame(0x82, 'still here'))
    expect(String(await socket.recv({ timeout: 5000 }))).toBe('still here')
    expect((await buffersAfterYoungCollections()) - before).toBeLessThan(5_000_000)
  })

  it('TR-12 a connection that ends inside a message delivers nothing and counts the loss', async () => {
    const { socket, peer } = await meet()
    const [dropped, ended] = [nextEvent(socket, 'drop'), nextEvent(socket, 'detach')]
    peer.send(hex('82 8a 00 00 00 00 41 42'))
    peer.end()
    expect((await dropped).reason).toBe('truncated')
    expect((await ended).reason).toBe('closed-by-peer')
  })
})

describe('closing', () => {
  it('WS-22 a Close is answered with the same code, and the pipe ends', async () => {
    const { socket, peer } = await meet()
    const ended = nextEvent(socket, 'detach')
    peer.send(frame(0x88, Buffer.concat([hex('0f a0'), Buffer.from('bye')])))
    expect(await readClose(peer)).toBe(4000)
    expect((await ended).cause).toMatchObject({ message: 'the peer closed with 4000 bye' })
  })

  it('WS-22 a Close without a code is answered by one without, and nothing follows it', async () => {
    const { socket, peer } = await meet()
    const ended = nextEvent(socket, 'detach')
    peer.send(Buffer.concat([frame(0x88), frame(0x89, 'ping')]))
    expect(await readClose(peer)).toBe(1005)
    const { reason, cause } = await ended
    expect([reason, cause]).toEqual(['closed-by-peer', undefined])
    peer.end()
    expect(await peer.closed).toEqual(hex(''))
  })

  it('WS-22 closing the socket or the endpoint sends 1000 after what was sent', async () => {
    for (const close of ['socket', 'endpoint'] as const) {
      const socket = track(new Push())
      const listener = await socket.bind(any)
      const peer = await connectFrames(listener.url, { headers: { 'Sec-WebSocket-Protocol': 'push.sp.nanomsg.org' } })
      await socket.waitForPeers(1)
      await socket.send('last')
      const closing = close === 'socket' ? socket.close() : listener.close()
      expect(await peer.read(6)).toEqual(Buffer.concat([hex('82 04'), Buffer.from('last')]))
      expect(await readClose(peer)).toBe(1000)
      peer.send(frame(0x88, hex('03 e8')))
      await closing
      await peer.closed
    }
  })
})

describe('back-pressure', () => {
  it('TR-15 TR-16 a reader that stops bounds both sides; reading resumes', async () => {
    const [push, pull] = [new Push({ sendBuffer: 65536 }), new Pull({ recvBuffer: 65536 })]
    await marry(pull, push, any)
    const body = Buffer.alloc(10_000)
    let sent = 0
    const limit = 3000
    while (
      sent < limit &&
      (await push.send(body, { timeout: 300 }).then(
        () => true,
        () => false
      ))
    )
      sent++
    expect(sent).toBeLessThan(limit)
    for (let i = 0; i < sent; i++) expect(await pull.recv({ timeout: 2000 })).toHaveLength(body.length)
    await push.send(body, { timeout: 2000 })
    await eventually(() => pull.tryRecv() !== undefined)
  })
})
