import { Bus, Pair, Pub, Pull, Push, Rep, Req, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { listenBytes } from '../helpers/bytes.ts'
import { eventually, inprocUrl, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'

const tcp = 'tcp://127.0.0.1:0'
const nowhere = 'tcp://127.0.0.1:1'

describe('stats()', () => {
  it('STAT-01 is plain JSON with every counter of nanomsg', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull, tcp)
    await push.send('x')
    await pull.recv()
    for (const socket of [push, pull]) {
      const stats = socket.stats()
      expect(JSON.parse(JSON.stringify(stats))).toEqual(stats)
      expect(stats).toEqual(
        expect.objectContaining({
          name: socket.name,
          protocol: socket.protocol,
          state: 'open',
          establishedConnections: expect.any(Number),
          acceptedConnections: expect.any(Number),
          droppedConnections: 0,
          brokenConnections: 0,
          connectErrors: 0,
          bindErrors: 0,
          acceptErrors: 0,
          currentConnections: 1,
          inProgressConnections: 0,
          currentEndpointErrors: 0,
          messagesSent: expect.any(Number),
          messagesReceived: expect.any(Number),
          bytesSent: expect.any(Number),
          bytesReceived: expect.any(Number),
          messagesFiltered: 0,
          drops: {},
          rejects: {}
        })
      )
      expect(stats).toHaveProperty('currentSendPriority')
      expect(stats.endpoints).toHaveLength(1)
      expect(stats.pipes).toHaveLength(1)
    }
  })

  it('STAT-01 is a snapshot that later events do not change', async () => {
    const [pub, sub] = [new Pub(), new Sub()]
    await marry(pub, sub)
    const before = sub.stats()
    const copy = structuredClone(before)
    await pub.send('filtered')
    await sub.close()
    expect(before).toEqual(copy)
    before.drops['too-big'] = 99
    expect(sub.stats().messagesFiltered).toBe(1)
  })
})

describe('connections', () => {
  it('STAT-03 STAT-05 connect errors grow with every failed attempt; the endpoint is shown until an attempt succeeds', async () => {
    const pull = track(new Pull({ reconnectInterval: 5, reconnectIntervalMax: 5 }))
    const retries = recordEvents(pull, 'retry')
    const dialer = pull.connect(nowhere)
    expect(pull.stats()).toMatchObject({ inProgressConnections: 1, currentEndpointErrors: 0, connectErrors: 0 })
    for (let i = 1; i <= 3; i++) {
      await eventually(() => retries.length >= i)
      expect(pull.stats().connectErrors).toBe(retries.length)
    }
    await eventually(() => dialer.state === 'waiting')
    expect(pull.stats()).toMatchObject({ inProgressConnections: 0, currentEndpointErrors: 1 })
    expect(dialer.stats()).toMatchObject({ state: 'waiting', lastError: 'ECONNREFUSED' })
    await dialer.close()
    expect(pull.stats()).toMatchObject({ inProgressConnections: 0, currentEndpointErrors: 0 })
  })

  it('STAT-05 a handshake that is under way is in progress; success clears the error', async () => {
    const listening = await listenBytes()
    const push = track(new Push({ reconnectInterval: 5, reconnectIntervalMax: 5 }))
    const dialer = push.connect(listening.url)
    const refused = nextEvent(push, 'reject')
    ;(await listening.accept()).send('ff ff')
    await refused
    const peer = await listening.accept()
    expect(push.stats()).toMatchObject({ inProgressConnections: 1, currentEndpointErrors: 1, currentConnections: 0 })
    await peer.greet(0x51)
    await dialer.whenConnected()
    expect(push.stats()).toMatchObject({ inProgressConnections: 0, currentEndpointErrors: 0, currentConnections: 1 })
    expect(dialer.stats()).toMatchObject({ state: 'connected', lastError: null })
  })

  it('STAT-07 inproc counts the same in both orders of bind and connect', async () => {
    const counts: unknown[] = []
    for (const bindFirst of [true, false]) {
      const url = inprocUrl()
      const [server, client] = track(new Pair({ name: 'server' }), new Pair({ name: 'client' }))
      if (bindFirst) await server.bind(url)
      const dialer = client.connect(url)
      if (!bindFirst) await server.bind(url)
      await dialer.whenConnected()
      await client.send('ABC')
      await server.recv()
      await server.send('OK')
      await client.recv()
      const strip = (socket: Pair): object => {
        const { endpoints, pipes, ...stats } = socket.stats()
        return { ...stats, states: endpoints.map(({ state }) => state), pipes: pipes.map(({ bytesSent }) => bytesSent) }
      }
      const open = [strip(server), strip(client)]
      await client.close()
      counts.push([open, strip(server), strip(client)])
    }
    expect(counts[0]).toEqual(counts[1])
    expect(counts[0]).toMatchObject([
      [
        { acceptedConnections: 1, establishedConnections: 0, messagesReceived: 1, bytesReceived: 3, bytesSent: 2 },
        { acceptedConnections: 0, establishedConnections: 1, messagesReceived: 1, bytesReceived: 2, bytesSent: 3 }
      ],
      { currentConnections: 0, brokenConnections: 1 },
      { currentConnections: 0, droppedConnections: 1 }
    ])
  })
})

