/** inproc names: bound once, connected to any number of times, in any order, whatever they are called. */
import { Bus, Pair, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { bound, waiting } from '../../../src/transports/inproc/names.ts'
import { code, numbered, texts, turns } from '../../helpers/messages.ts'
import { inprocUrl, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

describe('inproc names', () => {
  it('INP-01 EP-14 belong to one binder, of any socket, and the first works on', async () => {
    const url = inprocUrl()
    const [pull, other] = track(new Pull(), new Pair())
    await pull.bind(url)
    for (const socket of [pull, other]) {
      await expect(socket.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE', endpoint: url })
    }
    const push = track(new Push())
    push.connect(url)
    await push.send('through')
    expect(String(await pull.recv())).toBe('through')
  })

  it('INP-01 take any number of connectors', async () => {
    const url = inprocUrl()
    const pull = track(new Pull())
    await pull.bind(url)
    for (let i = 0; i < 200; i++) {
      const push = track(new Push())
      push.connect(url)
      await push.send(`${i}`)
    }
    expect((await texts(pull, 200)).sort()).toEqual(numbered('', 200).sort())
    expect(pull.peers).toHaveLength(200)
  })

  it('INP-02 are any string', async () => {
    for (const name of [' ', 'a b', '/a/b', 'a://b', '*:1', 'ünïcode 🌍', '\0', '__proto__', 'x'.repeat(10_000)]) {
      const [a, b] = track(new Pair(), new Pair())
      const { url } = await a.bind(`inproc://${name}`)
      expect(url).toBe(`inproc://${name}`)
      await b.connect(url).whenConnected({ timeout: 5000 })
      await Promise.all([a.close(), b.close()])
    }
  })

  it('INP-02 are not empty', async () => {
    const pair = track(new Pair())
    await expect(pair.bind('inproc://')).rejects.toThrow(code('EINVAL'))
    expect(() => pair.connect('inproc://')).toThrow(code('EINVAL'))
  })

  it('INP-02 are case-sensitive', async () => {
    const [lower, upper, connector] = track(new Pull(), new Pull(), new Push())
    await lower.bind('inproc://case')
    await upper.bind('inproc://CASE')
    connector.connect('inproc://CASE')
    await connector.send('upper')
    expect(String(await upper.recv())).toBe('upper')
    expect(lower.peers).toHaveLength(0)
  })

  it('INP-02 are one space for every copy of the sockets in this process', async () => {
    const raw = await import('hubless/raw')
    const url = inprocUrl()
    const [pull, push] = track(new Pull(), new raw.Push())
    await pull.bind(url)
    push.connect(url)
    await push.send({ body: 'through' })
    expect(String(await pull.recv())).toBe('through')
  })

  it('PAIR-02 that a PAIR waits for and that appear together have it once; the other is refused before it hears of it', async () => {
    const [a, b] = track(new Pair(), new Pair())
    const c = track(new Pair({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }))
    const urls = [inprocUrl(), inprocUrl()] as const
    const attached = [a, b].map((one) => recordEvents(one, 'attach'))
    const refused = nextEvent(c, 'reject')
    for (const url of urls) c.connect(url)
    await Promise.all([a.bind(urls[0]), b.bind(urls[1])])
    expect((await refused).reason).toBe('busy')
    await c.waitForPeers(1)
    await turns()
    expect(attached.flat()).toHaveLength(1)
  })

  it('EP-05 may be connected to before they are bound', async () => {
    const url = inprocUrl()
    const [push, pull] = track(new Push(), new Pull())
    const retried = recordEvents(push, 'retry')
    const dialer = push.connect(url)
    await turns()
    expect(dialer.state).toBe('connecting')
    await pull.bind(url)
    await dialer.whenConnected({ timeout: 5000 })
    expect(retried).toEqual([])
  })

  it('INP-03 come back under a new binder, and both waiting connectors with it, for ping-pongs and batches', async () => {
    const url = inprocUrl()
    const old = track(new Bus())
    const listener = await old.bind(url)
    const connectors = track(new Bus({ reconnectInterval: 5 }), new Bus({ reconnectInterval: 5 }))
    for (const connector of connectors) await connector.connect(listener.url).whenConnected({ timeout: 5000 })
    await old.close()
    const next = track(new Bus())
    await next.bind(url)
    await next.waitForPeers(2, { timeout: 5000 })
    for (const connector of connectors) await connector.waitForPeers(1, { timeout: 5000 })
    for (const [i, connector] of connectors.entries()) {
      for (let round = 0; round < 10; round++) {
        await connector.send(`ping ${i} ${round}`)
        expect(String(await next.recv())).toBe(`ping ${i} ${round}`)
        await next.send(`pong ${i} ${round}`)
        for (const receiver of connectors) expect(String(await receiver.recv())).toBe(`pong ${i} ${round}`)
      }
    }
    const batch = numbered('batch ', 100)
    for (const text of batch) await next.send(text)
    for (const receiver of connectors) expect(await texts(receiver, 100)).toEqual(batch)
    for (const text of batch) await connectors[0]?.send(text)
    expect(await texts(next, 100)).toEqual(batch)
  })

  it('INP-04 may be connected to by the socket that bound them', async () => {
    const bus = track(new Bus())
    const { url } = await bus.bind(inprocUrl())
    const two = bus.waitForPeers(2, { timeout: 5000 })
    bus.connect(url)
    await two
    await bus.send('to myself')
    // Over each of its two pipes the message comes to the other.
    expect(await texts(bus, 2)).toEqual(['to myself', 'to myself'])
  })

  it('INP-04 harm no socket that takes one peer and connects to itself', async () => {
    const pair = track(new Pair({ reconnectInterval: 5 }))
    const { url } = await pair.bind(inprocUrl())
    const refused = nextEvent(pair, 'reject')
    const dialer = pair.connect(url)
    expect((await refused).reason).toBe('busy')
    await dialer.close()
    await track(new Pair()).connect(url).whenConnected({ timeout: 5000 })
  })

  it('PAIR-02 (crash list 12) refuse a second PAIR connector as busy, and that it sends crashes nothing', async () => {
    const [binder, first, second] = track(new Pair(), new Pair(), new Pair({ reconnectInterval: 5 }))
    const { url } = await binder.bind(inprocUrl())
    await first.connect(url).whenConnected({ timeout: 5000 })
    const [refused, told] = [nextEvent(binder, 'reject'), nextEvent(second, 'reject')]
    second.connect(url)
    expect(second.trySend('too early')).toBe(false)
    const waiting = second.send('kept')
    expect([(await refused).reason, (await told).reason]).toEqual(['busy', 'busy'])
    await first.send('undisturbed')
    expect(String(await binder.recv())).toBe('undisturbed')
    await first.close()
    await waiting
    expect(String(await binder.recv())).toBe('kept')
  })

  it('are forgotten when their binder closes and when those who wait give up', async () => {
    const [boundBefore, waitingBefore] = [bound.size, waiting.size]
    const url = inprocUrl()
    const req = track(new Req())
    const dialers = [req.connect(url), req.connect(url)]
    const first = waiting.get(url.slice('inproc://'.length))?.head
    expect(first?.next).toBeDefined()
    expect(first?.next?.next).toBeUndefined()
    for (const dialer of dialers) await dialer.close()
    const rep = track(new Rep())
    await rep.bind(url)
    await rep.close()
    await turns()
    expect([bound.size, waiting.size]).toEqual([boundBefore, waitingBefore])
  })

  it('COM-36 let a connector notice a binder that closes inside its attach event', async () => {
    const pull = track(new Pull())
    pull.on('attach', () => void pull.close())
    const push = track(new Push({ reconnectInterval: 10_000 }))
    const { url } = await pull.bind(inprocUrl())
    const detached = nextEvent(push, 'detach')
    const dialer = push.connect(url)
    await detached
    expect(dialer.state).toBe('waiting')
    expect(push.peers).toHaveLength(0)
  })
})
