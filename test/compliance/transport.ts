/**
 * What every transport owes its sockets, whatever it is made of: limits before memory, pressure back to the sender, and
 * an end that is told once and loses nothing that was on its way.
 */
import { Pair, Pull, Push, Rep, Req } from 'hubless'
import { Push as RawPush } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { fill, numberOf, sized } from '../helpers/messages.ts'
import { eventually, isPending, marry, nextEvent, recordEvents, type TransportCase, track } from '../helpers/sockets.ts'

const patience = { timeout: 5000 }

/** What the system gives at once; a transport may deliver the rest of it after it was told to stop. */
const chunk = 65_536

/** Bytes that differ from place to place. */
function pattern(size: number): Buffer {
  const body = Buffer.alloc(size)
  for (let i = 0; i < size; i += 1 + (i >>> 6)) body[i] = (i * 7 + size) & 0xff
  return body
}

export function transportSuite(transport: TransportCase): void {
  const { bind, connect } = transport
  const options = { ...(bind && { bind }), ...(connect && { connect }) }

  describe(`limits of ${transport.name}`, () => {
    it('TR-09 takes messages up to recvMaxSize and none above', async () => {
      for (const size of [98, 99, 100, 101]) {
        const [push, pull] = [new Push({ reconnectInterval: 10_000 }), new Pull({ recvMaxSize: 100 })]
        await marry(pull, push, transport.url(), options)
        const dropped = recordEvents(pull, 'drop')
        await push.send(Buffer.alloc(size))
        if (size <= 100) expect(await pull.recv(patience)).toHaveLength(size)
        else await eventually(() => pull.peers.length === 0)
        expect(dropped).toHaveLength(size > 100 ? 1 : 0)
        expect(pull.tryRecv()).toBeUndefined()
      }
    })

    it('TR-09 counts the SP header', async () => {
      for (const size of [96, 97]) {
        const [req, rep] = [new Req({ reconnectInterval: 10_000 }), new Rep({ recvMaxSize: 100 })]
        await marry(rep, req, transport.url(), options)
        const dropped = recordEvents(rep, 'drop')
        await req.send(Buffer.alloc(size))
        if (size === 96) expect(await rep.recv(patience)).toHaveLength(96)
        else await eventually(() => dropped.length === 1)
        expect(dropped.map((event) => event.size)).toEqual(size === 96 ? [] : [101])
      }
    })

    it('TR-08 tells size and limit of what it refuses, counts it, and ends the pipe on both sides', async () => {
      const [push, pull] = [new Push({ reconnectInterval: 10_000 }), new Pull({ recvMaxSize: 1000 })]
      const { pipes } = await marry(pull, push, transport.url(), options)
      const [dropped, detached, lost] = [nextEvent(pull, 'drop'), nextEvent(pull, 'detach'), nextEvent(push, 'detach')]
      await push.send(Buffer.alloc(5000))
      expect(await dropped).toMatchObject({ reason: 'too-big', count: 1, size: 5000, limit: 1000, pipe: pipes[0] })
      expect((await detached).reason).toBe('too-big')
      await lost
      const { drops, endpoints, brokenConnections } = pull.stats()
      expect(drops).toEqual({ 'too-big': 1 })
      expect(endpoints[0]?.drops).toEqual({ 'too-big': 1 })
      expect(brokenConnections).toBe(1)
    })

    it('TR-10 takes later messages, of other peers and of the same one after it has reconnected', async () => {
      const [push, pull] = [new Push({ reconnectInterval: 5 }), new Pull({ recvMaxSize: 100 })]
      const { listener } = await marry(pull, push, transport.url(), options)
      const [dropped, lost, back] = [nextEvent(pull, 'drop'), nextEvent(push, 'detach'), nextEvent(push, 'attach')]
      await push.send(Buffer.alloc(101))
      await Promise.all([dropped, lost, back])
      await push.send('the same')
      expect(String(await pull.recv(patience))).toBe('the same')
      const other = track(new Push())
      other.connect(listener.url, connect)
      await other.send('another')
      expect(String(await pull.recv(patience))).toBe('another')
    })

    it('TR-09 EP-23 holds the limit that was given to bind or connect', async () => {
      const [a, b] = [new Pair({ recvMaxSize: 10 }), new Pair()]
      await marry(a, b, transport.url(), {
        bind: { ...bind, recvMaxSize: 1000 },
        connect: { ...connect, recvMaxSize: 20, reconnectInterval: 10_000 }
      })
      await b.send(Buffer.alloc(1000))
      expect(await a.recv(patience)).toHaveLength(1000)
      const dropped = nextEvent(b, 'drop')
      await a.send(Buffer.alloc(21))
      expect(await dropped).toMatchObject({ reason: 'too-big', size: 21, limit: 20 })
    })

    it('TR-13 carries all powers of two up to 1 MiB both ways', async () => {
      const [a, b] = [new Pair(), new Pair()]
      await marry(a, b, transport.url(), options)
      for (let size = 1; size <= 1 << 20; size *= 2) {
        const body = pattern(size)
        await a.send(Buffer.from(body))
        await b.send(await b.recv(patience))
        expect(body.equals(await a.recv(patience)), `${size} bytes`).toBe(true)
      }
    })

    it('TR-13 carries more than 4 MB with a raised limit, both ways', { timeout: 20_000 }, async () => {
      for (const recvMaxSize of [16_000_000, Number.POSITIVE_INFINITY]) {
        const [a, b] = [new Pair({ recvMaxSize }), new Pair({ recvMaxSize })]
        await marry(a, b, transport.url(), options)
        for (const size of [4_000_000, 5_000_001]) {
          const body = pattern(size)
          await a.send(Buffer.from(body))
          await b.send(await b.recv(patience))
          expect(body.equals(await a.recv(patience)), `${size} bytes`).toBe(true)
        }
      }
    })

    it('TR-14 carries the header of a raw socket before the body', async () => {
      const [push, pull] = [new RawPush(), new Pull()]
      await marry(pull, push, transport.url(), options)
      await push.send({ header: Buffer.from('head'), body: 'body' })
      await push.send({ header: Buffer.from('odd'), body: pattern(50_000) })
      expect(String(await pull.recv(patience))).toBe('headbody')
      expect(Buffer.concat([Buffer.from('odd'), pattern(50_000)]).equals(await pull.recv(patience))).toBe(true)
    })
  })

  describe(`pressure over ${transport.name}`, () => {
    const size = 10_000

    it('TR-15 TR-16 stops at the buffers of both sides when nobody reads, and goes on when somebody does', async () => {
      const [push, pull] = [new Push({ sendBuffer: 200_000 }), new Pull({ recvBuffer: 100_000 })]
      await marry(pull, push, transport.url(), options)
      const accepted = await fill(push, size, 5000)
      // What the receiver took: its buffer, and the message that filled it.
      const taken = pull.stats().pipes[0]?.messagesReceived ?? 0
      expect(taken).toBeGreaterThanOrEqual(100_000 / size)
      expect(taken).toBeLessThanOrEqual((100_000 + chunk) / size + 1)
      // The rest is in the sender's buffer and in those of the system, a few MB.
      expect((accepted - taken) * size).toBeLessThan(200_000 + 16_000_000)
      const late = push.send(sized(accepted, size))
      for (let i = 0; i <= accepted; i++) expect(numberOf(await pull.recv(patience))).toBe(i)
      await late
    })

    it('TR-15 stops reading at a number of messages, however small they are', async () => {
      const [push, pull] = [new Push({ sendBuffer: 100_000 }), new Pull({ recvBuffer: 100_000 })]
      await marry(pull, push, transport.url(), options)
      const total = 80_000
      const sending = (async () => {
        for (let i = 0; i < total; i++) await push.send('')
      })()
      await eventually(() => (pull.stats().pipes[0]?.messagesReceived ?? 0) >= 256)
      await isPending(sending, 50)
      expect(pull.stats().pipes[0]?.messagesReceived).toBeLessThanOrEqual(16_384 + chunk / 2)
      for (let i = 0; i < total; i++) await pull.recv(patience)
      await sending
      expect(pull.tryRecv()).toBeUndefined()
    })

    it('TR-15 does not hold other pipes back', async () => {
      const [flooding, quiet, pull] = [new Push({ sendBuffer: 100_000 }), new Push(), new Pull({ recvBuffer: 50_000 })]
      const { listener } = await marry(pull, flooding, transport.url(), options)
      const accepted = await fill(flooding, size, 5000)
      track(quiet).connect(listener.url, connect)
      await quiet.send('quiet')
      await eventually(() => pull.stats().pipes[1]?.messagesReceived === 1)
      // In turn: at most one of the flood comes before it.
      const first = [await pull.recv(patience), await pull.recv(patience)]
      expect(first.some((body) => String(body) === 'quiet')).toBe(true)
      for (let i = 1; i < accepted; i++) await pull.recv(patience)
    })

    it('TR-16 forgets what a peer that never read had not taken, counted, when it goes', async () => {
      const [push, pull] = [new Push({ sendBuffer: 200_000, reconnectInterval: 10_000 }), new Pull({ recvBuffer: 1 })]
      await marry(pull, push, transport.url(), options)
      const accepted = await fill(push, size, 5000)
      const detached = nextEvent(push, 'detach')
      const dropped = nextEvent(push, 'drop')
      await pull.close({ linger: 0 })
      await detached
      expect(await dropped).toMatchObject({ reason: 'closed' })
      expect((await dropped).count).toBeGreaterThanOrEqual(1)
      expect((await dropped).count).toBeLessThan(accepted)
    })
  })

  describe(`the end of a connection over ${transport.name}`, () => {
    it('TR-17 is told once when a peer vanishes while it is sent to, and the send goes to the next one', async () => {
      const push = new Push({ sendBuffer: 50_000 })
      const first = new Pull({ recvBuffer: 50_000, reconnectInterval: 10_000 })
      const { listener } = await marry(push, first, transport.url(), options)
      const detached = recordEvents(push, 'detach')
      await fill(push, 10_000, 5000)
      const waiting = push.send('for the next')
      await first.close({ linger: 0 })
      await eventually(() => detached.length > 0)
      expect(await isPending(waiting)).toBe(true)
      const next = track(new Pull())
      next.connect(listener.url, connect)
      await waiting
      expect(String(await next.recv(patience))).toBe('for the next')
      expect(detached).toHaveLength(1)
    })

    it('TR-17 leaves a waiting recv waiting for the next peer', async () => {
      const [pull, push] = [new Pull(), new Push()]
      const { listener } = await marry(pull, push, transport.url(), options)
      const waiting = pull.recv()
      const detached = nextEvent(pull, 'detach')
      await push.close({ linger: 0 })
      await detached
      expect(await isPending(waiting)).toBe(true)
      const next = track(new Push())
      next.connect(listener.url, connect)
      await next.send('next')
      expect(String(await waiting)).toBe('next')
    })

    it('TR-18 COM-31 delivers every message before it, to a reader that comes late and is slow', async () => {
      const [push, pull] = [new Push({ linger: 10_000 }), new Pull({ recvBuffer: 20_000 })]
      await marry(pull, push, transport.url(), options)
      const detached = recordEvents(pull, 'detach')
      for (let i = 0; i < 300; i++) await push.send(sized(i, i % 7 === 0 ? 9000 : 100))
      const closing = push.close()
      for (let i = 0; i < 300; i++) {
        if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
        expect(numberOf(await pull.recv(patience))).toBe(i)
      }
      await closing
      await eventually(() => detached.length === 1)
      expect(detached[0]?.reason).toBe('closed-by-peer')
      expect(pull.stats().drops).toEqual({})
    })
  })
}
