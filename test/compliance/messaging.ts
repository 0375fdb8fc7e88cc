/** What every pattern and every transport owes a message: it arrives whole, in order, and whatever its size. */
import { Pair, Pull, Push, Rep, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { patternCases } from '../helpers/patterns.ts'
import { carries, isPending, marry, nextEvent, type TransportCase, track } from '../helpers/sockets.ts'

const limit = 1024 * 1024

/** 0 to 70 bytes, and ±1 around every length at which a frame, chunk or buffer changes shape. */
function sizes(largest: number): number[] {
  const all = new Set<number>()
  for (let size = 0; size <= 70; size++) all.add(size)
  const edges = [125, 2048, 4096, 65535, 65536]
  for (let power = 1; power <= limit; power *= 2) edges.push(power)
  for (const edge of [...edges, largest]) for (const size of [edge - 1, edge, edge + 1]) all.add(size)
  return [...all].filter((size) => size <= largest).sort((x, y) => x - y)
}

/** Bytes that differ at every position and from size to size, so that a shifted or truncated body shows. */
function pattern(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let state = size * 2654435761 + 12345
  for (let i = 0; i < size; i++) {
    state = (state * 1103515245 + 12345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function messagingSuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`messages over ${transport.name}`, () => {
    for (const { name, header, open } of patternCases.filter((pattern) => carries(transport, pattern.name))) {
      it(`COM-14 a zero-length message arrives as an empty body on ${name}`, async () => {
        const { a, b, transfer } = open()
        await marry(a, b, transport.url(), options)
        const body = await transfer('')
        expect(Buffer.isBuffer(body)).toBe(true)
        expect(body.length).toBe(0)
        expect(String(await transfer('and then one more'))).toBe('and then one more')
      })

      it(`COM-15 every size up to the limit arrives intact on ${name}`, { timeout: 30_000 }, async () => {
        const { a, b, transfer } = open()
        await marry(a, b, transport.url(), options)
        for (const size of sizes(limit - header)) {
          const expected = pattern(size)
          // inproc hands the very bytes over, so the comparison needs its own.
          const body = await transfer(Buffer.from(expected))
          if (!expected.equals(body)) expect.fail(`${size} bytes arrived as ${body.length}, damaged`)
        }
      })

      it(`COM-06 ${name} works with either side binding`, async () => {
        for (const swap of [false, true]) {
          const { a, b, transfer } = open()
          await marry(swap ? b : a, swap ? a : b, transport.url(), options)
          expect(String(await transfer(swap ? 'swapped' : 'straight'))).toBe(swap ? 'swapped' : 'straight')
        }
      })
    }

    it('COM-11 a recv that waits completes when a message arrives, twice in a row', async () => {
      const [a, b] = [new Pair(), new Pair()]
      await marry(a, b, transport.url(), options)
      for (const text of ['first', 'second']) {
        const waiting = b.recv()
        expect(await isPending(waiting)).toBe(true)
        await a.send(text)
        expect(String(await waiting)).toBe(text)
      }
    })

    it('COM-13 a batch of 100 messages arrives complete and in order', async () => {
      const [push, pull] = [new Push(), new Pull()]
      await marry(push, pull, transport.url(), options)
      const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`)
      for (const text of sent) await push.send(text)
      const received: string[] = []
      while (received.length < 100) received.push(String(await pull.recv({ timeout: 5000 })))
      expect(received).toEqual(sent)
      expect(pull.tryRecv()).toBeUndefined()
    })

    it('COM-13 100 ping-pongs with different sizes succeed', async () => {
      const [a, b] = [new Pair(), new Pair()]
      await marry(a, b, transport.url(), options)
      for (let i = 0; i < 100; i++) {
        const ping = pattern((i * 719) % 70_001)
        await a.send(Buffer.from(ping))
        const there = await b.recv({ timeout: 5000 })
        await b.send(there)
        expect(ping.equals(await a.recv({ timeout: 5000 }))).toBe(true)
      }
    })

    it('COM-05 PAIR and PULL never attach, in either bind order; the PAIR send times out', async () => {
      for (const pairBinds of [true, false]) {
        const [pair, pull] = track(new Pair({ reconnectInterval: 10 }), new Pull({ reconnectInterval: 10 }))
        const [binder, connector] = pairBinds ? [pair, pull] : [pull, pair]
        let attached = 0
        for (const socket of [pair, pull]) socket.on('attach', () => attached++)
        const { url } = await binder.bind(transport.url(), transport.bind)
        const refused = [nextEvent(binder, 'reject'), nextEvent(connector, 'reject')]
        connector.connect(url, transport.connect)
        for (const { reason } of await Promise.all(refused)) expect(reason).toBe('protocol-mismatch')
        await expect(pair.send('nobody', { timeout: 40 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
        expect(attached).toBe(0)
      }
    })

    it('COM-04 a peer of the wrong protocol is refused on both sides, by name, and right peers go on working', async () => {
      const rep = track(new Rep())
      const good = new Req()
      const { listener } = await marry(rep, good, transport.url(), options)
      const wrong = track(new Sub({ reconnectInterval: 10_000 }))
      const refused = Promise.all([nextEvent(rep, 'reject'), nextEvent(wrong, 'reject')])
      wrong.connect(listener.url, transport.connect)
      const [theirs, ours] = transport.patterns ? [/SUB|PUB/, /REP|REQ/] : [/0x21|0x20/, /0x31|0x30/]
      for (const { reason, error } of await refused) {
        expect(reason).toBe('protocol-mismatch')
        expect(error.message).toMatch(theirs)
        expect(error.message).toMatch(ours)
      }
      const late = track(new Req())
      late.connect(listener.url, transport.connect)
      for (const req of [good, late]) {
        const reply = req.request('still there?')
        expect(String(await rep.recv({ timeout: 5000 }))).toBe('still there?')
        await rep.send('yes')
        expect(String(await reply)).toBe('yes')
      }
    })

    it('COM-24 strings, views of every kind and ArrayBuffers go out, Buffers come in', async () => {
      const [a, b] = [new Pair(), new Pair()]
      await marry(a, b, transport.url(), options)
      const memory = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).buffer
      const bodies: [string | ArrayBufferView | ArrayBuffer, Buffer][] = [
        ['grüße 🌍', Buffer.from('grüße 🌍', 'utf8')],
        [new Uint8Array(memory, 3, 4), Buffer.from([4, 5, 6, 7])],
        [new DataView(memory, 1, 2), Buffer.from([2, 3])],
        [new Uint16Array(memory, 2, 3), Buffer.from([3, 4, 5, 6, 7, 8])],
        [Buffer.from(memory, 5, 5), Buffer.from([6, 7, 8, 9, 10])],
        [memory.slice(0, 6), Buffer.from([1, 2, 3, 4, 5, 6])]
      ]
      for (const [body, expected] of bodies) {
        await a.send(body)
        const received = await b.recv({ timeout: 5000 })
        expect(Buffer.isBuffer(received)).toBe(true)
        expect(received.equals(expected)).toBe(true)
      }
    })

    it('COM-26 recvMessage gives the body and the very pipe of the attach event', async () => {
      const pull = track(new Pull())
      const attached = nextEvent(pull, 'attach')
      const push = new Push()
      await marry(push, pull, transport.url(), options)
      await push.send('who sent me?')
      const { body, header, pipe } = await pull.recvMessage({ timeout: 5000 })
      expect(String(body)).toBe('who sent me?')
      expect(header.length).toBe(0)
      expect(pipe).toBe((await attached).pipe)
    })

    it('COM-31 messages that were received stay readable after their pipe is gone', async () => {
      const [push, pull] = [new Push(), new Pull()]
      await marry(push, pull, transport.url(), options)
      const gone = nextEvent(pull, 'detach')
      for (const text of ['one', 'two', 'three']) await push.send(text)
      await push.close()
      await gone
      expect(pull.peers).toEqual([])
      for (const text of ['one', 'two', 'three']) expect(String(await pull.recv({ timeout: 0 }))).toBe(text)
    })

    it('COM-57 a received body belongs to its receiver: handing its memory to another thread takes no other message along', async () => {
      const [push, pull] = [new Push(), new Pull()]
      await marry(push, pull, transport.url(), options)
      const sent = [3, 3, 600, 600, 3, 5000, 5000, 20_000, 3].map(pattern)
      for (const body of sent) await push.send(Buffer.from(body))
      const received: Buffer[] = []
      while (received.length < sent.length) received.push(await pull.recv({ timeout: 5000 }))
      for (const [n, body] of received.entries()) {
        expect(Buffer.compare(body, sent[n] as Buffer), `message ${n}`).toBe(0)
        structuredClone(body, { transfer: [body.buffer as ArrayBuffer] })
      }
    })

    it('COM-57 writing into it changes no other message', async () => {
      const [push, pull] = [new Push(), new Pull()]
      await marry(push, pull, transport.url(), options)
      for (let n = 0; n < 20; n++) await push.send(`${n}`.repeat(n))
      for (let n = 0; n < 20; n++) {
        const body = await pull.recv({ timeout: 5000 })
        expect(String(body)).toBe(`${n}`.repeat(n))
        body.fill(0)
      }
    })
  })
}
