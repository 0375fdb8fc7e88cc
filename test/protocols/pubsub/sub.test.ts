/** SUB: topics, filtering on arrival, what unsubscribing does to the queue, and the three ways to be slow. */
import { Pub, type SocketOptions, Sub, type SubOnlyOptions } from 'hubless'
import { device, Pub as RawPub, Sub as RawSub } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { hex } from '../../helpers/bytes.ts'
import { code, numbered, sized, texts, turns, waiting } from '../../helpers/messages.ts'
import { eventually, isPending, marry, recordEvents, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

/** A connected Pub and Sub in one process, where what is sent has arrived when `send` is done. */
async function couple(options: SocketOptions & SubOnlyOptions = {}, ...topics: (string | Uint8Array)[]) {
  const [pub, sub] = track(new Pub(), new Sub(options))
  for (const topic of topics) sub.subscribe(topic)
  const { pipes } = await marry(pub, sub)
  return { pub, sub, pipe: pipes[1] }
}

describe.each(plainTransports)('Sub over $name', (transport) => {
  it('PS-01 two SUBs subscribed to everything both get a message', async () => {
    const pub = track(new Pub())
    const subs = track(new Sub(), new Sub())
    const listener = await pub.bind(transport.url(), transport.bind)
    for (const sub of subs) {
      sub.subscribe('')
      sub.connect(listener.url)
    }
    await pub.waitForPeers(2)
    await pub.send('to all')
    expect(await Promise.all(subs.map((sub) => texts(sub, 1)))).toEqual([['to all'], ['to all']])
  })

  it('PS-01 one bound SUB gets the messages of two PUBs', async () => {
    const sub = track(new Sub())
    sub.subscribe('')
    const listener = await sub.bind(transport.url(), transport.bind)
    const pubs = track(new Pub(), new Pub())
    for (const [i, pub] of pubs.entries()) {
      await pub.connect(listener.url).whenConnected()
      await pub.send(`from ${i}`)
    }
    expect((await texts(sub, 2)).sort()).toEqual(['from 0', 'from 1'])
  })

  it('PS-02 STAT-14 without a subscription nothing arrives, and that is no drop', async () => {
    const [pub, sub] = track(new Pub(), new Sub())
    await marry(pub, sub, transport.url(), transport)
    const drops = recordEvents(sub, 'drop')
    await pub.send('unheard')
    await eventually(() => sub.stats().messagesFiltered === 1)
    expect(sub.tryRecv()).toBeUndefined()
    const { messagesReceived, pipes } = sub.stats()
    expect(messagesReceived).toBe(0)
    expect(pipes[0]).toMatchObject({ messagesReceived: 1, messagesFiltered: 1, drops: {} })
    expect(drops).toEqual([])
  })

  it('PS-14 subscribing works before and after connecting', async () => {
    const [pub, sub] = track(new Pub(), new Sub())
    sub.subscribe('before')
    await marry(pub, sub, transport.url(), transport)
    await pub.send('before 1')
    expect(await texts(sub, 1)).toEqual(['before 1'])
    sub.subscribe('after')
    await pub.send('neither')
    await pub.send('after 2')
    await pub.send('before 3')
    expect(await texts(sub, 2)).toEqual(['after 2', 'before 3'])
  })

  it('PS-21 overflow wait: stops reading at recvBuffer and loses nothing it was given', async () => {
    const size = 4096
    const [pub, sub] = track(new Pub({ sendBuffer: 1 << 24 }), new Sub({ recvBuffer: 4 * size }))
    sub.subscribe('')
    const { pipes } = await marry(pub, sub, transport.url(), transport)
    for (let i = 0; i < 1000; i++) await pub.send(sized(i, size))
    await eventually(() => pipes[1].stats().messagesReceived > 0)
    await turns(20)
    const arrived = pipes[1].stats().messagesReceived
    // What was in the chunk being read may come on top, nothing else.
    expect(arrived).toBeGreaterThanOrEqual(4)
    expect(arrived).toBeLessThanOrEqual(20)
    for (let i = 0; i < 1000; i++) expect((await sub.recv({ timeout: 5000 })).readUInt32BE()).toBe(i)
    expect(sub.stats().drops).toEqual({})
    expect(pub.stats().drops).toEqual({})
  })

  it.each([
    ['drop-oldest', [98, 99]],
    ['drop-newest', [0, 1]]
  ] as const)('PS-22 PS-23 overflow %s: goes on reading and keeps %j of a hundred', async (overflow, kept) => {
    const size = 4096
    const [pub, sub] = track(new Pub({ sendBuffer: 1 << 24 }), new Sub({ recvBuffer: 2 * size, overflow }))
    sub.subscribe('')
    const { pipes } = await marry(pub, sub, transport.url(), transport)
    for (let i = 0; i < 100; i++) await pub.send(sized(i, size))
    await eventually(() => pipes[1].stats().messagesReceived === 100)
    expect([0, 1].map(() => sub.tryRecv()?.readUInt32BE())).toEqual(kept)
    expect(sub.tryRecv()).toBeUndefined()
    expect(sub.stats().drops).toEqual({ overflow: 98 })
    expect(pub.stats().drops).toEqual({})
  })

  it('PS-26 [raw] filters as Sub does, and tells the pipe', async () => {
    const [pub, sub] = track(new RawPub(), new RawSub())
    const { pipes } = await marry(pub, sub, transport.url(), transport)
    await pub.send({ body: 'a 1' })
    await eventually(() => sub.stats().messagesFiltered === 1)
    sub.subscribe('b')
    await pub.send({ body: 'a 2' })
    await pub.send({ header: Buffer.from('b 3 '), body: 'in two parts' })
    await pub.send({ header: Buffer.from('b'), body: ' 4' })
    const messages = [await sub.recv(), await sub.recv()]
    expect(messages.map(({ body }) => String(body))).toEqual(['b 3 in two parts', 'b 4'])
    for (const { header, pipe } of messages) {
      expect(header.length).toBe(0)
      expect(pipe).toBe(pipes[1])
    }
    expect(sub.unsubscribe('b')).toBe(true)
    expect(sub.unsubscribe('b')).toBe(false)
  })

  it('PS-26 [raw] a SUB to PUB forwarder subscribes to everything and the ends choose', async () => {
    const [pub, sub, front, back] = track(new Pub(), new Sub(), new RawSub(), new RawPub())
    front.subscribe('')
    sub.subscribe('wanted')
    await marry(pub, front, transport.url(), transport)
    await marry(back, sub, transport.url(), transport)
    const stop = new AbortController()
    const running = device(front, back, { signal: stop.signal })
    for (const text of ['wanted 1', 'other', 'wanted 2']) await pub.send(text)
    expect(await texts(sub, 2)).toEqual(['wanted 1', 'wanted 2'])
    stop.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})

describe('the topics of a Sub', () => {
  it('PS-03 takes a string as UTF-8, or bytes', async () => {
    const { pub, sub } = await couple({}, 'é/', new Uint8Array([0xff, 0x00]), Buffer.from('buffer/'))
    await pub.send('é/1')
    await pub.send(hex('c3 a9 2f 32'))
    await pub.send(hex('ff 00 33'))
    await pub.send('e/4')
    await pub.send('buffer/5')
    expect(waiting(sub).length).toBe(4)
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', {}],
    ['an array', [1]],
    ['an ArrayBuffer', new ArrayBuffer(1)]
  ])('PS-03 refuses %s as a topic with EINVAL', (_name, topic) => {
    const sub = track(new Sub())
    expect(() => sub.subscribe(topic as string)).toThrow(code('EINVAL'))
    expect(() => sub.unsubscribe(topic as string)).toThrow(code('EINVAL'))
  })

  it('PS-04 PS-05 matches the beginning of a body, byte by byte', async () => {
    const { pub, sub } = await couple({}, 'ABC')
    for (const text of ['ABC', 'ABCD', 'AB', 'abc', 'XABC', '']) await pub.send(text)
    expect(waiting(sub)).toEqual(['ABC', 'ABCD'])
    // The view is short, the memory behind it goes on with what would match.
    await pub.send(Buffer.from('ABC').subarray(0, 2))
    expect(waiting(sub)).toEqual([])
  })

  it('PS-04 the empty topic matches everything, the empty message included', async () => {
    const { pub, sub } = await couple({}, '')
    for (const text of ['x', '', 'y']) await pub.send(text)
    expect(waiting(sub)).toEqual(['x', '', 'y'])
  })

  it.each([1, 35, 255, 10_000])('PS-06 topics of %i bytes, NUL and high bytes among them, work', async (length) => {
    const topic = Buffer.alloc(length)
    for (let i = 0; i < length; i++) topic[i] = (i * 7 + 0x80) & 0xff
    const other = Buffer.from(topic)
    other[length - 1] = (other[length - 1] as number) ^ 1
    const { pub, sub } = await couple({}, topic)
    await pub.send(Buffer.from(topic))
    await pub.send(Buffer.concat([topic, hex('00 ff')]))
    await pub.send(other)
    await pub.send(topic.subarray(0, length - 1))
    expect([sub.tryRecv(), sub.tryRecv(), sub.tryRecv()]).toEqual([
      topic,
      Buffer.concat([topic, hex('00 ff')]),
      undefined
    ])
    expect(sub.unsubscribe(Buffer.from(topic))).toBe(true)
  })

  it('PS-09 two subscribes need two unsubscribes', async () => {
    const { pub, sub } = await couple({}, 'a', 'a')
    expect(sub.unsubscribe('a')).toBe(true)
    await pub.send('a 1')
    expect(waiting(sub)).toEqual(['a 1'])
    expect(sub.unsubscribe('a')).toBe(true)
    await pub.send('a 2')
    expect(waiting(sub)).toEqual([])
  })

  it('PS-10 unsubscribe is false for what was never subscribed, also on a Sub without any subscription', async () => {
    const { pub, sub } = await couple()
    expect(sub.unsubscribe('')).toBe(false)
    expect(sub.unsubscribe('zzz')).toBe(false)
    sub.subscribe('abc')
    for (const topic of ['', 'a', 'ab', 'abcd', 'b', 'abd']) expect(sub.unsubscribe(topic)).toBe(false)
    await pub.send('abc')
    expect(waiting(sub)).toEqual(['abc'])
    expect(sub.unsubscribe('abc')).toBe(true)
    expect(sub.unsubscribe('abc')).toBe(false)
  })

  it('PS-11 taking a shorter prefix back leaves longer topics alone', async () => {
    const { pub, sub } = await couple({}, 'abc', '', 'abcde', 'abxyz')
    expect(sub.unsubscribe('')).toBe(true)
    for (const text of ['x', 'abc', 'abxyz']) await pub.send(text)
    expect(waiting(sub)).toEqual(['abc', 'abxyz'])
    expect(sub.unsubscribe('abc')).toBe(true)
    for (const text of ['abc', 'abcde', 'abxyz']) await pub.send(text)
    expect(waiting(sub)).toEqual(['abcde', 'abxyz'])
  })

  it('PS-12 unsubscribing discards what is queued and matches nothing any more, and keeps the rest in order', async () => {
    const { pub, sub } = await couple({}, 'a', 'b', 'ab')
    for (const text of ['a1', 'b2', 'ab3', 'a4', 'b5', 'ab6']) await pub.send(text)
    const drops = recordEvents(sub, 'drop')
    expect(sub.unsubscribe('a')).toBe(true)
    expect(drops.map(({ reason, size }) => [reason, size])).toEqual([
      ['unsubscribed', 2],
      ['unsubscribed', 2]
    ])
    expect(waiting(sub)).toEqual(['b2', 'ab3', 'b5', 'ab6'])
  })

  it('PS-12 keeps the order when pruning makes room and more arrives at once', async () => {
    const { pub, sub } = await couple({ recvBuffer: 12 }, 'a', 'b')
    const sent = ['a0', 'b1', 'a2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8']
    for (const text of sent) await pub.send(text)
    expect(sub.unsubscribe('a')).toBe(true)
    expect(waiting(sub)).toEqual(['b1', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8'])
    expect(sub.tryRecv()).toBeUndefined()
  })

  it('PS-12 empties a full queue completely and goes on with what was held back', async () => {
    const { pub, sub } = await couple({ recvBuffer: 4 }, 'a', 'b')
    for (const text of ['a0', 'a1', 'a2', 'b3', 'b4', 'b5']) await pub.send(text)
    expect(sub.unsubscribe('a')).toBe(true)
    expect(waiting(sub)).toEqual(['b3', 'b4', 'b5'])
    await pub.send('b6')
    expect(waiting(sub)).toEqual(['b6'])
    expect(sub.stats()).toMatchObject({ drops: { unsubscribed: 2 }, messagesFiltered: 1 })
  })

  it('PS-12 a drop listener may read and unsubscribe while the queue is pruned', async () => {
    const { pub, sub } = await couple({}, 'a', 'b', 'c')
    for (const text of ['a0', 'b1', 'c2', 'a3', 'b4', 'c5']) await pub.send(text)
    const read: (string | undefined)[] = []
    sub.once('drop', () => {
      read.push(sub.tryRecv()?.toString())
      sub.unsubscribe('b')
    })
    sub.unsubscribe('a')
    expect(read).toEqual(['b1'])
    expect(waiting(sub)).toEqual(['c2', 'c5'])
  })

  it('PS-13 does not deliver later what arrived while nobody subscribed', async () => {
    const { pub, sub } = await couple()
    await pub.send('a missed')
    sub.subscribe('a')
    await pub.send('a heard')
    expect(waiting(sub)).toEqual(['a heard'])
  })

  it('PS-15 what is filtered wakes no recv and fills no buffer', async () => {
    const { pub, sub } = await couple({ recvBuffer: 8 }, 'yes')
    const received = sub.recv()
    for (let i = 0; i < 1000; i++) await pub.send(`no ${i}`)
    expect(await isPending(received)).toBe(true)
    await pub.send('yes 1')
    expect(String(await received)).toBe('yes 1')
    for (let i = 0; i < 1000; i++) await pub.send(`no ${i}`)
    await pub.send('yes 2')
    expect(waiting(sub)).toEqual(['yes 2'])
    expect(sub.stats()).toMatchObject({ drops: {}, messagesFiltered: 2000 })
  })

  it('PS-16 unsubscribing while three PUBs flood loses nothing of what stays subscribed', async () => {
    const sub = track(new Sub({ recvBuffer: 4096 }))
    const listener = await sub.bind('tcp://127.0.0.1:0')
    const topics = numbered('gone', 50)
    for (const topic of [...topics, 'kept']) sub.subscribe(topic)
    const pubs = track(new Pub(), new Pub(), new Pub())
    for (const pub of pubs) await pub.connect(listener.url).whenConnected()
    await sub.waitForPeers(3)
    const count = 1000
    const sending = pubs.map(async (pub, p) => {
      for (let i = 0; i < count; i++) {
        await pub.send(`gone${i % 50} from ${p}`)
        await pub.send(`kept ${p} ${i}`)
      }
    })
    const kept: string[] = []
    let left = topics.length
    while (kept.length < 3 * count) {
      const text = String(await sub.recv({ timeout: 5000 }))
      if (text.startsWith('kept')) kept.push(text)
      if (kept.length % 40 === 0 && left > 0) expect(sub.unsubscribe(topics[--left] as string)).toBe(true)
    }
    await Promise.all(sending)
    for (const p of [0, 1, 2]) {
      expect(kept.filter((text) => text.startsWith(`kept ${p} `))).toEqual(numbered(`kept ${p} `, count))
    }
  })

  it('PS-24 survives ten rounds of a hundred Subs that subscribe, connect and close', { timeout: 30_000 }, async () => {
    const pub = track(new Pub())
    const listener = await pub.bind('tcp://127.0.0.1:0')
    for (let round = 0; round < 10; round++) {
      const subs = Array.from({ length: 100 }, () => new Sub())
      const closing = subs.map(async (sub, i) => {
        sub.subscribe('')
        sub.subscribe(`topic ${i}`)
        const dialer = sub.connect(listener.url)
        if (i % 2 === 0) await dialer.whenConnected()
        await sub.close()
      })
      await pub.send('into the storm')
      await Promise.all(closing)
    }
    await eventually(() => pub.peers.length === 0)
    const { acceptedConnections, brokenConnections, droppedConnections, currentConnections } = pub.stats()
    expect(currentConnections).toBe(0)
    expect(acceptedConnections).toBeGreaterThanOrEqual(500)
    expect(brokenConnections + droppedConnections).toBe(acceptedConnections)
    const sub = track(new Sub())
    sub.subscribe('')
    await sub.connect(listener.url).whenConnected()
    await pub.waitForPeers(1)
    await pub.send('calm')
    expect(await texts(sub, 1)).toEqual(['calm'])
  })
})

describe('a Sub with room for two', () => {
  const three = async (options: SubOnlyOptions) => {
    const { pub, sub } = await couple({ recvBuffer: 2, ...options }, '')
    const drops = recordEvents(sub, 'drop')
    for (const text of ['1', '2', '3']) await pub.send(text)
    return { pub, sub, drops }
  }

  it('PS-21 overflow wait is the default: the third waits in the transport', async () => {
    const { sub, drops } = await three({})
    expect(sub.options.overflow).toBe('wait')
    expect(drops).toEqual([])
    expect(sub.stats().pipes[0]?.messagesReceived).toBe(2)
    expect(waiting(sub)).toEqual(['1', '2', '3'])
  })

  it('PS-22 overflow drop-oldest keeps the last two of three and counts the loss', async () => {
    const { pub, sub, drops } = await three({ overflow: 'drop-oldest' })
    expect(drops).toEqual([expect.objectContaining({ reason: 'overflow', count: 1, size: 1 })])
    expect(waiting(sub)).toEqual(['2', '3'])
    expect(sub.stats().drops).toEqual({ overflow: 1 })
    await pub.send('4')
    expect(waiting(sub)).toEqual(['4'])
  })

  it('PS-23 overflow drop-newest keeps the first two of three and counts the loss', async () => {
    const { pub, sub, drops } = await three({ overflow: 'drop-newest' })
    expect(drops).toEqual([expect.objectContaining({ reason: 'overflow', count: 1, size: 1 })])
    expect(waiting(sub)).toEqual(['1', '2'])
    expect(sub.stats().drops).toEqual({ overflow: 1 })
    await pub.send('4')
    expect(waiting(sub)).toEqual(['4'])
  })

  it('PS-22 a message larger than the buffer takes the place of all others', async () => {
    const { pub, sub } = await couple({ recvBuffer: 4, overflow: 'drop-oldest' }, '')
    for (const text of ['1', '2', '333333', '4']) await pub.send(text)
    expect(waiting(sub)).toEqual(['4'])
    expect(sub.stats().drops).toEqual({ overflow: 3 })
  })
})
