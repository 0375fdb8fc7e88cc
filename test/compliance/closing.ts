/** How sockets end: everything that waits is told, and it works from anywhere at any time. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, type Socket, type SocketEventName, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { carries, eventually, marry, nextEvent, recordEvents, type TransportCase, track } from '../helpers/sockets.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 20 }

export function closingSuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`closing over ${transport.name}`, () => {
    it('COM-33 rejects every waiting operation with EBADF, each exactly once', async () => {
      const narrow = { sendBuffer: 1, recvBuffer: 1 }
      const [push, pull] = [new Push(narrow), new Pull(narrow)]
      const { dialer } = await marry(pull, push, transport.url(), options)
      const big = Buffer.alloc(900_000)
      while (push.trySend(big));
      const [req, rep] = track(new Req(), new Rep())
      const surveyor = track(new Surveyor({ deadline: 10_000 }))
      await surveyor.send('anybody?')
      await req.send('anybody?')
      const unconnected = track(new Pull()).connect(transport.url().replace(/:0$/, ':1'), transport.connect)
      const waiting = {
        send: push.send('x'),
        'second send': push.send('y'),
        waitForPeers: push.waitForPeers(5),
        recv: rep.recv(),
        recvMessage: rep.recvMessage(),
        request: req.request('never answered'),
        'second request': req.request('never answered either'),
        'recv of a reply': req.recv(),
        'recv of an answer': surveyor.recv(),
        whenConnected: unconnected.whenConnected()
      }
      const counts = Object.entries(waiting).map(([name, promise]) => {
        const count = { name, resolved: 0, rejected: [] as unknown[] }
        promise.then(
          () => count.resolved++,
          (error: unknown) => count.rejected.push(error)
        )
        return count
      })
      await Promise.all([push, pull, req, rep, surveyor].map((socket) => socket.close({ linger: 0 })))
      await unconnected.close()
      await dialer.close()
      await new Promise((resolve) => setImmediate(resolve))
      for (const { name, resolved, rejected } of counts) {
        expect(resolved, name).toBe(0)
        expect(rejected, name).toEqual([expect.objectContaining({ name: 'SpError', code: 'EBADF' })])
      }
    })

    it('COM-33 holds for 100 sockets at a time', { timeout: 30_000 }, async () => {
      // Every handshake has the time that a hundred of them need on a busy machine.
      const pulls = Array.from({ length: 100 }, () => track(new Pull({ handshakeTimeout: 30_000 })))
      const push = track(new Push({ handshakeTimeout: 30_000 }))
      const { url } = await push.bind(transport.url(), transport.bind)
      for (const pull of pulls) pull.connect(url, transport.connect)
      await push.waitForPeers(100, { timeout: 25_000 })
      const waiting = pulls.map((pull) => pull.recv())
      const settled = Promise.allSettled(waiting)
      await Promise.all(pulls.map((pull) => pull.close()))
      for (const result of await settled)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EBADF' } })
    })

    it('COM-35 a second close of a socket or endpoint resolves without effect', async () => {
      const [a, b] = [new Pair(), new Pair()]
      const { listener, dialer } = await marry(a, b, transport.url(), options)
      const closes = recordEvents(a, 'close')
      const detaches = recordEvents(a, 'detach')
      await Promise.all([dialer.close(), dialer.close()])
      await dialer.close()
      await Promise.all([listener.close(), listener.close()])
      await listener.close()
      await Promise.all([a.close(), a.close({ linger: 0 })])
      await a.close()
      await listener.close()
      await b.close()
      await dialer.close()
      expect(closes).toHaveLength(1)
      expect(detaches).toHaveLength(1)
      expect([a.state, b.state, listener.state, dialer.state]).toEqual(['closed', 'closed', 'closed', 'closed'])
    })

    it('COM-35 a second close waits for what the first one still delivers', async () => {
      const push = new Push()
      const pull = new Pull({ recvBuffer: 1 })
      const { dialer } = await marry(pull, push, transport.url(), options)
      while (push.trySend(Buffer.alloc(500_000)));
      const order: string[] = []
      const first = dialer.close().then(() => order.push('first'))
      const second = dialer.close().then(() => order.push('second'))
      const socket = push.close({ linger: 5000 }).then(() => order.push('socket'))
      let received = 0
      for await (const _ of pull) if (++received === push.stats().messagesSent) break
      await Promise.all([first, second, socket])
      expect(order[0]).toBe('first')
      expect(push.stats().drops).toEqual({})
    })

    it('COM-36 works at once without endpoints, bound without peers, and while connecting', async () => {
      const [idle, bound, connecting] = track(new Pair(), new Pair(), new Pair(quick))
      await bound.bind(transport.url(), transport.bind)
      connecting.connect(transport.url().replace(/:0$/, ':1'), transport.connect)
      const binding = track(new Pair())
      const outcome = binding.bind(transport.url(), transport.bind).then(
        () => 'bound',
        (error: { code: string }) => error.code
      )
      const began = performance.now()
      await Promise.all([idle.close(), bound.close(), connecting.close(), binding.close()])
      expect(performance.now() - began).toBeLessThan(500)
      expect(await outcome).toBe('EBADF')
      for (const socket of [idle, bound, connecting, binding]) expect(socket.state).toBe('closed')
    })

    const events: SocketEventName[] = ['listen', 'attach', 'detach', 'drop', 'close']
    for (const name of events) {
      for (const side of ['binder', 'connector'] as const) {
        if (name === 'listen' && side === 'connector') continue
        it.runIf(carries(transport, 'bus'))(`COM-36 works from inside a ${name} listener of the ${side}`, async () => {
          const [binder, connector] = track(new Bus({ ...quick }), new Bus({ ...quick }))
          const [closing, other] = side === 'binder' ? [binder, connector] : [connector, binder]
          const closed = recordEvents(closing, 'close')
          closing.on(name, () => void closing.close())
          closing.on(name, () => void closing.close({ linger: 0 }))
          const { url } = await binder.bind(transport.url(), transport.bind)
          if (name !== 'listen') {
            connector.connect(url, transport.connect)
            if (name !== 'attach') await Promise.all([closing.waitForPeers(1), other.waitForPeers(1)])
          }
          if (name === 'detach') await closing.peers[0]?.close(0)
          if (name === 'close') await closing.close()
          if (name === 'drop') {
            // With the last peer gone, a send is dropped for want of one.
            const gone = nextEvent(closing, 'detach')
            await other.close()
            await gone
            closing.trySend('nobody')
          }
          await eventually(() => closing.state === 'closed')
          await closing.close()
          expect(closed).toHaveLength(1)
          expect(closing.peers).toEqual([])
          expect(closing.stats().endpoints).toEqual([])
          await eventually(() => other.peers.length === 0)
        })
      }
    }

    it('COM-36 works from inside a reject listener, on either side', async () => {
      for (const closeBinder of [true, false]) {
        const [pull, pub] = track(new Pull(quick), new Pub(quick))
        const closing: Socket = closeBinder ? pull : pub
        const closed = nextEvent(closing, 'close')
        closing.on('reject', () => void closing.close())
        const { url } = await pull.bind(transport.url(), transport.bind)
        pub.connect(url, transport.connect)
        await closed
        expect(closing.state).toBe('closed')
        expect(closing.stats().endpoints).toEqual([])
      }
    })

    it.runIf(carries(transport, 'bus'))(
      'COM-36 closing the connecting socket from inside the binder’s attach leaves no dialer behind',
      async () => {
        const [binder, connector] = track(new Bus(), new Bus(quick))
        const { url } = await binder.bind(transport.url(), transport.bind)
        const retries = recordEvents(connector, 'retry')
        binder.on('attach', () => void connector.close())
        connector.connect(url, transport.connect)
        await eventually(() => connector.state === 'closed')
        await connector.close()
        await eventually(() => binder.peers.length === 0)
        expect(connector.stats().endpoints).toEqual([])
        expect(retries).toEqual([])
      }
    )

    it('COM-41 await using closes as close() does', async () => {
      const pull = track(new Pull())
      const listener = await pull.bind(transport.url(), transport.bind)
      let outside: Push
      {
        await using push = new Push()
        outside = push
        push.connect(listener.url, transport.connect)
        await push.send('delivered before the end of the block')
        expect(push.state).toBe('open')
      }
      expect(outside.state).toBe('closed')
      expect(String(await pull.recv({ timeout: 5000 }))).toBe('delivered before the end of the block')
      await eventually(() => pull.peers.length === 0)
    })
  })
}
