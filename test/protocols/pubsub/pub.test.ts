/** PUB: never waits for a peer, lets the slow one miss messages alone, and loses nothing for those that keep up. */
import { Bus, Pub, Respondent, Sub, Surveyor } from 'hubless'
import { Pub as RawPub } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { numbered, numberOf, sized, texts, turns, waiting } from '../../helpers/messages.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

describe.each(plainTransports)('Pub over $name', (transport) => {
  it('PS-17 accepts and discards without subscribers', async () => {
    const pub = track(new Pub())
    await pub.bind(transport.url(), transport.bind)
    expect(pub.trySend('nobody')).toBe(true)
    await pub.send('nobody')
    expect(pub.stats()).toMatchObject({ messagesSent: 2, drops: { 'no-peer': 2 } })
  })

  it('PS-17 PS-18 a subscriber that does not read misses the newest alone, and the flood reaches the others', async () => {
    const size = 16384
    const count = 1000
    const pub = track(new Pub({ sendBuffer: 4 * size }))
    const [stuck, good] = track(new Sub({ recvBuffer: 2 * size }), new Sub())
    const listener = await pub.bind(transport.url(), transport.bind)
    for (const sub of [stuck, good]) {
      sub.subscribe('')
      await sub.connect(listener.url).whenConnected()
    }
    await pub.waitForPeers(2)
    const drops = recordEvents(pub, 'drop')
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await good.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < count; i++) await pub.send(sized(i, size))
    await reading
    expect(drops.length).toBeGreaterThan(0)
    const slow = pub.peers[0]
    for (const drop of drops) expect(drop).toMatchObject({ reason: 'queue-full', count: 1, size, pipe: slow })
    const stats = pub.stats()
    expect(stats.messagesSent).toBe(count)
    expect(stats.drops).toEqual({ 'queue-full': drops.length })
    expect(stats.pipes.map((pipe) => pipe.drops)).toEqual([{ 'queue-full': drops.length }, {}])
    expect(stats.endpoints[0]?.drops).toEqual({ 'queue-full': drops.length })

    // What it does get is the beginning, in order; and it gets on when it has read that.
    const kept = count - drops.length
    for (let i = 0; i < kept; i++) expect(numberOf(await stuck.recv({ timeout: 5000 }))).toBe(i)
    await turns()
    await pub.send('again')
    expect(await texts(stuck, 1)).toEqual(['again'])
    expect(await texts(good, 1)).toEqual(['again'])
  })

  it('PS-19 what a subscriber gets is in order, and within limits all of it', async () => {
    const pub = track(new Pub())
    const subs = track(new Sub(), new Sub(), new Sub())
    const listener = await pub.bind(transport.url(), transport.bind)
    for (const sub of subs) {
      sub.subscribe('')
      sub.connect(listener.url)
    }
    await pub.waitForPeers(3)
    const sent = numbered('', 500)
    for (const text of sent) expect(pub.trySend(text)).toBe(true)
    for (const sub of subs) expect(await texts(sub, 500)).toEqual(sent)
  })

  it('PS-19 a subscriber that stalls now and then gets a subsequence in order', async () => {
    const size = 16384
    const [pub, sub] = track(new Pub({ sendBuffer: 2 * size }), new Sub({ recvBuffer: 2 * size }))
    sub.subscribe('')
    await marry(pub, sub, transport.url(), transport)
    const received: number[] = []
    for (let i = 0; i < 1500; i++) {
      pub.trySend(sized(i, size))
      if (i % 100 > 90) await turns(1)
      const body = i % 3 === 0 ? sub.tryRecv() : undefined
      if (body !== undefined) received.push(numberOf(body))
    }
    for (let body = sub.tryRecv(); body !== undefined; body = sub.tryRecv()) {
      received.push(numberOf(body))
      await turns(1)
    }
    expect(received.length).toBeGreaterThan(4)
    expect(received).toEqual([...new Set(received)].sort((a, b) => a - b))
    expect(pub.stats().drops['queue-full']).toBeGreaterThan(0)
  })

  it('PS-17 trySend never gives the event loop a turn: a full buffer drops at once', async () => {
    const size = 65536
    const [pub, sub] = track(new Pub({ sendBuffer: 2 * size }), new Sub({ recvBuffer: 2 * size }))
    sub.subscribe('')
    await marry(pub, sub, transport.url(), transport)
    for (let i = 0; i < 10; i++) expect(pub.trySend(sized(i, size))).toBe(true)
    const dropped = pub.stats().drops['queue-full'] as number
    expect(dropped).toBeGreaterThanOrEqual(6)
    for (let i = 0; i < 10 - dropped; i++) expect(numberOf(await sub.recv({ timeout: 5000 }))).toBe(i)
    await turns()
    expect(sub.tryRecv()).toBeUndefined()
  })

  it('PS-17 a full subscriber that leaves is forgotten: sends take no turn any more', async () => {
    const size = 65536
    const pub = track(new Pub({ sendBuffer: size }))
    const [stuck, good] = [new Sub({ recvBuffer: 1 }), new Sub()]
    for (const sub of [stuck, good]) {
      sub.subscribe('')
      await marry(pub, sub, transport.url(), transport)
    }
    for (let i = 0; i < 100; i++) {
      await pub.send(sized(i, size))
      await good.recv({ timeout: 5000 })
    }
    const gone = nextEvent(pub, 'detach')
    await stuck.close({ linger: 0 })
    await gone
    const { messagesSent } = pub.stats()
    const sent = pub.send('at once')
    expect(pub.stats().messagesSent).toBe(messagesSent + 1)
    await sent
  })

  it('PS-17 a send with timeout 0 to a full subscriber neither waits nor fails', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 1 }), new Sub({ recvBuffer: 1 }))
    sub.subscribe('')
    await marry(pub, sub, transport.url(), transport)
    for (let i = 1; i <= 50; i++) {
      const sent = pub.send('x', { timeout: 0 })
      expect(pub.stats().messagesSent).toBe(i)
      await sent
    }
  })
})

