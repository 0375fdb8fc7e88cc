/** How endpoints bind, connect, reconnect and close, the same over every transport. */
import { Bus, Pair, Pull, Push, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import {
  carries,
  eventually,
  isPending,
  marry,
  nextEvent,
  recordEvents,
  type TransportCase,
  track
} from '../helpers/sockets.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 20 }
const never = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }

/** A URL that can be bound later, as it was given or as a listener that is gone had it. */
async function freeUrl(transport: TransportCase): Promise<string> {
  const probe = new Pull()
  const { url } = await probe.bind(transport.url(), transport.bind)
  await probe.close()
  return url
}

export function endpointsSuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`endpoints over ${transport.name}`, () => {
    it('EP-01 bind resolves only when it listens: a peer attaches at once, without a retry', async () => {
      const [pull, push] = track(new Pull(), new Push())
      const retries = recordEvents(push, 'retry')
      const listener = await pull.bind(transport.url(), transport.bind)
      expect(listener.state).toBe('listening')
      await push.connect(listener.url, transport.connect).whenConnected({ timeout: 5000 })
      expect(retries).toEqual([])
    })

    it('EP-02 listener.url works as a connect URL as it is', async () => {
      const [push, pull] = [new Push(), new Pull()]
      const { listener } = await marry(pull, push, transport.url(), options)
      expect(listener.url).not.toMatch(/:0$/)
      await push.send('arrived')
      expect(String(await pull.recv({ timeout: 5000 }))).toBe('arrived')
    })

    it('EP-01 EP-14 a second bind is EADDRINUSE, from the same or another socket, and leaves no endpoint behind', async () => {
      const [first, other] = track(new Pull(), new Pull())
      const { url } = await first.bind(transport.url(), transport.bind)
      for (const socket of [first, other]) {
        const refused = socket.bind(url, transport.bind)
        await expect(refused).rejects.toMatchObject({ name: 'SpError', code: 'EADDRINUSE', endpoint: url })
        expect(socket.stats()).toMatchObject({ bindErrors: 1 })
      }
      expect(first.stats().endpoints).toHaveLength(1)
      expect(other.stats().endpoints).toEqual([])
      const push = track(new Push())
      push.connect(url, transport.connect)
      await push.send('the first works on')
      expect(String(await first.recv({ timeout: 5000 }))).toBe('the first works on')
      await Promise.all([first.close(), other.close()])
    })

    it('EP-05 connect before bind attaches once the binder is there', async () => {
      const url = await freeUrl(transport)
      const [push, pull] = track(new Push(quick), new Pull())
      const dialer = push.connect(url, transport.connect)
      const sent = push.send('sent before anybody was there')
      expect(await isPending(sent)).toBe(true)
      await pull.bind(url, transport.bind)
      const pipe = await dialer.whenConnected({ timeout: 5000 })
      expect(pipe.endpoint).toBe(dialer)
      await sent
      expect(String(await pull.recv({ timeout: 5000 }))).toBe('sent before anybody was there')
    })

    it('EP-06 whenConnected resolves with the pipe after the handshake, and at once when connected', async () => {
      const [push, pull] = track(new Push(), new Pull())
      const { url } = await pull.bind(transport.url(), transport.bind)
      const attaches = recordEvents(push, 'attach')
      const dialer = push.connect(url, transport.connect)
      const [one, two] = await Promise.all([dialer.whenConnected(), dialer.whenConnected({ timeout: 5000 })])
      expect(one).toBe(two)
      expect(attaches).toEqual([{ pipe: one }])
      expect(dialer.pipe).toBe(one)
      expect(dialer.state).toBe('connected')
      expect(await dialer.whenConnected({ timeout: 0 })).toBe(one)
    })

    it('EP-06 whenConnected does not resolve on a peer of the wrong protocol', async () => {
      const [pull, sub] = track(new Pull(), new Sub({ ...quick }))
      const { url } = await pull.bind(transport.url(), transport.bind)
      const rejects = recordEvents(sub, 'reject')
      const dialer = sub.connect(url, transport.connect)
      const waiting = dialer.whenConnected()
      waiting.catch(() => {})
      await eventually(() => rejects.length >= 3)
      expect(await isPending(waiting)).toBe(true)
      await expect(dialer.whenConnected({ timeout: 5 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
      expect(rejects[0]?.reason).toBe('protocol-mismatch')
    })

    it('EP-06 whenConnected rejects on timeout, abort and close', async () => {
      const pull = track(new Pull(quick))
      const dialer = pull.connect(await freeUrl(transport), transport.connect)
      await expect(dialer.whenConnected({ timeout: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
      await expect(dialer.whenConnected({ timeout: 15 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
      const reason = new Error('enough')
      const controller = new AbortController()
      const aborted = dialer.whenConnected({ signal: controller.signal })
      controller.abort(reason)
      await expect(aborted).rejects.toBe(reason)
      const closedDialer = dialer.whenConnected()
      await dialer.close()
      await expect(closedDialer).rejects.toMatchObject({ code: 'EBADF', endpoint: dialer.url })
      const other = pull.connect(await freeUrl(transport), transport.connect)
      const closedSocket = other.whenConnected()
      await pull.close()
      await expect(closedSocket).rejects.toMatchObject({ code: 'EBADF' })
    })

    it('EP-11 the loss of a pipe leads to reconnection', async () => {
      const [pull, push] = [new Pull(), new Push(quick)]
      const { dialer, pipes } = await marry(pull, push, transport.url(), options)
      for (let i = 0; i < 5; i++) {
        const [lost, back] = [nextEvent(push, 'detach'), nextEvent(push, 'attach')]
        await pull.peers[0]?.close(0)
        expect((await lost).reason).toBe('closed-by-peer')
        const { pipe } = await back
        expect(pipe.id).not.toBe(pipes[1].id)
        expect(dialer.pipe).toBe(pipe)
        await pull.waitForPeers(1)
        await push.send(String(i))
        expect(String(await pull.recv({ timeout: 5000 }))).toBe(String(i))
      }
    })

    it('EP-11 EP-13 a listener that closes and comes back at the same address gets its dialers back', async () => {
      const [pull, push] = [new Pull(), new Push(quick)]
      const { listener } = await marry(pull, push, transport.url(), options)
      let bound = listener
      for (let round = 0; round < 3; round++) {
        const gone = nextEvent(push, 'detach')
        await bound.close()
        await gone
        expect(pull.peers).toEqual([])
        const back = nextEvent(push, 'attach')
        bound = await pull.bind(listener.url, transport.bind)
        await back
        await push.send(`round ${round}`)
        expect(String(await pull.recv({ timeout: 5000 }))).toBe(`round ${round}`)
      }
    })

    it('EP-11 a socket that closes and another one at the same address get the dialers back', async () => {
      const [pull, push] = [new Pull(), new Push(quick)]
      const { listener } = await marry(pull, push, transport.url(), options)
      const back = nextEvent(push, 'attach')
      await pull.close()
      const next = track(new Pull())
      await next.bind(listener.url, transport.bind)
      await back
      await push.send('to the new one')
      expect(String(await next.recv({ timeout: 5000 }))).toBe('to the new one')
    })

    it('EP-12 closing a dialer stops retries and closes its pipe; the socket and its other endpoints go on', async () => {
      const [pull, push] = [new Pull(), new Push(quick)]
      const { dialer } = await marry(pull, push, transport.url(), options)
      const second = new Pull()
      track(second)
      const { url } = await second.bind(transport.url(), transport.bind)
      await push.connect(url, transport.connect).whenConnected()
      const retries = recordEvents(push, 'retry')
      const [here, there] = [nextEvent(push, 'detach'), nextEvent(pull, 'detach')]
      await dialer.close()
      expect((await here).reason).toBe('closed-locally')
      expect((await there).reason).toBe('closed-by-peer')
      expect(dialer.state).toBe('closed')
      expect(dialer.pipe).toBeUndefined()
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(retries).toEqual([])
      expect(push.peers).toHaveLength(1)
      expect(push.stats().endpoints).toHaveLength(1)
      await push.send('to the other one')
      expect(String(await second.recv({ timeout: 5000 }))).toBe('to the other one')
    })

    it('EP-12 closing a dialer aborts a connect that is in progress, at any moment', async () => {
      const pull = track(new Pull())
      const { url } = await pull.bind(transport.url(), transport.bind)
      const push = track(new Push(quick))
      const attached = recordEvents(push, 'attach')
      // The moments lie between the call and the accepted handshake: synchronously, after microtasks, after turns.
      for (let moment = 0; moment < 12; moment++) {
        const dialer = push.connect(url, transport.connect)
        if (moment > 0 && moment < 4) for (let i = 0; i < moment; i++) await Promise.resolve()
        for (let i = 4; i < moment; i++) await new Promise((resolve) => setImmediate(resolve))
        await dialer.close()
        expect(dialer.state).toBe('closed')
      }
      await eventually(() => pull.peers.length === 0 && push.peers.length === 0)
      expect(push.stats()).toMatchObject({ endpoints: [], inProgressConnections: 0 })
      const { length } = attached
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(attached).toHaveLength(length)
    })

    it('EP-13 closing a listener closes its pipes and no others; the address can be bound again right away', async () => {
      const pull = track(new Pull())
      const kept = await pull.bind(transport.url(), transport.bind)
      const closing = await pull.bind(transport.url(), transport.bind)
      const [one, two, three] = track(new Push(never), new Push(never), new Push(never))
      await one.connect(kept.url, transport.connect).whenConnected()
      await Promise.all([two, three].map((push) => push.connect(closing.url, transport.connect).whenConnected()))
      await pull.waitForPeers(3)
      const gone = [nextEvent(two, 'detach'), nextEvent(three, 'detach')]
      await closing.close()
      await Promise.all(gone)
      expect(closing.state).toBe('closed')
      expect(pull.peers).toHaveLength(1)
      expect(pull.peers[0]?.endpoint).toBe(kept)
      const again = await pull.bind(closing.url, transport.bind)
      expect(again.url).toBe(closing.url)
    })

    it.runIf(carries(transport, 'bus'))('EP-16 a dialer has at most one pipe', async () => {
      const [bus, other] = [new Bus(quick), new Bus(quick)]
      const { dialer, listener } = await marry(bus, other, transport.url(), options)
      let most = 0
      const count = (): void => {
        most = Math.max(most, dialer.pipes.size)
      }
      other.on('attach', count)
      for (let i = 0; i < 5; i++) {
        const back = nextEvent(other, 'attach')
        await bus.peers[0]?.close(0)
        await back
        await bus.waitForPeers(1)
      }
      expect(most).toBe(1)
      expect(listener.pipes.size).toBe(1)
    })

    it('EP-20 a pipe tells id, address, peer protocol, own address and endpoint', async () => {
      const [rep, others] = [track(new Pull()), track(new Push(), new Push(), new Push())]
      const listener = await rep.bind(transport.url(), transport.bind)
      const pipes = await Promise.all(
        others.map((push) => push.connect(listener.url, transport.connect).whenConnected())
      )
      await rep.waitForPeers(3)
      const all = [...rep.peers, ...pipes]
      expect(new Set(all.map(({ id }) => id)).size).toBe(6)
      for (const pipe of rep.peers) {
        expect(pipe.endpoint).toBe(listener)
        expect(pipe.peerProtocol).toBe(0x50)
        expect(pipe.info.peerProtocol).toBe(0x50)
        expect(pipe.address).toBe(pipe.info.remote)
        expect(pipe.address).toContain('://')
        expect(pipe.state).toBe('attached')
        expect(Number.isInteger(pipe.id) && pipe.id > 0 && pipe.id < 2 ** 31).toBe(true)
      }
      for (const [i, pipe] of pipes.entries()) {
        expect(pipe.endpoint.kind).toBe('dialer')
        expect(pipe.peerProtocol).toBe(0x51)
        expect(pipe.address).toBe(listener.url)
        expect(others[i]?.peers).toEqual([pipe])
      }
    })

    it('EP-21 one side’s local address is the other’s remote address', async () => {
      const { pipes } = await marry(new Pull(), new Push(), transport.url(), options)
      const [accepted, dialed] = pipes
      expect(dialed.info.remote).toBe(accepted.info.local)
      expect(accepted.info.remote).toBe(dialed.info.local)
    })

    it('EP-22 peers is a snapshot that later events do not change', async () => {
      const pull = track(new Pull())
      const { url } = await pull.bind(transport.url(), transport.bind)
      const none = pull.peers
      const push = track(new Push())
      push.connect(url, transport.connect)
      await pull.waitForPeers(1)
      const one = pull.peers
      const gone = nextEvent(pull, 'detach')
      await push.close()
      await gone
      expect(none).toHaveLength(0)
      expect(one).toHaveLength(1)
      expect(pull.peers).toHaveLength(0)
    })

    it('EP-17 a pair that is refused while busy gets its turn when the place is free', async () => {
      const [first, second] = [new Pair(), new Pair()]
      const { listener } = await marry(first, second, transport.url(), options)
      const third = track(new Pair(quick))
      const refused = nextEvent(third, 'reject')
      const dialer = third.connect(listener.url, transport.connect)
      expect((await refused).reason).toBe('busy')
      const attaches = recordEvents(third, 'attach')
      expect(attaches).toEqual([])
      await second.close()
      await dialer.whenConnected({ timeout: 5000 })
      await first.waitForPeers(1)
      await third.send('my turn')
      expect(String(await first.recv({ timeout: 5000 }))).toBe('my turn')
    })

    // A TLS handshake costs as much as a hundred others.
    const crowd = transport.bind === undefined ? 100 : 20
    it(`EP-24 a storm of 10 × ${crowd} connects and closes leaks no pipe, timer or listener`, {
      timeout: 60_000
    }, async () => {
      const pull = track(new Pull({ handshakeTimeout: 30_000 }))
      const { url } = await pull.bind(transport.url(), transport.bind)
      const counts = { attach: 0, detach: 0 }
      pull.on('attach', () => counts.attach++)
      pull.on('detach', () => counts.detach++)
      const resources = (): number => process.getActiveResourcesInfo().length
      const before = resources()
      for (let round = 0; round < 10; round++) {
        const pushes = Array.from({ length: crowd }, () => new Push({ ...quick, handshakeTimeout: 30_000 }))
        for (const push of pushes) push.connect(url, transport.connect)
        // Half are closed while they connect, the others once they are connected.
        await Promise.all(
          pushes.map(async (push, i) => {
            if (i % 2 === 0) await push.waitForPeers(1, { timeout: 30_000 })
            await push.close({ linger: i % 3 === 0 ? 0 : 100 })
            expect(push.peers).toEqual([])
            expect(push.stats().endpoints).toEqual([])
          })
        )
      }
      await eventually(() => pull.peers.length === 0)
      expect(counts.attach).toBeGreaterThanOrEqual(5 * crowd)
      expect(counts.detach).toBe(counts.attach)
      expect(pull.stats().currentConnections).toBe(0)
      await eventually(() => resources() <= before)
    })

    it.runIf(carries(transport, 'bus'))('a socket may be connected to itself', async () => {
      const bus = track(new Bus(quick))
      const { url } = await bus.bind(transport.url(), transport.bind)
      bus.connect(url, transport.connect)
      await bus.waitForPeers(2)
      await bus.send('hello me')
      expect(String(await bus.recv({ timeout: 5000 }))).toBe('hello me')
      await bus.close()
    })

    it('an endpoint that is refused for its address leaves the socket as it was', async () => {
      const req = track(new Req())
      await expect(req.bind(`${transport.name}://`, transport.bind)).rejects.toMatchObject({ code: 'EINVAL' })
      expect(() => req.connect(`${transport.name}://`, transport.connect)).toThrow(
        expect.objectContaining({ code: 'EINVAL' })
      )
      expect(req.stats().endpoints).toEqual([])
    })
  })
}
