/** Frames on the wire of the stream transports: what they look like, how many writes they take, and how they may end. */
import { Socket as NetSocket } from 'node:net'
import { Pull, Push, Req } from 'hubless'
import { Pair as RawPair } from 'hubless/raw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type BytePeer, connectBytes, hex, listenBytes } from '../helpers/bytes.ts'
import { memoryInUse } from '../helpers/memory.ts'
import { turns } from '../helpers/messages.ts'
import { eventually, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { expectServing, patience, pushHello, streamCases } from './stream-case.ts'

for (const stream of streamCases) {
  describe(`frames over ${stream.name}`, () => {
    it('TR-07 are a big-endian length, then header and body, for requests and replies', async () => {
      const req = track(new Req())
      const client = await connectBytes((await req.bind(stream.url())).url)
      await client.greet(0x31)
      const reply = req.request(Buffer.alloc(258, 'x'))
      const bytes = await client.read(stream.prefix(0).length + 262)
      expect(bytes.subarray(0, -262)).toEqual(stream.prefix(262))
      expect(bytes.at(-262)).toBeGreaterThanOrEqual(0x80)
      expect(bytes.subarray(-258)).toEqual(Buffer.alloc(258, 'x'))
      client.send(stream.frame(Buffer.concat([bytes.subarray(-262, -258), Buffer.from('done')])))
      expect(String(await reply)).toBe('done')
    })

    it('TR-14 carry header and body of a raw socket in one piece', async () => {
      const pair = track(new RawPair())
      const client = await connectBytes((await pair.bind(stream.url())).url)
      await client.greet(0x10)
      await pair.send({ header: hex('01 02 03'), body: hex('04 05') })
      expect(await client.read(stream.prefix(0).length + 5)).toEqual(stream.frame(hex('01 02 03 04 05')))
      await pair.send({ header: Buffer.alloc(4, 7), body: Buffer.alloc(20_000, 8) })
      const large = Buffer.concat([Buffer.alloc(4, 7), Buffer.alloc(20_000, 8)])
      expect((await client.read(stream.prefix(0).length + 20_004)).equals(stream.frame(large))).toBe(true)
    })

    it('TR-08 above the limit are refused by what they declare, before anything is allocated', async () => {
      const { pull, url: at, peer } = await stream.served(new Pull({ recvMaxSize: 500_000_000 }))
      const before = await memoryInUse()
      peer.send(stream.prefix(400_000_000))
      await turns(20)
      expect((await memoryInUse()) - before).toBeLessThan(20_000_000)
      expect(pull.peers).toHaveLength(1)

      const second = await connectBytes(at)
      await second.greet(0x50)
      const [dropped, detached] = [nextEvent(pull, 'drop'), nextEvent(pull, 'detach')]
      second.send(stream.prefix(500_000_001))
      expect(await dropped).toMatchObject({ reason: 'too-big', size: 500_000_001, limit: 500_000_000, count: 1 })
      expect((await detached).reason).toBe('too-big')
      await second.closed
      expect(pull.stats().drops).toEqual({ 'too-big': 1 })
      await expectServing(pull, at)
    })

    it.each([
      ['2^53 + 1', 2n ** 53n + 1n],
      ['2^60', 2n ** 60n],
      ['2^63', 2n ** 63n],
      ['2^64 - 1', 2n ** 64n - 1n]
    ])(
      'TR-11 (crash list 13) that declare %s end the pipe without a limit, with nothing allocated',
      async (_s, size) => {
        const { pull, url: at, peer } = await stream.served(new Pull({ recvMaxSize: Number.POSITIVE_INFINITY }))
        const before = await memoryInUse()
        const [dropped, detached] = [nextEvent(pull, 'drop'), nextEvent(pull, 'detach')]
        peer.send(Buffer.concat([stream.prefix(size), Buffer.alloc(1000)]))
        expect(await dropped).toMatchObject({ reason: 'too-big', size: Number(size) })
        expect((await detached).reason).toBe('too-big')
        await peer.closed
        expect((await memoryInUse()) - before).toBeLessThan(10_000_000)
        await expectServing(pull, at)
      }
    )

    it('TR-12 that are cut off deliver nothing, are counted, and harm no other peer', async () => {
      const whole = stream.frame('cut off')
      const { pull, url: at, peer } = await stream.served()
      peer.destroy()
      await nextEvent(pull, 'detach')
      for (let length = 1; length < whole.length; length++) {
        const detached = nextEvent(pull, 'detach')
        const client = await connectBytes(at)
        client.send(Buffer.concat([pushHello, whole.subarray(0, length)]))
        client.end()
        expect((await detached).reason).toBe('closed-by-peer')
      }
      expect(pull.tryRecv()).toBeUndefined()
      expect(pull.stats().drops).toEqual({ truncated: whole.length - 1 })
      await expectServing(pull, at)
    })

    it('TR-12 TR-17 that are cut off by a reset are counted too, with one detach', async () => {
      const { pull, url: at, peer } = await stream.served()
      const detached = recordEvents(pull, 'detach')
      const dropped = recordEvents(pull, 'drop')
      peer.send(Buffer.concat([stream.frame('whole'), stream.frame('cut off').subarray(0, 12)]))
      expect(String(await pull.recv(patience))).toBe('whole')
      peer.reset()
      await eventually(() => detached.length === 1)
      await turns(5)
      expect(detached).toHaveLength(1)
      expect(dropped.map(({ reason }) => reason)).toEqual(['truncated'])
      await expectServing(pull, at)
    })

    it('TR-17 of a sender whose peer resets give one detach, and the waiting send goes to the next peer', async () => {
      const server = await listenBytes(stream.name)
      const push = track(new Push({ sendBuffer: 100_000, reconnectInterval: 5 }))
      const detached = recordEvents(push, 'detach')
      push.connect(server.url)
      const peer = await server.accept()
      await peer.greet(0x51)
      peer.stream.pause()
      let accepted = 0
      const sending = (async () => {
        for (;;) {
          await push.send(Buffer.alloc(10_000))
          accepted++
        }
      })()
      sending.catch(() => {})
      await eventually(() => accepted >= 20)
      peer.reset()
      await eventually(() => detached.length === 1)
      const next = await server.accept()
      await next.greet(0x51)
      expect((await next.read(stream.prefix(0).length)).equals(stream.prefix(10_000))).toBe(true)
      await push.close({ linger: 0 })
      expect(detached.map(({ reason }) => reason).slice(1)).toEqual(['closed-locally'])
    })

    it('TR-18 before an end are all delivered, in whatever state the reader is', async () => {
      for (const late of [false, true]) {
        const { pull, peer } = await stream.served(new Pull({ recvBuffer: 1000 }))
        const detached = nextEvent(pull, 'detach')
        const early = late ? undefined : pull.recv(patience)
        peer.send(Buffer.concat(Array.from({ length: 500 }, (_, i) => stream.frame(`message ${i}`))))
        peer.end()
        if (late) await turns(20)
        for (let i = 0; i < 500; i++) {
          const body = i === 0 && early !== undefined ? await early : await pull.recv(patience)
          expect(String(body)).toBe(`message ${i}`)
        }
        expect((await detached).reason).toBe('closed-by-peer')
      }
    })

    it('TR-16 pile up to sendBuffer for a peer that never reads, and not beyond', async () => {
      const server = await listenBytes(stream.name)
      const push = track(new Push({ sendBuffer: 300_000 }))
      const dialer = push.connect(server.url)
      const peer = await server.accept()
      await peer.greet(0x51)
      peer.stream.pause()
      await dialer.whenConnected(patience)
      const before = await memoryInUse()
      let accepted = 0
      while (push.trySend(Buffer.alloc(10_000))) {
        accepted++
        // The system takes what it likes.
        if (accepted % 20 === 0) await turns(2)
      }
      for (let quiet = 0; quiet < 20; quiet++) {
        await turns(1)
        while (push.trySend(Buffer.alloc(10_000))) quiet = 0
      }
      expect((await memoryInUse()) - before).toBeLessThan(300_000 + 3_000_000)
    })
  })

  describe(`writes over ${stream.name}`, () => {
    afterEach(() => void vi.restoreAllMocks())

    /** A connected PUSH whose writes to the network are counted. */
    async function counted(): Promise<{ push: Push; peer: BytePeer; writes: () => number }> {
      const server = await listenBytes(stream.name)
      const push = track(new Push())
      const dialer = push.connect(server.url)
      const peer = await server.accept()
      await peer.greet(0x51)
      await dialer.whenConnected(patience)
      const write = vi.spyOn(NetSocket.prototype, 'write')
      return { push, peer, writes: () => write.mock.calls.length }
    }

    it('TR-19 are few for a loop of awaited sends', async () => {
      const { push, peer, writes } = await counted()
      const all = Array.from({ length: 1000 }, (_, i) => stream.frame(`message ${i}`))
      for (let i = 0; i < 1000; i++) await push.send(`message ${i}`)
      const bytes = Buffer.concat(all)
      expect((await peer.read(bytes.length)).equals(bytes)).toBe(true)
      expect(writes()).toBeLessThanOrEqual(3)
    })

    it('TR-19 are done in the same tick for a lone message', async () => {
      const { push, peer, writes } = await counted()
      void push.send('alone')
      expect(writes()).toBe(0)
      let macrotask = false
      setImmediate(() => {
        macrotask = true
      })
      await new Promise<void>((resolve) => process.nextTick(resolve))
      expect(writes()).toBe(1)
      expect(macrotask).toBe(false)
      expect(await peer.read(stream.frame('alone').length)).toEqual(stream.frame('alone'))
    })
  })
}