describe('a tight loop of awaited sends', () => {
  const size = 1024
  const count = 20_000

  it('PS-17 PS-19 of a Pub loses nothing for a subscriber that keeps up', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 65536 }), new Sub({ recvBuffer: 65536 }))
    sub.subscribe('')
    await marry(pub, sub, 'tcp://127.0.0.1:0')
    let next = 0
    const reading = (async () => {
      for await (const body of sub) {
        expect(numberOf(body)).toBe(next++)
        if (next === count) return
      }
    })()
    for (let i = 0; i < count; i++) await pub.send(sized(i, size))
    await reading
    expect(pub.stats().drops).toEqual({})
  })

  it('PS-17 PS-19 loses nothing of large messages either, which fill a buffer alone', async () => {
    const [pub, sub] = track(new Pub(), new Sub())
    sub.subscribe('')
    await marry(pub, sub, 'tcp://127.0.0.1:0')
    const reading = (async () => {
      for (let i = 0; i < 60; i++) expect(numberOf(await sub.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < 60; i++) await pub.send(sized(i, 2 ** 20))
    await reading
    expect(pub.stats().drops).toEqual({})
  })

  it('PS-17 waits for a large message to leave, and no longer once the subscriber is stuck', async () => {
    const [pub, stuck] = track(new Pub(), new Sub({ recvBuffer: 1 }))
    stuck.subscribe('')
    await marry(pub, stuck, 'tcp://127.0.0.1:0')
    const send = async (): Promise<number> => {
      const began = performance.now()
      await pub.send(sized(0, 2 ** 20))
      return performance.now() - began
    }
    let took = 0
    while (pub.stats().drops['queue-full'] === undefined) took = await send()
    expect(took).toBeGreaterThan(50)
    for (let i = 0; i < 10; i++) {
      const { messagesSent } = pub.stats()
      const sent = pub.send(sized(0, 2 ** 20))
      expect(pub.stats().messagesSent).toBe(messagesSent + 1)
      await sent
    }
  })

  it('BUS-05 of a Bus loses nothing for a peer that keeps up', async () => {
    const [a, b] = track(new Bus({ sendBuffer: 65536 }), new Bus({ recvBuffer: 65536 }))
    await marry(a, b, 'tcp://127.0.0.1:0')
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await b.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < count; i++) await a.send(sized(i, size))
    await reading
    expect(a.stats().drops).toEqual({})
  })

  it('SUR-07 of a Surveyor loses nothing for a respondent that keeps up', async () => {
    const [surveyor, respondent] = track(new Surveyor({ sendBuffer: 65536 }), new Respondent({ recvBuffer: 65536 }))
    await marry(surveyor, respondent, 'tcp://127.0.0.1:0')
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await respondent.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < count; i++) await surveyor.send(sized(i, size))
    await reading
    expect(surveyor.stats().drops).toEqual({})
  })

  it('PS-17 sends that nobody awaits leave in order and take bounded memory', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 4096 }), new Sub({ recvBuffer: 1024 }))
    sub.subscribe('')
    await marry(pub, sub)
    const sends: Promise<void>[] = []
    for (let i = 0; i < 100; i++) sends.push(pub.send(sized(i, size)))
    // One in the inbox, four in the transport, four parked: the rest was dropped without waiting for a turn.
    expect(pub.stats().drops['queue-full']).toBeGreaterThanOrEqual(85)
    await Promise.all(sends)
    const received: number[] = []
    for (let body = sub.tryRecv(); body !== undefined; body = sub.tryRecv()) received.push(numberOf(body))
    expect(received.slice(0, 4)).toEqual([0, 1, 2, 3])
    expect(received).toEqual([...received].sort((a, b) => a - b))
  })

  it('PS-19 trySend does not overtake sends that wait for their turn', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 4 }), new Sub({ recvBuffer: 4 }))
    sub.subscribe('')
    await marry(pub, sub)
    const received: string[] = []
    const sends = ['aaaa', 'bbbb', 'cccc'].map((text) => pub.send(text))
    // Room for two, the inbox and the transport; the third waits until there is more.
    expect(pub.stats().messagesSent).toBe(2)
    received.push(...waiting(sub))
    pub.trySend('dddd')
    await Promise.all(sends)
    received.push(...waiting(sub))
    expect(received).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd'])
  })
})

describe('Pub against bytes', () => {
  it('PS-20 discards and counts what a peer sends, and the pipe stays', async () => {
    const pub = track(new Pub())
    const listener = await pub.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(0x21)
    const dropped = nextEvent(pub, 'drop')
    peer.send('00 00 00 00 00 00 00 03 41 42 43')
    expect(await dropped).toMatchObject({ reason: 'unexpected', size: 3, pipe: pub.peers[0] })
    peer.send('00 00 00 00 00 00 00 00')
    await eventually(() => pub.stats().drops.unexpected === 2)
    await pub.send('D')
    expect(await peer.read(9)).toEqual(hex('00 00 00 00 00 00 00 01 44'))
    expect(pub.peers.length).toBe(1)
  })

  it('[raw] PS-20 puts a header before the body and discards what a peer sends', async () => {
    const pub = track(new RawPub())
    const listener = await pub.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(0x21)
    peer.send('00 00 00 00 00 00 00 01 00')
    await eventually(() => pub.stats().drops.unexpected === 1)
    await pub.send({ header: hex('01 02'), body: hex('03') })
    expect(await peer.read(11)).toEqual(hex('00 00 00 00 00 00 00 03 01 02 03'))
  })
})
