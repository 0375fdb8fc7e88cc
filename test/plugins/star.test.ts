/** A protocol from outside the package: STAR over every transport, one from outside included. */
import { registerTransport } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../helpers/bytes.ts'
import { numbered, texts, turns, waiting } from '../helpers/messages.ts'
import { eventually, marry, recordEvents, track, transportCases } from '../helpers/sockets.ts'
import { memory } from './memory-transport.ts'
import { RawStar, Star } from './star.ts'

registerTransport(memory)

let names = 0
const transports = [...transportCases, { name: 'memory', url: (): string => `memory://star-${++names}` }]

describe.each(transports)('STAR over $name', (transport) => {
  it('COM-08 BUS-11 forwards to all others and never back to the sender; two hops arrive with hop count 2', async () => {
    const hub = new Star()
    const [a, b, far] = [new Star(), new Star(), new RawStar()]
    await marry(hub, a, transport.url(), transport)
    await marry(hub, b, transport.url(), transport)
    await marry(b, far, transport.url(), transport)
    for (const text of numbered('', 10)) await a.send(text)
    expect(await texts(hub, 10)).toEqual(numbered('', 10))
    expect(await texts(b, 10)).toEqual(numbered('', 10))
    // a to hub, hub to b, b to far.
    const { header, body } = await far.recv({ timeout: 5000 })
    expect([String(body), header]).toEqual(['0', hex('00 00 00 03')])
    await far.send({ header: hex('00 00 00 00'), body: 'from far' })
    expect(await texts(a, 1)).toEqual(['from far'])
    await turns()
    expect(a.tryRecv()).toBeUndefined()
  })

  it('BUS-11 a message that made two hops has the hop count 2', async () => {
    const [a, hub, b] = [new Star(), new Star(), new RawStar()]
    await marry(hub, a, transport.url(), transport)
    await marry(hub, b, transport.url(), transport)
    await a.send('x')
    expect((await b.recv({ timeout: 5000 })).header).toEqual(hex('00 00 00 02'))
  })
})

describe('STAR', () => {
  it('BUS-11 the TTL stops it', async () => {
    const [a, hub, b] = [new Star(), new Star({ ttl: 1 }), new Star({ ttl: 1 })]
    await marry(hub, a)
    await marry(hub, b)
    await a.send('one hop only')
    expect(await texts(hub, 1)).toEqual(['one hop only'])
    await turns()
    expect(b.tryRecv()).toBeUndefined()
    expect(b.stats().drops).toEqual({ ttl: 1 })
    const strict = new Star({ ttl: 1 })
    const sender = new RawStar()
    await marry(strict, sender)
    await sender.send({ header: hex('00 00 00 01'), body: 'too far' })
    expect(strict.tryRecv()).toBeUndefined()
    expect(strict.stats().drops).toEqual({ ttl: 1 })
  })

  it('BUS-11 a ring of three ends by the TTL, however often a message comes round', async () => {
    const nodes = track(new Star({ ttl: 4 }), new Star({ ttl: 4 }), new Star({ ttl: 4 }))
    const [a, b, c] = nodes
    await marry(a, b)
    await marry(b, c)
    await marry(c, a)
    await a.send('round')
    // Both ways round, each node once for every hop that ends there.
    expect(nodes.map((node) => waiting(node).length)).toEqual([2, 3, 3])
    expect(nodes.map((node) => node.stats().drops.ttl)).toEqual([undefined, 1, 1])
  })

  it('BUS-11 speaks as mangos does: the sender writes hop count 0, a node that forwards one more', async () => {
    const star = track(new Star())
    const listener = await star.bind('tcp://127.0.0.1:0')
    const [one, two] = [await connectBytes(listener.url), await connectBytes(listener.url)]
    for (const peer of [one, two]) expect(await peer.greet(0x640)).toEqual(hex('00 53 50 00 06 40 00 00'))
    await star.waitForPeers(2, { timeout: 5000 })
    await star.send('A')
    for (const peer of [one, two]) expect(await peer.read(13)).toEqual(hex('00 00 00 00 00 00 00 05 00 00 00 00 41'))
    one.send('00 00 00 00 00 00 00 05 00 00 00 01 42')
    expect(await two.read(13)).toEqual(hex('00 00 00 00 00 00 00 05 00 00 00 02 42'))
    expect(one.unread.length).toBe(0)
  })

  it('BUS-11 messages without a hop word are dropped both ways', async () => {
    const star = track(new RawStar())
    const listener = await star.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    peer.send(hex('00 53 50 00 06 40 00 00'))
    await star.waitForPeers(1, { timeout: 5000 })
    const drops = recordEvents(star, 'drop')
    peer.send(hex('00 00 00 00 00 00 00 03 00 00 00'))
    peer.send(hex('00 00 00 00 00 00 00 05 01 00 00 00 41'))
    peer.send(hex('00 00 00 00 00 00 00 05 00 00 00 01 42'))
    expect(String((await star.recv({ timeout: 5000 })).body)).toBe('B')
    await star.send({ body: 'no hop word' })
    expect(drops.map(({ reason }) => reason)).toEqual(['malformed', 'malformed', 'malformed'])
    expect(star.peers).toHaveLength(1)
  })

  it('BUS-11 a full peer misses what is forwarded, nobody waits', async () => {
    const [a, hub, stuck] = [new Star(), new Star({ sendBuffer: 1000 }), new Star({ recvBuffer: 1000 })]
    await marry(hub, a)
    const { pipes } = await marry(hub, stuck)
    for (let i = 0; i < 10; i++) {
      await a.send(Buffer.alloc(1000, i))
      expect((await hub.recv({ timeout: 5000 }))[0]).toBe(i)
    }
    await eventually(() => (pipes[0].stats().drops['queue-full'] ?? 0) > 5)
    expect((await stuck.recv({ timeout: 5000 }))[0]).toBe(0)
  })
})
