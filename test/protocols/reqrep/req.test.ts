/** REQ with `send` and `recv`: one request at a time, replaced by the next, kept until somebody can take it. */
import { type Codec, Rep, Req, type Request, SpError } from 'hubless'
import { Rep as RawRep } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { frame, readRequest } from '../../helpers/frames.ts'
import { code, numbered, texts, turns, waiting } from '../../helpers/messages.ts'
import {
  eventually,
  isPending,
  marry,
  nextEvent,
  recordEvents,
  track,
  transportCases,
  zeromqCases
} from '../../helpers/sockets.ts'

/** The next request of a REP, to be answered when the test says so. */
async function take(rep: Rep): Promise<Request> {
  const { value } = await rep.requests().next()
  return value as Request
}

describe.each([...transportCases, ...zeromqCases])('Req over $name', (transport) => {
  it('REQ-01 asks and gets the reply', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await marry(rep, req, transport.url(), transport)
    await req.send('ping')
    expect(await texts(rep, 1)).toEqual(['ping'])
    await rep.send('pong')
    expect(await texts(req, 1)).toEqual(['pong'])
  })

  it('REQ-04 without peers keeps a request and sends it as soon as a REP attaches', async () => {
    const [req, rep] = track(new Req(), new Rep())
    const listener = await req.bind(transport.url(), transport.bind)
    expect(req.trySend('first thing')).toBe(true)
    const replied = req.recv()
    expect(await isPending(replied)).toBe(true)
    const attached = nextEvent(rep, 'attach')
    rep.connect(listener.url, transport.connect)
    await attached
    const begun = performance.now()
    expect(await texts(rep, 1)).toEqual(['first thing'])
    expect(performance.now() - begun).toBeLessThan(200)
    await rep.send('done')
    expect(String(await replied)).toBe('done')
  })

  it('REQ-04 sends several requests that waited in call order', async () => {
    const [req, rep] = track(new Req(), new Rep())
    const replies = Promise.all(numbered('', 5).map((text) => req.request(text)))
    const asked: string[] = []
    rep.serve(({ body }) => {
      asked.push(String(body))
      return body
    })
    await marry(req, rep, transport.url(), transport)
    expect((await replies).map(String)).toEqual(numbered('', 5))
    expect(asked).toEqual(numbered('', 5))
  })

  it('REQ-05 failFast without a REP rejects at once and keeps nothing', async () => {
    const req = track(new Req({ failFast: true }))
    await expect(req.send('a')).rejects.toEqual(code('EHOSTUNREACH'))
    expect(() => req.trySend('b')).toThrow(code('EHOSTUNREACH'))
    await expect(req.request('c')).rejects.toEqual(code('EHOSTUNREACH'))
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    const rep = track(new Rep())
    await marry(req, rep, transport.url(), transport)
    await req.send('d')
    expect(await texts(rep, 1)).toEqual(['d'])
    await turns()
    expect(rep.tryRecv()).toBeUndefined()
    expect(req.stats().messagesSent).toBe(1)
  })

  it('REQ-05 failFast is a choice of each request too', async () => {
    const [careful, patient] = track(new Req(), new Req({ failFast: true }))
    await expect(careful.request('now or never', { failFast: true })).rejects.toEqual(code('EHOSTUNREACH'))
    const kept = patient.request('whenever', { failFast: false })
    const rep = track(new Rep())
    rep.serve(({ body }) => body)
    await marry(patient, rep, transport.url(), transport)
    expect(String(await kept)).toBe('whenever')
  })

  it('REQ-06 failFast rejects what is outstanding when the last REP leaves', async () => {
    const req = track(new Req({ failFast: true }))
    const reps = [new Rep(), new Rep()] as const
    for (const rep of reps) await marry(req, rep, transport.url(), transport)
    const outcome = req.request('x').catch((error: unknown) => error)
    const first = await Promise.race(reps.map((rep) => rep.recv().then(() => rep)))
    await first.close()
    expect(await isPending(outcome, 10)).toBe(true)
    await Promise.all(reps.map((rep) => rep.close()))
    expect(await outcome).toEqual(code('EHOSTUNREACH'))
  })

  it('REQ-07 a new send replaces a request that nobody took yet', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await req.send('one')
    await req.send('two')
    await marry(req, rep, transport.url(), transport)
    expect(await texts(rep, 1)).toEqual(['two'])
    await turns()
    expect(rep.tryRecv()).toBeUndefined()
  })

  it('REQ-08 a new send cancels the old request: its late reply is dropped and counted', async () => {
    const [req, rep] = track(new Req(), new Rep())
    const { pipes } = await marry(rep, req, transport.url(), transport)
    await req.send('old')
    const old = await take(rep)
    await req.send('new')
    const current = await take(rep)
    const dropped = nextEvent(req, 'drop')
    await old.reply('too late')
    expect(await dropped).toMatchObject({ reason: 'late-reply', count: 1, pipe: pipes[1] })
    await current.reply('in time')
    expect(await texts(req, 1)).toEqual(['in time'])
    expect(req.stats().drops).toEqual({ 'late-reply': 1 })
  })

  it('REQ-08 a new send throws an unread reply away', async () => {
    const [req, rep] = track(new Req(), new Rep())
    rep.serve(({ body }) => `re: ${body}`)
    const { pipes } = await marry(rep, req, transport.url(), transport)
    await req.send('one')
    await eventually(() => pipes[1].stats().messagesReceived === 1)
    await req.send('two')
    expect(await texts(req, 1)).toEqual(['re: two'])
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
  })

  it('REQ-09 a recv that waits across a new send gets the reply to the new request', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await marry(rep, req, transport.url(), transport)
    await req.send('one')
    const received = req.recv()
    const one = await take(rep)
    await req.send('two')
    await one.reply('re: one')
    await (await take(rep)).reply('re: two')
    expect(String(await received)).toBe('re: two')
  })

  it('REQ-10 a recv timeout or abort keeps the request: a later recv gets the reply', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await marry(rep, req, transport.url(), transport)
    await req.send('slow')
    const request = await take(rep)
    const begun = performance.now()
    await expect(req.recv({ timeout: 30 })).rejects.toEqual(code('ETIMEDOUT'))
    expect(performance.now() - begun).toBeGreaterThanOrEqual(29)
    const aborted = req.recv({ signal: AbortSignal.timeout(5) })
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(req.tryRecv()).toBeUndefined()
    await request.reply('at last')
    expect(await texts(req, 1)).toEqual(['at last'])
  })

  it('REQ-22 alternates between two REPs', async () => {
    const req = track(new Req())
    const reps = track(new Rep(), new Rep())
    for (const [i, rep] of reps.entries()) {
      rep.serve(() => `rep ${i}`)
      await marry(req, rep, transport.url(), transport)
    }
    const replies: string[] = []
    for (let i = 0; i < 4; i++) replies.push(String(await req.request('who?')))
    expect(replies).toEqual(['rep 0', 'rep 1', 'rep 0', 'rep 1'])
  })

  it('REQ-22 uses another REP while one is full', async () => {
    const size = 65536
    const req = track(new Req({ sendBuffer: size }))
    const [full, good] = track(new Rep({ recvBuffer: size }), new Rep())
    good.serve(() => 'here')
    await marry(req, full, transport.url(), transport)
    // Loopback TCP takes a few MiB before its reader counts as full.
    const stuck = Array.from({ length: 200 }, () => req.request(new Uint8Array(size)))
    for (const reply of stuck) reply.catch(() => {})
    await eventually(() => req.stats().currentSendPriority === null)
    await turns(20)
    expect(req.stats().currentSendPriority).toBe(null)
    await marry(req, good, transport.url(), transport)
    for (let i = 0; i < 10; i++) expect(String(await req.request('who?', { timeout: 5000 }))).toBe('here')
  })

  it('REQ-26 a body of 1 MiB - 4 passes the default limit of a REP, 1 MiB does not, without a tight loop', async () => {
    const interval = 50
    const [req, rep] = track(new Req({ reconnectInterval: interval }), new Rep())
    rep.serve(({ body }) => `${body.length}`)
    const listener = await rep.bind(transport.url(), transport.bind)
    await req.connect(listener.url, transport.connect).whenConnected()
    expect(String(await req.request(new Uint8Array(2 ** 20 - 4)))).toBe(`${2 ** 20 - 4}`)

    const drops = recordEvents(rep, 'drop')
    const begun = performance.now()
    const enough = new AbortController()
    const asked = expect(req.request(new Uint8Array(2 ** 20), { signal: enough.signal })).rejects.toBe('enough')
    await eventually(() => drops.length >= 3)
    enough.abort('enough')
    await asked
    const elapsed = performance.now() - begun
    expect(drops.length).toBeLessThanOrEqual(1 + elapsed / (interval * 0.75))
    for (const drop of drops) expect(drop).toMatchObject({ reason: 'too-big', size: 2 ** 20 + 4, limit: 2 ** 20 })
    expect(String(await req.request('small', { timeout: 5000 }))).toBe('5')
  })
})

