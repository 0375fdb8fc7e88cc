/** What REP and RESPONDENT do with one request at a time, with broken stacks, and raw. */
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../helpers/bytes.ts'
import { frame, readFrame } from '../helpers/frames.ts'
import { code, sized, texts, turns } from '../helpers/messages.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { idWord, repliers } from './repliers.ts'
import { plainTransports } from './transports.ts'

describe.each(repliers)('$name, one at a time', ({ Replier, RawAsker, asker }) => {
  it('REP-01 RES-01 send without a held request is EFSM, and so is a second answer', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await expect(replier.send('nothing asked')).rejects.toEqual(code('EFSM'))
    expect(() => replier.trySend('nothing asked')).toThrow(code('EFSM'))
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    await expect(replier.send('not taken yet')).rejects.toEqual(code('EFSM'))
    expect(await texts(replier, 1)).toEqual(['?'])
    await replier.send('!')
    await expect(replier.send('!!')).rejects.toEqual(code('EFSM'))
    expect(() => replier.trySend('!!')).toThrow(code('EFSM'))
    expect(String((await raw.recv()).body)).toBe('!')
    await turns()
    expect(raw.tryRecv()).toBeUndefined()
  })

  it('REP-01 RES-01 a body that is none leaves the request held', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    await replier.recv()
    await expect(replier.send(7 as unknown as string)).rejects.toEqual(code('EINVAL'))
    await expect(replier.send('!', { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    await expect(replier.send('!', { timeout: -1 })).rejects.toEqual(code('EINVAL'))
    await replier.send('!')
    expect(String((await raw.recv()).body)).toBe('!')
  })

  it('COM-28 holds no request that its codec makes nothing of', async () => {
    const nothing = { encode: String, decode: () => undefined }
    const [replier, raw] = track(new Replier({ codec: nothing }), new RawAsker())
    await marry(replier, raw)
    const drops = recordEvents(replier, 'drop')
    for (const id of [1, 2, 3]) await raw.send({ header: idWord(id), body: '?' })
    expect(replier.tryRecv()).toBeUndefined()
    await expect(replier.send('!')).rejects.toEqual(code('EFSM'))
    const served = replier.requests().next()
    await raw.send({ header: idWord(4), body: '?' })
    await turns()
    expect(drops.map(({ reason }) => reason)).toEqual(Array(4).fill('codec'))
    await replier.close()
    expect(await served).toEqual({ done: true, value: undefined })
  })

  it('REP-02 RES-02 recv drops the request held before, also when it yields nothing', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: 'one' })
    await replier.recv()
    expect(replier.tryRecv()).toBeUndefined()
    await expect(replier.send('!')).rejects.toEqual(code('EFSM'))

    await raw.send({ header: idWord(2), body: 'two' })
    await replier.recv()
    await expect(replier.recv({ timeout: 0 })).rejects.toEqual(code('ETIMEDOUT'))
    await expect(replier.send('!')).rejects.toEqual(code('EFSM'))

    await raw.send({ header: idWord(3), body: 'three' })
    await raw.send({ header: idWord(4), body: 'four' })
    expect(await texts(replier, 2)).toEqual(['three', 'four'])
    await replier.send('re: four')
    const { header, body } = await raw.recv()
    expect([header, String(body)]).toEqual([idWord(4), 're: four'])
    await turns()
    expect(raw.tryRecv()).toBeUndefined()
  })

  it.each(plainTransports)('REP-03 RES-03 each of many askers gets its own answers over $name', async (transport) => {
    const replier = track(new Replier())
    const listener = await replier.bind(transport.url(), transport.bind)
    const askers = Array.from({ length: 20 }, () => track(new RawAsker()))
    for (const raw of askers) await raw.connect(listener.url).whenConnected()
    await replier.waitForPeers(20)
    const answering = (async () => {
      for (let i = 0; i < 200; i++) await replier.send(`re: ${await replier.recv()}`)
    })()
    await Promise.all(
      askers.map(async (raw, a) => {
        // The same ids everywhere: only the way back tells them apart.
        for (let n = 0; n < 10; n++) await raw.send({ header: idWord(n), body: `${a}/${n}` })
        for (let n = 0; n < 10; n++) {
          const { header, body } = await raw.recv({ timeout: 5000 })
          expect([header, String(body)]).toEqual([idWord(n), `re: ${a}/${n}`])
        }
      })
    )
    await answering
  })

  it('REP-04 RES-04 an answer to one who is gone resolves, is dropped and counted', async () => {
    const [replier, raw] = [track(new Replier()), new RawAsker()]
    await marry(replier, raw)
    for (let n = 1; n <= 2; n++) await raw.send({ header: idWord(n), body: '?' })
    await replier.recv()
    const { value: other } = await replier.requests().next()
    const gone = nextEvent(replier, 'detach')
    await raw.close()
    await gone
    const drops = recordEvents(replier, 'drop')
    await replier.send('too late')
    await other?.reply('far too late')
    expect(drops.map(({ reason, size }) => [reason, size])).toEqual([
      ['unroutable', 8],
      ['unroutable', 12]
    ])
    expect(replier.stats().messagesSent).toBe(2)
  })

  it('REP-04 RES-04 an answer to one who leaves meanwhile is counted too', async () => {
    const replier = track(new Replier({ sendBuffer: 1 << 26 }))
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    peer.stream.pause()
    peer.send(frame(idWord(1), '3f'))
    await replier.recv()
    await replier.send(new Uint8Array(1 << 25))
    const gone = nextEvent(replier, 'detach')
    peer.reset()
    await gone
    expect(replier.stats().drops).toEqual({ closed: 1 })
  })

  it('REP-05 RES-04 answers to one who does not read are bounded by sendBuffer, then dropped and counted', async () => {
    const [replier, raw] = track(new Replier({ sendBuffer: 100 }), new RawAsker({ recvBuffer: 1 }))
    const { pipes } = await marry(replier, raw)
    for (let n = 0; n < 6; n++) await raw.send({ header: idWord(n), body: '?' })
    const drops = recordEvents(replier, 'drop')
    for (let n = 0; n < 6; n++) {
      await replier.recv()
      await replier.send(sized(n, 60))
    }
    // One in the inbox, two in the transport, which take it to the limit.
    expect(drops.length).toBe(3)
    for (const drop of drops) expect(drop).toMatchObject({ reason: 'queue-full', size: 60, pipe: pipes[0] })
    for (let n = 0; n < 3; n++) expect((await raw.recv()).header).toEqual(idWord(n))
    expect(raw.tryRecv()).toBeUndefined()
    await raw.send({ header: idWord(9), body: '?' })
    await replier.recv()
    await replier.send('room again')
    expect(String((await raw.recv()).body)).toBe('room again')
  })

  it('REP-05 RES-04 the same over TCP: the buffer bounds what is kept, the answers go on', async () => {
    const size = 65536
    const replier = track(new Replier({ sendBuffer: 2 * size }))
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    peer.stream.pause()
    const count = 400
    for (let n = 0; n < count; n++) peer.send(frame(idWord(n), '3f'))
    for (let n = 0; n < count; n++) {
      await replier.recv({ timeout: 5000 })
      await replier.send(sized(n, size))
    }
    const dropped = replier.stats().drops['queue-full'] as number
    expect(dropped).toBeGreaterThan(count / 2)
    peer.stream.resume()
    for (let n = 0; n < count - dropped; n++) {
      const answer = await readFrame(peer)
      if (n < 2) expect(answer.subarray(0, 8)).toEqual(Buffer.concat([idWord(n), sized(n, 4)]))
      expect(answer.length).toBe(size + 4)
    }
  })

  it.each(plainTransports)(
    'REP-12 requests nobody takes wait in recvBuffer, then in the transport over $name',
    async (t) => {
      const size = 16384
      const [replier, raw] = track(new Replier({ recvBuffer: 2 * size }), new RawAsker({ sendBuffer: 1 << 24 }))
      const { pipes } = await marry(replier, raw, t.url(), t)
      for (let n = 0; n < 200; n++) await raw.send({ header: idWord(n), body: sized(n, size) })
      await eventually(() => pipes[0].stats().messagesReceived >= 2)
      await turns(20)
      expect(pipes[0].stats().messagesReceived).toBeLessThanOrEqual(8)
      for (let n = 0; n < 200; n++) expect((await replier.recv({ timeout: 5000 })).readUInt32BE()).toBe(n)
      expect(replier.stats().drops).toEqual({})
    }
  )

  it('REP-13 RES-06 a stack of 8 words passes, 9 are dropped and counted, the connection stays', async () => {
    const replier = track(new Replier())
    expect(replier.options.ttl).toBe(8)
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    const seven = '00 00 00 01  7f ff ff ff  00 00 00 00  00 00 00 02  00 00 00 03  00 00 00 04  00 00 00 05'
    const dropped = nextEvent(replier, 'drop')
    peer.send(frame('00 00 00 09', seven, '80 00 00 01', '39'))
    peer.send(frame(seven, '80 00 00 02', '38'))
    expect(await dropped).toMatchObject({ reason: 'ttl', count: 1, size: 37, limit: 8, pipe: replier.peers[0] })
    expect(await texts(replier, 1)).toEqual(['8'])
    await replier.send('OK')
    expect(await readFrame(peer)).toEqual(Buffer.concat([hex(seven), hex('80 00 00 02 4f 4b')]))
    expect(replier.stats().drops).toEqual({ ttl: 1 })
  })

  it('REP-13 RES-06 ttl says how many words pass', async () => {
    const replier = track(new Replier({ ttl: 1 }))
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    peer.send(frame('00 00 00 01 80 00 00 01', '32'))
    peer.send(frame('80 00 00 01', '31'))
    expect(await texts(replier, 1)).toEqual(['1'])
    expect(replier.stats().drops).toEqual({ ttl: 1 })
  })

  it('REP-14 RES-06 a stack without end or a message below 4 bytes is dropped and counted, the connection stays', async () => {
    const replier = track(new Replier())
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    const drops = recordEvents(replier, 'drop')
    for (const bad of ['', '80', '80 00 00', '00 00 00 01', '00 00 00 01 00 00 00 02', '7f ff ff ff 80']) {
      peer.send(frame(bad))
    }
    peer.send(frame('80 00 00 01', '4f 4b'))
    expect(await texts(replier, 1)).toEqual(['OK'])
    expect(drops.map(({ reason, size }) => [reason, size])).toEqual([
      ['malformed', 0],
      ['malformed', 1],
      ['malformed', 3],
      ['malformed', 4],
      ['malformed', 8],
      ['malformed', 5]
    ])
    expect(replier.peers.length).toBe(1)
  })

  it('REP-21 RES-10 what one who is gone asked is let go, and the room is there for others', async () => {
    const size = 1000
    const [replier, leaving, staying] = [
      track(new Replier({ recvBuffer: size })),
      new RawAsker(),
      track(new RawAsker())
    ]
    const { listener } = await marry(replier, leaving)
    for (let n = 0; n < 3; n++) await leaving.send({ header: idWord(n), body: sized(n, size) })
    const gone = nextEvent(replier, 'detach')
    await leaving.close({ linger: 0 })
    await gone
    expect(replier.tryRecv()).toBeUndefined()
    expect(replier.stats().drops).toEqual({ unroutable: 1 })
    // As many as fill the socket as a whole, were anything still counted.
    for (let round = 0; round < 40; round++) {
      const asker = new RawAsker()
      const left = nextEvent(replier, 'detach')
      await asker.connect(listener.url).whenConnected()
      await asker.send({ header: idWord(1), body: sized(1, size) })
      await asker.close({ linger: 0 })
      await left
    }
    await staying.connect(listener.url).whenConnected()
    await staying.send({ header: idWord(1), body: 'here' })
    expect(await texts(replier, 1)).toEqual(['here'])
  })

  it('REP-22 RES-11 a drop listener that receives changes neither what a recv returns nor whom send answers', async () => {
    const replier = track(new Replier({ recvBuffer: 1, ttl: 1 }))
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const [first, second] = [await connectBytes(listener.url), await connectBytes(listener.url)]
    for (const peer of [first, second]) await peer.greet(asker)
    await replier.waitForPeers(2)
    const [a, b] = replier.peers
    // What the first sent beyond its message is dropped as soon as that makes room.
    first.send(Buffer.concat([frame(idWord(1), '61'), frame('00 00 00 01', idWord(9), '78')]))
    await eventually(() => a?.stats().recvQueue === 1)
    second.send(frame(idWord(2), '62'))
    await eventually(() => b?.stats().recvQueue === 1)
    const inner: string[] = []
    replier.once('drop', () => inner.push(String(replier.tryRecv())))
    const outer = await replier.recvMessage({ timeout: 0 })
    expect(inner).toEqual(['b'])
    expect([String(outer.body), outer.pipe]).toEqual(['a', a])
    await replier.send('!')
    expect(await readFrame(first)).toEqual(Buffer.concat([idWord(1), hex('21')]))
  })

  it('REP-15 an answer to a pipe that is closed never reaches a newer one', async () => {
    const [replier, first, second] = [track(new Replier()), new RawAsker(), track(new RawAsker())]
    const { listener } = await marry(replier, first)
    await first.send({ header: idWord(1), body: 'from the first' })
    await replier.recv()
    const gone = nextEvent(replier, 'detach')
    await first.close()
    await gone
    await second.connect(listener.url).whenConnected()
    await second.send({ header: idWord(1), body: 'from the second' })
    await replier.send('to the first')
    await turns()
    expect(second.tryRecv()).toBeUndefined()
    expect(await texts(replier, 1)).toEqual(['from the second'])
    await replier.send('to the second')
    expect(String((await second.recv()).body)).toBe('to the second')
  })
})

