/** The SP hello on the wire of the stream transports: sent at once, taken in any pieces, and refused with a reason. */
import { Pair, Pull, Push, Rep, Req, type Socket } from 'hubless'
import { Pair as RawPair } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, listenBytes } from '../helpers/bytes.ts'
import { turns } from '../helpers/messages.ts'
import { nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { expectServing, patience, pushHello, streamCases } from './stream-case.ts'

for (const stream of streamCases) {
  describe(`hello over ${stream.name}`, () => {
    it.each([
      ['pair', 0x10, () => new Pair()],
      ['req', 0x30, () => new Req()],
      ['rep', 0x31, () => new Rep()],
      ['raw pair', 0x10, () => new RawPair()]
    ] as const)(
      'TR-01 is sent at once by %s, bound or connected, to a peer that says nothing',
      async (_n, id, make) => {
        const hello = Buffer.from([0, 0x53, 0x50, 0, 0, id, 0, 0])
        const bound = track<Socket>(make())
        const client = await connectBytes((await bound.bind(stream.url())).url)
        expect(await client.read(8)).toEqual(hello)
        const server = await listenBytes(stream.name)
        const connected = track<Socket>(make())
        connected.connect(server.url)
        expect(await (await server.accept()).read(8)).toEqual(hello)
      }
    )

    it('TR-02 may come in one segment with the first messages', async () => {
      const pull = track(new Pull())
      const listener = await pull.bind(stream.url())
      const client = await connectBytes(listener.url)
      client.send(Buffer.concat([pushHello, stream.frame('one'), stream.frame(''), stream.frame('two')]))
      for (const body of ['one', '', 'two']) expect(String(await pull.recv(patience))).toBe(body)

      const server = await listenBytes(stream.name)
      pull.connect(server.url)
      const peer = await server.accept()
      peer.send(Buffer.concat([pushHello, stream.frame('three'), stream.frame('four').subarray(0, 3)]))
      expect(String(await pull.recv(patience))).toBe('three')
      peer.send(stream.frame('four').subarray(3))
      expect(String(await pull.recv(patience))).toBe('four')
    })

    it('TR-02 TR-03 may come byte by byte, and so may the messages', async () => {
      const pull = track(new Pull())
      const client = await connectBytes((await pull.bind(stream.url())).url)
      client.stream.setNoDelay(true)
      for (const byte of Buffer.concat([pushHello, stream.frame('one'), stream.frame(''), stream.frame('two')])) {
        client.send(Buffer.of(byte))
        await turns(1)
      }
      for (const body of ['one', '', 'two']) expect(String(await pull.recv(patience))).toBe(body)
    })

    it('TR-04 is waited for as long as handshakeTimeout says, by a listener', async () => {
      const pull = track(new Pull({ handshakeTimeout: 60 }))
      const rejected = recordEvents(pull, 'reject')
      const listener = await pull.bind(stream.url())
      for (const sent of [0, 7]) {
        const began = performance.now()
        const client = await connectBytes(listener.url)
        if (sent > 0) client.send(pushHello.subarray(0, sent))
        await client.closed
        expect(performance.now() - began).toBeGreaterThanOrEqual(58)
      }
      expect(rejected.map(({ reason, endpoint }) => [reason, endpoint])).toEqual([
        ['handshake-timeout', listener],
        ['handshake-timeout', listener]
      ])
      expect(pull.stats()).toMatchObject({
        acceptedConnections: 2,
        brokenConnections: 2,
        rejects: { 'handshake-timeout': 2 }
      })
      await expectServing(pull, listener.url)
    })

    it('TR-04 EP-10 is waited for as long as handshakeTimeout says, by a dialer, which tries again', async () => {
      const server = await listenBytes(stream.name)
      const push = track(new Push({ reconnectInterval: 5 }))
      const rejected = nextEvent(push, 'reject')
      const retried = nextEvent(push, 'retry')
      const began = performance.now()
      const dialer = push.connect(server.url, { handshakeTimeout: 60 })
      await (await server.accept()).closed
      expect(performance.now() - began).toBeGreaterThanOrEqual(58)
      expect((await rejected).reason).toBe('handshake-timeout')
      expect((await retried).cause).toMatchObject({ code: 'ETIMEDOUT', endpoint: server.url })
      await (await server.accept()).greet(0x51)
      await dialer.whenConnected(patience)
    })

    const bad = [
      ['a wrong first byte', '01 53 50 00 00 50 00 00'],
      ['small letters', '00 73 70 00 00 50 00 00'],
      ['other letters', '00 53 51 00 00 50 00 00'],
      ['another version', '00 53 50 01 00 50 00 00'],
      ['an HTTP request', '47 45 54 20 2f 20 48 54'],
      ['zeros', '00 00 00 00 00 00 00 00']
    ] as const

    it.each(bad)('TR-05 with %s is refused, and the listener takes the next client', async (_what, digits) => {
      const pull = track(new Pull())
      const listener = await pull.bind(stream.url())
      const rejected = nextEvent(pull, 'reject')
      const client = await connectBytes(listener.url)
      client.send(digits)
      expect((await rejected).reason).toBe('malformed-hello')
      await client.closed
      await expectServing(pull, listener.url)
    })

    it.each(bad)('TR-05 with %s is refused by a dialer, which tries again', async (_what, digits) => {
      const server = await listenBytes(stream.name)
      const push = track(new Push({ reconnectInterval: 5 }))
      const rejected = nextEvent(push, 'reject')
      const dialer = push.connect(server.url)
      const peer = await server.accept()
      peer.send(digits)
      expect((await rejected).reason).toBe('malformed-hello')
      await peer.closed
      await (await server.accept()).greet(0x51)
      await dialer.whenConnected(patience)
    })

    it('TR-05 that ends after any part is refused, and the listener takes the next client', async () => {
      const pull = track(new Pull())
      const listener = await pull.bind(stream.url())
      for (let length = 0; length < 8; length++) {
        const rejected = nextEvent(pull, 'reject')
        const client = await connectBytes(listener.url)
        if (length > 0) client.send(pushHello.subarray(0, length))
        client.end()
        expect((await rejected).reason).toBe(length === 0 ? 'closed' : 'malformed-hello')
      }
      await expectServing(pull, listener.url)
    })

    it.each(['00 53 50 00 00 50 00 01', '00 53 50 00 00 50 01 00', '00 53 50 00 00 50 ff ff'])(
      'TR-06 with reserved bytes that are not zero is refused: %s',
      async (digits) => {
        const pull = track(new Pull())
        const listener = await pull.bind(stream.url())
        const rejected = nextEvent(pull, 'reject')
        const client = await connectBytes(listener.url)
        client.send(digits)
        expect((await rejected).reason).toBe('malformed-hello')
        await client.closed
        expect(pull.stats().rejects).toEqual({ 'malformed-hello': 1 })
        await expectServing(pull, listener.url)
      }
    )
  })
}