describe('Req', () => {
  it('REQ-02 recv and tryRecv without a request are EFSM, and so they are after the reply was taken', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    expect(() => req.tryRecv()).toThrow(code('EFSM'))
    rep.serve(({ body }) => body)
    await marry(rep, req)
    await req.send('x')
    expect(await texts(req, 1)).toEqual(['x'])
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    await expect(req.recvMessage()).rejects.toEqual(code('EFSM'))
    expect(() => req.tryRecv()).toThrow(code('EFSM'))
  })

  it('REQ-03 a request on the wire is an id word with the top bit set and the body; ids grow by one', async () => {
    const peer = await listenBytes()
    const req = track(new Req())
    req.connect(peer.url)
    const stream = await peer.accept()
    expect(await stream.greet(0x31)).toEqual(hex('00 53 50 00 00 30 00 00'))
    await req.send('AB')
    expect(await stream.read(8)).toEqual(hex('00 00 00 00 00 00 00 06'))
    const id = (await stream.read(4)).readUInt32BE()
    expect(id).toBeGreaterThanOrEqual(0x80000000)
    expect(await stream.read(2)).toEqual(hex('41 42'))
    for (let i = 1; i <= 3; i++) {
      await req.send('C')
      expect((await readRequest(stream)).id).toBe(((id - 0x80000000 + i) % 0x80000000) + 0x80000000)
    }
  })

  it('REQ-03 ids start at random per socket', async () => {
    const rep = track(new RawRep())
    const listener = await rep.bind('inproc://random-ids')
    const ids = new Set<number>()
    for (let i = 0; i < 8; i++) {
      const req = track(new Req())
      req.connect(listener.url)
      await req.send('x')
      ids.add((await rep.recv()).header.readUInt32BE(4))
    }
    expect(ids.size).toBe(8)
    // Consecutive ids would lie close together.
    expect(Math.max(...ids) - Math.min(...ids)).toBeGreaterThan(1000)
  })

  it('REQ-11 delivers a reply once: copies with the same id are dropped and counted', async () => {
    const peer = await listenBytes()
    const req = track(new Req())
    req.connect(peer.url)
    const stream = await peer.accept()
    await stream.greet(0x31)
    await req.send('x')
    const { word } = await readRequest(stream)
    stream.send(Buffer.concat([frame(word, Buffer.from('1')), frame(word, Buffer.from('2'))]))
    expect(await texts(req, 1)).toEqual(['1'])
    await eventually(() => req.stats().drops['late-reply'] === 1)
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    // The same after the reply was received.
    stream.send(frame(word, Buffer.from('3')))
    await eventually(() => req.stats().drops['late-reply'] === 2)
    expect(() => req.tryRecv()).toThrow(code('EFSM'))
  })

  it('REQ-24 drops and counts replies that are short, lack the top bit or have an unknown id; the pipe stays', async () => {
    const peer = await listenBytes()
    const req = track(new Req())
    req.connect(peer.url)
    const stream = await peer.accept()
    await stream.greet(0x31)
    await req.send('x')
    const { id, word } = await readRequest(stream)
    const drops = recordEvents(req, 'drop')
    const plain = Buffer.from(word)
    plain.writeUInt32BE(id - 0x80000000)
    const unknown = Buffer.from(word)
    unknown.writeUInt32BE(0x80000000 + ((id + 1) % 0x80000000))
    for (const bad of [frame(), frame('80 00 00'), frame(plain, '41'), frame(unknown, '41')]) stream.send(bad)
    stream.send(frame(word, '4f 4b'))
    expect(await texts(req, 1)).toEqual(['OK'])
    expect(drops.map(({ reason, size }) => [reason, size])).toEqual([
      ['malformed', 0],
      ['malformed', 3],
      ['malformed', 5],
      ['late-reply', 5]
    ])
    expect(req.peers.length).toBe(1)
    expect(peer.count).toBe(1)
  })

  it('REQ-25 takes no header: passing one is EINVAL', async () => {
    const sockets = track(new Req(), new Rep())
    for (const socket of sockets) {
      const message = { header: new Uint8Array(4), body: 'x' } as unknown as string
      await expect(socket.send(message)).rejects.toEqual(code('EINVAL'))
      expect(() => socket.trySend(message)).toThrow(code('EINVAL'))
    }
    await expect(sockets[0].request({ header: new Uint8Array(4), body: 'x' } as unknown as string)).rejects.toEqual(
      code('EINVAL')
    )
  })

  it('COM-28 a reply that does not decode is counted and ends its request, however it is awaited', async () => {
    const bad = new Error('not for me')
    const codec: Codec<string, string> = {
      encode: (value) => value,
      decode: (body) => {
        if (String(body) === 'bad') throw bad
        return String(body)
      }
    }
    const [req, rep] = track(new Req({ codec }), new Rep())
    rep.serve(({ body }) => body)
    await marry(rep, req)
    await expect(req.request('bad')).rejects.toBe(bad)
    await req.send('bad')
    await expect(req.recv({ timeout: 1000 })).rejects.toBe(bad)
    await req.send('bad')
    await turns()
    expect(() => req.tryRecv()).toThrow(bad)
    expect(() => req.tryRecv()).toThrow(code('EFSM'))
    expect(req.stats().drops).toEqual({ codec: 3 })
    await req.send('good')
    expect(await req.recv()).toBe('good')
  })

  it('COM-28 a codec that makes nothing of a reply leaves no recv hanging', async () => {
    const codec: Codec<string, string> = { encode: (value) => value, decode: () => undefined as unknown as string }
    const [req, rep] = track(new Req({ codec }), new Rep())
    rep.serve(({ body }) => body)
    await marry(rep, req)
    await expect(req.request('x')).rejects.toEqual(code('EPROTO'))
    await req.send('x')
    await expect(req.recv({ timeout: 1000 })).rejects.toEqual(code('EPROTO'))
    expect(req.stats().drops).toEqual({ codec: 2 })
  })

  it('COM-33 closing rejects the waiting recv and every request, and counts what never left', async () => {
    const req = track(new Req())
    await req.send('one')
    const calls = [req.recv(), req.recv(), req.request('two'), req.request('three')]
    const settled = Promise.allSettled(calls)
    await req.close()
    for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: code('EBADF') })
    expect(req.stats().drops).toEqual({ closed: 3 })
    expect(() => req.tryRecv()).toThrow(SpError)
  })

  it('COM-47 prefers the best class that is ready, with failover', async () => {
    const req = track(new Req())
    const reps = [new Rep(), new Rep()] as const
    for (const [i, rep] of reps.entries()) {
      track(rep).serve(() => `class ${i + 1}`)
      await marry(rep, req, undefined, { connect: { sendPriority: i + 1 } })
    }
    for (let i = 0; i < 3; i++) expect(String(await req.request('?'))).toBe('class 1')
    await reps[0].close()
    expect(String(await req.request('?'))).toBe('class 2')
    expect(waiting(reps[1])).toEqual([])
  })
})