describe.each(repliers)('raw $name', ({ RawReplier, RawAsker, asker }) => {
  it.each(plainTransports)(
    'REP-16 REP-18 RES-07 [raw] shows channel and id on a direct hop, and an echo answers over $name',
    async (t) => {
      const [replier, raw] = track(new RawReplier(), new RawAsker())
      const { pipes } = await marry(replier, raw, t.url(), t)
      await raw.send({ header: idWord(5), body: 'echo' })
      const message = await replier.recv()
      expect(message.header.length).toBe(8)
      expect(message.header.readUInt32BE(0)).toBe(pipes[0].id)
      expect(message.header.readUInt32BE(0)).toBeLessThan(0x80000000)
      expect(message.header.subarray(4)).toEqual(idWord(5))
      expect(message.pipe).toBe(pipes[0])
      await replier.send(message)
      const answer = await raw.recv()
      expect([answer.header, String(answer.body)]).toEqual([idWord(5), 'echo'])
    }
  )

  it('REP-16 RES-07 [raw] shows the words of more hops newest first, and pops the channel when it answers', async () => {
    const replier = track(new RawReplier())
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(asker)
    peer.send(frame('00 00 00 0b  00 00 00 0a  80 00 00 01', '3f'))
    const message = await replier.recv()
    expect(message.header.subarray(4)).toEqual(hex('00 00 00 0b  00 00 00 0a  80 00 00 01'))
    await replier.send({ header: message.header, body: hex('21') })
    expect(await readFrame(peer)).toEqual(hex('00 00 00 0b  00 00 00 0a  80 00 00 01  21'))
  })

  it('REP-17 RES-07 [raw] an empty or short header and an unknown channel resolve, are dropped and counted', async () => {
    const [replier, raw] = track(new RawReplier(), new RawAsker())
    expect(replier.trySend({ header: idWord(1), body: 'nobody' })).toBe(true)
    const { pipes } = await marry(replier, raw)
    const unknown = Buffer.alloc(8)
    unknown.writeUInt32BE((pipes[0].id % 0x7fffffff) + 1)
    for (const header of [undefined, new Uint8Array(0), new Uint8Array(3), unknown]) {
      await replier.send({ header, body: 'x' })
      expect(replier.trySend({ header, body: 'x' })).toBe(true)
    }
    expect(replier.stats()).toMatchObject({ messagesSent: 9, drops: { unroutable: 9 } })
    await turns()
    expect(raw.tryRecv()).toBeUndefined()
  })

  it('REP-17 RES-07 [raw] a full pipe resolves, is dropped and counted', async () => {
    const [replier, raw] = track(new RawReplier({ sendBuffer: 1 }), new RawAsker({ recvBuffer: 1 }))
    const { pipes } = await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    const message = await replier.recv()
    for (let i = 0; i < 5; i++) await replier.send({ header: message.header, body: `${i}` })
    expect(replier.stats().drops).toEqual({ 'queue-full': 3 })
    expect(pipes[0].stats().sendQueue).toBe(1)
    expect(String((await raw.recv()).body)).toBe('0')
    expect(String((await raw.recv()).body)).toBe('1')
  })

  it('COM-17 [raw] is always ready to send', () => {
    expect(track(new RawReplier()).trySend({ body: 'x' })).toBe(true)
  })
})
