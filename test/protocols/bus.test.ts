/** BUS: to all neighbours, never further, never waiting; and the raw header that leaves one pipe out. */
import { Bus } from 'hubless'
import { Bus as RawBus } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../helpers/bytes.ts'
import { code, numbered, numberOf, sized, texts, turns, waiting } from '../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { plainTransports } from './transports.ts'

describe.each(plainTransports)('Bus over $name', (transport) => {
  it('BUS-01 in a full mesh of three each gets what the two others send, and not its own', async () => {
    const nodes = track(new Bus(), new Bus(), new Bus())
    const [a, b, c] = nodes
    await marry(a, b, transport.url(), transport)
    await marry(b, c, transport.url(), transport)
    await marry(c, a, transport.url(), transport)
    for (const [i, node] of nodes.entries()) await node.send('abc'[i] as string)
    expect((await texts(a, 2)).sort()).toEqual(['b', 'c'])
    expect((await texts(b, 2)).sort()).toEqual(['a', 'c'])
    expect((await texts(c, 2)).sort()).toEqual(['a', 'b'])
    await turns()
    expect(nodes.map((node) => node.tryRecv())).toEqual([undefined, undefined, undefined])
  })

  it('BUS-02 a node does not forward', async () => {
    const [a, b, c] = track(new Bus(), new Bus(), new Bus())
    await marry(a, b, transport.url(), transport)
    await marry(b, c, transport.url(), transport)
    await a.send('not for c')
    expect(await texts(b, 1)).toEqual(['not for c'])
    await b.send('for both')
    expect(await texts(c, 1)).toEqual(['for both'])
    expect(await texts(a, 1)).toEqual(['for both'])
  })

  it('BUS-03 a socket connected to itself gets its own messages', async () => {
    const bus = track(new Bus())
    const listener = await bus.bind(transport.url(), transport.bind)
    bus.connect(listener.url)
    await bus.waitForPeers(2)
    await bus.send('me')
    expect(await texts(bus, 2)).toEqual(['me', 'me'])
  })

  it('BUS-04 sends without peers resolve, a thousand of them without waiting', async () => {
    const bus = track(new Bus())
    await bus.bind(transport.url(), transport.bind)
    const sends = Array.from({ length: 1000 }, () => bus.send('nobody'))
    expect(bus.trySend('nobody')).toBe(true)
    await Promise.all(sends)
    expect(bus.stats()).toMatchObject({ messagesSent: 1001, drops: { 'no-peer': 1001 } })
  })

  it.each([
    ['cooked', false],
    ['raw', true]
  ])('BUS-05 a stuck peer misses the newest alone, counted, and the others go on (%s)', async (_kind, raw) => {
    const size = 16384
    const count = 600
    const options = { sendBuffer: 4 * size }
    const bus = track(raw ? new RawBus(options) : new Bus(options))
    const [stuck, good] = track(new Bus({ recvBuffer: 2 * size }), new Bus())
    const listener = await bus.bind(transport.url(), transport.bind)
    await stuck.connect(listener.url).whenConnected()
    await bus.waitForPeers(1)
    await good.connect(listener.url).whenConnected()
    await bus.waitForPeers(2)
    const drops = recordEvents(bus, 'drop')
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await good.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < count; i++) {
      if (bus instanceof RawBus) await bus.send({ body: sized(i, size) })
      else await bus.send(sized(i, size))
    }
    await reading
    expect(drops.length).toBeGreaterThan(0)
    for (const drop of drops) expect(drop).toMatchObject({ reason: 'queue-full', size, pipe: bus.peers[0] })
    expect(bus.stats().pipes.map((pipe) => pipe.drops)).toEqual([{ 'queue-full': drops.length }, {}])
    for (let i = 0; i < count - drops.length; i++) expect(numberOf(await stuck.recv({ timeout: 5000 }))).toBe(i)
    await turns()
    expect(stuck.tryRecv()).toBeUndefined()
  })

  it('BUS-06 fans out to a hundred peers and in from them, twenty messages each, in order', async () => {
    const hub = track(new Bus())
    const listener = await hub.bind(transport.url(), transport.bind)
    const peers = Array.from({ length: 100 }, () => track(new Bus()))
    for (const peer of peers) peer.connect(listener.url)
    await hub.waitForPeers(100)
    const sent = numbered('out ', 20)
    for (const text of sent) await hub.send(text)
    expect(await Promise.all(peers.map((peer) => texts(peer, 20)))).toEqual(Array(100).fill(sent))

    await Promise.all(
      peers.map(async (peer, p) => {
        for (const text of numbered(`${p} `, 20)) await peer.send(text)
      })
    )
    const received = await texts(hub, 2000)
    for (let p = 0; p < 100; p++) {
      expect(received.filter((text) => text.startsWith(`${p} `))).toEqual(numbered(`${p} `, 20))
    }
    await turns()
    expect([hub, ...peers].every((bus) => bus.tryRecv() === undefined)).toBe(true)
  })

  it('BUS-07 a slow reader stops its pipes at recvBuffer and loses nothing of what was taken', async () => {
    const size = 16384
    const [a, b] = track(new Bus({ sendBuffer: 1 << 24 }), new Bus({ recvBuffer: 2 * size }))
    const { pipes } = await marry(a, b, transport.url(), transport)
    for (let i = 0; i < 200; i++) await a.send(sized(i, size))
    await eventually(() => pipes[1].stats().messagesReceived >= 2)
    await turns(20)
    expect(pipes[1].stats().messagesReceived).toBeLessThanOrEqual(8)
    for (let i = 0; i < 200; i++) expect(numberOf(await b.recv({ timeout: 5000 }))).toBe(i)
    expect([a.stats().drops, b.stats().drops]).toEqual([{}, {}])
  })

  it('BUS-09 [raw] the received header names the pipe, and sending with it leaves that one out', async () => {
    const hub = track(new RawBus())
    const listener = await hub.bind(transport.url(), transport.bind)
    const [a, b, c] = track(new Bus(), new Bus(), new Bus())
    for (const peer of [a, b, c]) await peer.connect(listener.url).whenConnected()
    await hub.waitForPeers(3)

    await a.send('from a')
    const message = await hub.recv()
    expect(message.header.length).toBe(8)
    expect(message.header.readUInt32BE(0)).toBe(0)
    expect(message.header.readUInt32BE(4)).toBe(message.pipe.id)
    expect(hub.peers).toContain(message.pipe)
    await hub.send(message)
    await hub.send({ body: 'to all' })
    await hub.send({ header: new Uint8Array(0), body: 'to all again' })
    expect(await texts(a, 2)).toEqual(['to all', 'to all again'])
    for (const peer of [b, c]) expect(await texts(peer, 3)).toEqual(['from a', 'to all', 'to all again'])

    const gone = nextEvent(hub, 'detach')
    await a.close()
    await gone
    await hub.send({ header: message.header, body: 'its pipe is gone' })
    for (const peer of [b, c]) expect(await texts(peer, 1)).toEqual(['its pipe is gone'])
  })
})