describe('the send priority', () => {
  it('STAT-08 is the class in use, or null when nothing is writable', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    expect(push.stats().currentSendPriority).toBeNull()
    const [two, five] = track(new Pull({ recvBuffer: 1 }), new Pull({ recvBuffer: 1 }))
    const at = { two: (await two.bind(inprocUrl())).url, five: (await five.bind(inprocUrl())).url }
    await push.connect(at.five, { sendPriority: 5 }).whenConnected()
    expect(push.stats().currentSendPriority).toBe(5)
    const first = push.connect(at.two, { sendPriority: 2 })
    await first.whenConnected()
    expect(push.stats().currentSendPriority).toBe(2)
    // Full: the class below takes over, and then there is none.
    while (push.stats().currentSendPriority === 2) expect(push.trySend('x')).toBe(true)
    expect(push.stats().currentSendPriority).toBe(5)
    while (push.trySend('x'));
    expect(push.stats().currentSendPriority).toBeNull()
    while (two.tryRecv() !== undefined);
    expect(push.stats().currentSendPriority).toBe(2)
    await first.close()
    expect(push.stats().currentSendPriority).toBeNull()
  })

  it('STAT-08 is there for REQ, and null for patterns without priorities', async () => {
    const [req, rep] = [new Req(), new Rep()]
    await marry(rep, req, inprocUrl(), { connect: { sendPriority: 3 } })
    expect(req.stats().currentSendPriority).toBe(3)
    expect(rep.stats().currentSendPriority).toBeNull()
    const [a, b] = [new Bus(), new Bus()]
    await marry(a, b)
    expect(a.stats().currentSendPriority).toBeNull()
  })
})

describe('reasons', () => {
  it('STAT-10 no peer: nobody was attached', async () => {
    for (const socket of track(new Pub(), new Bus(), new Surveyor())) {
      await socket.send('x')
      expect(socket.stats().drops).toEqual({ 'no-peer': 1 })
    }
  })

  it('STAT-10 queue full: the buffer of that peer was full', async () => {
    const [pub, sub] = [new Pub({ sendBuffer: 1 }), new Sub({ recvBuffer: 1 })]
    sub.subscribe('')
    await marry(pub, sub)
    for (let i = 0; i < 5; i++) pub.trySend('x')
    expect(pub.stats().drops['queue-full']).toBeGreaterThanOrEqual(3)
  })

  it('STAT-10 too big: above recvMaxSize', async () => {
    const [push, pull] = [new Push(), new Pull({ recvMaxSize: 3 })]
    await marry(pull, push, tcp)
    const gone = nextEvent(pull, 'detach')
    await push.send('1234')
    await gone
    expect(pull.stats().drops).toEqual({ 'too-big': 1 })
  })

  it('STAT-10 ttl and malformed: too many hops, a damaged header', async () => {
    const [rep, req] = [new Rep({ ttl: 2 }), new raw.Req()]
    await marry(rep, req)
    await req.send({ header: Buffer.from([0, 0, 0, 1, 0, 0, 0, 2, 128, 0, 0, 1]), body: 'three words' })
    await req.send({ header: Buffer.from([0, 0, 0, 1]), body: 'no' })
    await req.send({ header: Buffer.from([0, 0, 0, 1, 128, 0, 0, 1]), body: 'good' })
    expect(String(await rep.recv())).toBe('good')
    expect(rep.stats().drops).toEqual({ ttl: 1, malformed: 1 })
  })

  it('STAT-10 late reply: the request is over', async () => {
    const [req, rep] = [new Req(), new Rep()]
    await marry(req, rep)
    await expect(req.request('x', { timeout: 5 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await rep.recv()
    await rep.send('too late')
    expect(req.stats().drops).toEqual({ 'late-reply': 1 })
  })

  it('STAT-10 unsubscribed: when taken back; what is filtered on arrival is no drop', async () => {
    const [pub, sub] = [new Pub(), new Sub()]
    sub.subscribe('a')
    await marry(pub, sub)
    for (const text of ['a1', 'b1', 'a2']) await pub.send(text)
    expect(sub.stats()).toMatchObject({ drops: {}, messagesFiltered: 1 })
    sub.unsubscribe('a')
    expect(sub.stats()).toMatchObject({ drops: { unsubscribed: 2 }, messagesFiltered: 1 })
  })

  it('STAT-10 unroutable: the peer it was addressed to is gone', async () => {
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    void req.request('x').catch(() => {})
    await rep.recv()
    await req.close()
    await rep.send('nobody left')
    expect(rep.stats().drops).toEqual({ unroutable: 1 })
  })

  it('STAT-10 closed: accepted, but closed before it left', async () => {
    const [push, pull] = [new Push(), new Pull({ recvBuffer: 1 })]
    const { pipes, listener } = await marry(push, pull)
    const drops = recordEvents(push, 'drop')
    for (const text of ['read', 'waits', 'waits too']) await push.send(text)
    await push.close({ linger: 0 })
    expect(push.stats().drops).toEqual({ closed: 2 })
    expect(listener.stats().drops).toEqual({ closed: 2 })
    expect(drops).toEqual([{ reason: 'closed', count: 2, pipe: pipes[0] }])
  })
})
