/** What sockets count, the same over every transport. */
import { Pair, Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { patternCases } from '../helpers/patterns.ts'
import { carries, eventually, marry, nextEvent, type TransportCase, track } from '../helpers/sockets.ts'

const never = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }

export function statisticsSuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`statistics over ${transport.name}`, () => {
    it('STAT-02 accepted 1, established 1, current 1; ABC and OK are one message each of 3 and 2 bytes', async () => {
      const [server, client] = [new Rep(), new Req(never)]
      const { listener, dialer, pipes } = await marry(server, client, transport.url(), options)
      const reply = client.request('ABC')
      await server.recv()
      await server.send('OK')
      await reply
      expect(server.stats()).toMatchObject({
        acceptedConnections: 1,
        establishedConnections: 0,
        currentConnections: 1,
        messagesReceived: 1,
        bytesReceived: 3,
        messagesSent: 1,
        bytesSent: 2
      })
      expect(client.stats()).toMatchObject({
        acceptedConnections: 0,
        establishedConnections: 1,
        currentConnections: 1,
        messagesReceived: 1,
        bytesReceived: 2,
        messagesSent: 1,
        bytesSent: 3
      })
      expect(listener.stats()).toMatchObject({ acceptedConnections: 1, currentConnections: 1 })
      expect(dialer.stats()).toMatchObject({ establishedConnections: 1, currentConnections: 1 })
      expect(pipes[0].stats()).toMatchObject({ messagesReceived: 1, bytesReceived: 3, messagesSent: 1, bytesSent: 2 })
      expect(pipes[1].stats()).toMatchObject({ messagesReceived: 1, bytesReceived: 2, messagesSent: 1, bytesSent: 3 })
      const gone = nextEvent(server, 'detach')
      await client.close()
      await gone
      expect(server.stats()).toMatchObject({ acceptedConnections: 1, currentConnections: 0, brokenConnections: 1 })
      expect(client.stats()).toMatchObject({ establishedConnections: 1, currentConnections: 0, droppedConnections: 1 })
    })

    it('STAT-04 a connection ended by the peer is broken, one ended here is dropped', async () => {
      const [push, pull] = [new Push({ reconnectInterval: 5 }), new Pull()]
      const { listener } = await marry(pull, push, transport.url(), options)
      for (let i = 1; i <= 3; i++) {
        const [lost, back] = [nextEvent(push, 'detach'), nextEvent(push, 'attach')]
        await pull.peers[0]?.close(0)
        await Promise.all([lost, back])
        await pull.waitForPeers(1)
        expect(pull.stats()).toMatchObject({ droppedConnections: i, brokenConnections: 0, acceptedConnections: i + 1 })
        expect(push.stats()).toMatchObject({
          droppedConnections: 0,
          brokenConnections: i,
          establishedConnections: i + 1
        })
      }
      expect(listener.stats()).toMatchObject({ droppedConnections: 3, brokenConnections: 0, acceptedConnections: 4 })
    })

    it('STAT-04 STAT-11 a failed handshake is broken on both sides, and counted by reason per endpoint', async () => {
      const pull = track(new Pull())
      const right = await pull.bind(transport.url(), transport.bind)
      const other = await pull.bind(transport.url(), transport.bind)
      const sub = track(new Sub(never))
      const refused = [nextEvent(pull, 'reject'), nextEvent(sub, 'reject')]
      const dialer = sub.connect(right.url, transport.connect)
      await Promise.all(refused)
      expect(right.stats()).toMatchObject({
        acceptedConnections: 1,
        brokenConnections: 1,
        currentConnections: 0,
        rejects: { 'protocol-mismatch': 1 }
      })
      expect(other.stats().rejects).toEqual({})
      expect(dialer.stats()).toMatchObject({
        establishedConnections: 1,
        brokenConnections: 1,
        currentConnections: 0,
        lastError: 'ECONNREFUSED',
        rejects: { 'protocol-mismatch': 1 }
      })
      expect(pull.stats()).toMatchObject({ brokenConnections: 1, rejects: { 'protocol-mismatch': 1 } })
      expect(sub.stats()).toMatchObject({
        brokenConnections: 1,
        rejects: { 'protocol-mismatch': 1 },
        currentEndpointErrors: 1
      })
    })

    it('STAT-11 a second peer of PAIR is counted as busy on both sides', async () => {
      const [first, second, third] = [new Pair(), new Pair(), track(new Pair(never))]
      const { listener } = await marry(first, second, transport.url(), options)
      const refused = [nextEvent(first, 'reject'), nextEvent(third, 'reject')]
      const dialer = third.connect(listener.url, transport.connect)
      await Promise.all(refused)
      expect(listener.stats().rejects).toEqual({ busy: 1 })
      expect(dialer.stats().rejects).toEqual({ busy: 1 })
      expect(first.stats().currentConnections).toBe(1)
    })

    for (const { name, open } of patternCases.filter((pattern) => carries(transport, pattern.name))) {
      it(`STAT-06 byte counters hold body bytes only on ${name}`, async () => {
        const { a, b, transfer } = open()
        const { pipes } = await marry(a, b, transport.url(), options)
        for (const size of [0, 1, 999]) await transfer(Buffer.alloc(size))
        const both = name === 'req/rep' || name === 'surveyor/respondent'
        const there = { messagesSent: 3, bytesSent: 1000 }
        const back = both ? { messagesReceived: 3, bytesReceived: 1000 } : { messagesReceived: 0, bytesReceived: 0 }
        expect(a.stats()).toMatchObject({ ...there, ...back })
        expect(pipes[0].stats()).toMatchObject({ ...there, ...back })
        const received = { messagesReceived: 3, bytesReceived: 1000 }
        const answered = both ? { messagesSent: 3, bytesSent: 1000 } : { messagesSent: 0, bytesSent: 0 }
        expect(b.stats()).toMatchObject({ ...received, ...answered })
        expect(pipes[1].stats()).toMatchObject({ ...received, ...answered })
      })
    }

    it.runIf(carries(transport, 'pub/sub'))(
      'STAT-09 drops are counted by reason for socket, endpoint and pipe, and the sums agree',
      async () => {
        const sub = new Sub()
        for (const topic of ['good', 'bad']) sub.subscribe(topic)
        const pubs = [new Pub(), new Pub(), new Pub()]
        const listeners = await Promise.all([0, 1].map(() => sub.bind(transport.url(), transport.bind)))
        track(sub, ...pubs)
        // Two peers on one listener, one on the other.
        for (const [i, pub] of pubs.entries()) {
          pub.connect(listeners[i === 2 ? 1 : 0]?.url as string, transport.connect)
          await pub.waitForPeers(1)
        }
        await sub.waitForPeers(3)
        for (const [i, pub] of pubs.entries()) {
          for (let n = 0; n <= i; n++) await pub.send('bad')
          await pub.send('good')
        }
        await eventually(() => sub.stats().pipes.reduce((sum, { recvQueue }) => sum + recvQueue, 0) === 9)
        sub.unsubscribe('bad')
        for (let i = 0; i < 3; i++) await sub.recv({ timeout: 5000 })
        const { drops, endpoints, pipes } = sub.stats()
        expect(drops).toEqual({ unsubscribed: 6 })
        expect(endpoints.map((endpoint) => endpoint.drops)).toEqual([{ unsubscribed: 3 }, { unsubscribed: 3 }])
        expect(pipes.map((pipe) => pipe.drops.unsubscribed ?? 0).sort()).toEqual([1, 2, 3])
      }
    )

    it('STAT-09 what a pipe dropped stays counted at its endpoint and socket when the pipe is gone', async () => {
      const [pull, push] = [new Pull(), new Push()]
      const { listener } = await marry(pull, push, transport.url(), {
        ...options,
        bind: { ...options.bind, recvMaxSize: 10 }
      })
      const gone = nextEvent(pull, 'detach')
      await push.send(Buffer.alloc(11))
      await gone
      expect(pull.stats()).toMatchObject({ drops: { 'too-big': 1 }, messagesReceived: 0 })
      expect(listener.stats().drops).toEqual({ 'too-big': 1 })
    })

    it('STAT-12 a message dropped for one subscriber counts as sent, and as dropped there', async () => {
      const pub = new Pub({ sendBuffer: 1 })
      const [slow, fast] = [new Sub({ recvBuffer: 1 }), new Sub()]
      for (const sub of [slow, fast]) sub.subscribe('')
      const first = await marry(pub, slow, transport.url(), options)
      const second = await marry(pub, fast, transport.url(), options)
      const body = Buffer.alloc(100_000)
      let sent = 0
      while (first.pipes[0].stats().drops['queue-full'] === undefined && sent < 1000) {
        await pub.send(body)
        sent++
        while (fast.tryRecv() !== undefined);
      }
      const dropped = first.pipes[0].stats().drops['queue-full'] ?? 0
      expect(dropped).toBeGreaterThan(0)
      expect(pub.stats()).toMatchObject({ messagesSent: sent, bytesSent: sent * body.length })
      expect(pub.stats().drops['queue-full']).toBe(dropped + (second.pipes[0].stats().drops['queue-full'] ?? 0))
      expect(first.listener.stats().drops['queue-full']).toBe(dropped)
    })

    it('STAT-03 a bind that fails is counted', async () => {
      const [first, second] = track(new Pull(), new Pull())
      const { url } = await first.bind(transport.url(), transport.bind)
      for (let i = 1; i <= 3; i++) {
        await second.bind(url, transport.bind).catch(() => {})
        expect(second.stats()).toMatchObject({ bindErrors: i, endpoints: [] })
      }
      expect(first.stats().bindErrors).toBe(0)
    })

    it('a late answer is counted where it arrives', async () => {
      const [req, rep] = [new Req(), new Rep()]
      await marry(rep, req, transport.url(), options)
      await expect(req.request('x', { timeout: 20 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
      await rep.recv()
      await rep.send('too late')
      await eventually(() => req.stats().drops['late-reply'] === 1)
      expect(req.stats().pipes[0]?.drops).toEqual({ 'late-reply': 1 })
    })
  })
}