describe('Bus', () => {
  it('BUS-08 has no header on the wire, cooked or raw', async () => {
    const buses = track(new Bus(), new RawBus())
    for (const bus of buses) {
      const listener = await bus.bind('tcp://127.0.0.1:0')
      const peer = await connectBytes(listener.url)
      expect(await peer.greet(0x70)).toEqual(hex('00 53 50 00 00 70 00 00'))
      await bus.waitForPeers(1)
      if (bus instanceof RawBus) await bus.send({ header: hex('00 00 00 00 00 00 00 09'), body: 'AB' })
      else await bus.send('AB')
      expect(await peer.read(10)).toEqual(hex('00 00 00 00 00 00 00 02 41 42'))
    }
  })

  it.each([1, 4, 7, 9, 12])('BUS-09 [raw] a header of %i bytes is EINVAL and sends nothing', async (length) => {
    const [raw, cooked] = track(new RawBus(), new Bus())
    await marry(raw, cooked)
    const message = { header: new Uint8Array(length), body: 'x' }
    await expect(raw.send(message)).rejects.toEqual(code('EINVAL'))
    expect(() => raw.trySend(message)).toThrow(code('EINVAL'))
    expect(waiting(cooked)).toEqual([])
  })

  it('COM-16 trySend is true and tryRecv undefined while nothing is there', async () => {
    const [a, b] = track(new Bus(), new Bus())
    await marry(a, b, inprocUrl())
    expect(b.tryRecv()).toBeUndefined()
    const received = b.recv()
    expect(await isPending(received)).toBe(true)
    expect(a.trySend('x')).toBe(true)
    expect(String(await received)).toBe('x')
  })
})
