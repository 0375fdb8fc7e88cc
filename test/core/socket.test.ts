import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, SpError, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, listenBytes } from '../helpers/bytes.ts'
import { inprocUrl, isPending, marry, recordEvents, tempPath, track, transportCases } from '../helpers/sockets.ts'

const tcp = 'tcp://127.0.0.1:0'

describe('identity', () => {
  const cases: [string, number, number, () => Socket, () => Socket][] = [
    ['pair', 0x10, 0x10, () => new Pair(), () => new raw.Pair()],
    ['pub', 0x20, 0x21, () => new Pub(), () => new raw.Pub()],
    ['sub', 0x21, 0x20, () => new Sub(), () => new raw.Sub()],
    ['req', 0x30, 0x31, () => new Req(), () => new raw.Req()],
    ['rep', 0x31, 0x30, () => new Rep(), () => new raw.Rep()],
    ['push', 0x50, 0x51, () => new Push(), () => new raw.Push()],
    ['pull', 0x51, 0x50, () => new Pull(), () => new raw.Pull()],
    ['surveyor', 0x62, 0x63, () => new Surveyor(), () => new raw.Surveyor()],
    ['respondent', 0x63, 0x62, () => new Respondent(), () => new raw.Respondent()],
    ['bus', 0x70, 0x70, () => new Bus(), () => new raw.Bus()]
  ]

  for (const [name, id, peerId, ...makers] of cases) {
    it(`COM-01 COM-02 ${name}, cooked and raw, names its pattern and sends 0x${id.toString(16)} on the wire`, async () => {
      for (const make of makers) {
        const socket = track(make())
        expect(socket.protocol).toBe(name)
        expect(socket.stats().protocol).toBe(name)
        const { url } = await socket.bind(tcp)
        const peer = await connectBytes(url)
        expect([...(await peer.greet(peerId))]).toEqual([0, 0x53, 0x50, 0, 0, id, 0, 0])
        await socket.waitForPeers(1)
        expect(socket.peers[0]?.peerProtocol).toBe(peerId)
      }
    })
  }
})

describe('many endpoints', () => {
  it('COM-07 one socket holds several binds and connects over different transports at once', async () => {
    const pull = track(new Pull())
    const urls = [inprocUrl(), tcp, `ipc://${tempPath()}`, tcp, inprocUrl()]
    const listeners = await Promise.all(urls.map((url) => pull.bind(url)))
    const dialing = await Promise.all(
      listeners.map(async ({ url }, i) => {
        const push = track(new Push())
        await push.connect(url).whenConnected()
        return { push, text: `to bind ${i}` }
      })
    )
    const binding = await Promise.all(
      urls.map(async (url, i) => {
        const push = track(new Push())
        pull.connect((await push.bind(url === tcp ? tcp : `${url}-b`)).url)
        await push.waitForPeers(1)
        return { push, text: `from connect ${i}` }
      })
    )
    await pull.waitForPeers(10)
    for (const { push, text } of [...dialing, ...binding]) await push.send(text)
    const received: string[] = []
    while (received.length < 10) received.push(String(await pull.recv({ timeout: 5000 })))
    expect(received.sort()).toEqual([...dialing, ...binding].map(({ text }) => text).sort())
    expect(pull.stats()).toMatchObject({ currentConnections: 10, acceptedConnections: 5, establishedConnections: 5 })
    expect(pull.stats().endpoints).toHaveLength(10)
  })
})

describe('a closed socket', () => {
  it('COM-34 rejects or throws EBADF from every operation', async () => {
    const closed = async <T extends Socket>(socket: T): Promise<T> => {
      await socket.close()
      return socket
    }
    const pair = await closed(new Pair())
    const req = await closed(new Req())
    const rep = await closed(new Rep())
    const sub = await closed(new Sub())
    const surveyor = await closed(new Surveyor())
    const respondent = await closed(new Respondent())
    const rawReq = await closed(new raw.Req())
    const open = track(new Push())
    const dialer = open.connect(inprocUrl())
    await dialer.close()
    const promises: Record<string, () => Promise<unknown>> = {
      bind: () => pair.bind(inprocUrl()),
      waitForPeers: () => pair.waitForPeers(1),
      'waitForPeers(0)': () => pair.waitForPeers(0),
      send: () => pair.send('x'),
      recv: () => pair.recv(),
      recvMessage: () => pair.recvMessage(),
      'recv with timeout 0': () => pair.recv({ timeout: 0 }),
      'req.send': () => req.send('x'),
      'req.recv': () => req.recv(),
      'req.request': () => req.request('x'),
      'rep.recv': () => rep.recv(),
      'rep.send': () => rep.send('x'),
      'rep.serve': () => rep.serve(() => 'x'),
      'sub.recv': () => sub.recv(),
      'surveyor.send': () => surveyor.send('x'),
      'surveyor.recv': () => surveyor.recv(),
      'respondent.recv': () => respondent.recv(),
      'respondent.send': () => respondent.send('x'),
      'raw.recv': () => rawReq.recv(),
      'raw.send': () => rawReq.send({ body: 'x' }),
      'dialer.whenConnected': () => dialer.whenConnected()
    }
    for (const [name, call] of Object.entries(promises)) {
      await expect(call(), name).rejects.toMatchObject({ name: 'SpError', code: 'EBADF' })
    }
    const throwing: Record<string, () => unknown> = {
      connect: () => pair.connect(inprocUrl()),
      trySend: () => pair.trySend('x'),
      tryRecv: () => pair.tryRecv(),
      subscribe: () => sub.subscribe('x'),
      unsubscribe: () => sub.unsubscribe('x'),
      survey: () => surveyor.survey('x'),
      'raw.trySend': () => rawReq.trySend({ body: 'x' }),
      'raw.tryRecv': () => rawReq.tryRecv(),
      reserve: () => rawReq.reserve()
    }
    for (const [name, call] of Object.entries(throwing)) {
      expect(call, name).toThrow(expect.objectContaining({ code: 'EBADF' }))
    }
  })

  it('COM-34 still tells its name, options, state and statistics', async () => {
    const [push, pull] = [new Push({ name: 'worker' }), new Pull()]
    await marry(push, pull)
    await push.send('x')
    await push.close()
    expect(push).toMatchObject({ name: 'worker', state: 'closed', protocol: 'push' })
    expect(push.options.linger).toBe(1000)
    expect(push.stats()).toMatchObject({
      state: 'closed',
      messagesSent: 1,
      currentConnections: 0,
      endpoints: [],
      pipes: []
    })
  })

  it('is closing until what was accepted is delivered', async () => {
    const push = new Push()
    const pull = new Pull({ recvBuffer: 1 })
    await marry(push, pull)
    while (push.trySend('x'));
    const closed = push.close()
    expect(push.state).toBe('closing')
    expect(() => push.trySend('y')).toThrow(expect.objectContaining({ code: 'EBADF' }))
    while (pull.tryRecv() !== undefined);
    await closed
    expect(push.state).toBe('closed')
  })
})

describe('linger', () => {
  it('COM-38 the default of 1000 ms bounds closing with a peer that never reads', async () => {
    const push = track(new Push())
    const listening = await listenBytes()
    const dialer = push.connect(listening.url)
    const peer = await listening.accept()
    await peer.greet(0x51)
    await dialer.whenConnected()
    peer.stream.pause()
    // Until neither the operating system nor the send buffer takes more.
    for (let taken = true; taken; ) {
      taken = await push.send(Buffer.alloc(900_000), { timeout: 50 }).then(
        () => true,
        () => false
      )
    }
    const began = performance.now()
    await push.close()
    const took = performance.now() - began
    expect(took).toBeGreaterThan(990)
    expect(took).toBeLessThan(3000)
    expect(push.stats().drops.closed).toBeGreaterThan(0)
  })

  it('COM-38 a peer that goes on sending does not keep a closing socket', async () => {
    const pull = track(new Pull())
    const listening = await listenBytes()
    const dialer = pull.connect(listening.url)
    const peer = await listening.accept()
    await peer.greet(0x50)
    await dialer.whenConnected()
    const sending = setInterval(() => peer.send('00 00 00 00 00 00 00 01 41'), 1)
    await pull.close({ linger: 100 })
    clearInterval(sending)
    expect(pull.state).toBe('closed')
  })

  it('COM-39 OPT-11 a linger that is negative, NaN or no number is EINVAL, and the socket stays open', async () => {
    const pair = track(new Pair())
    for (const linger of [-1, Number.NaN, '5', null] as number[]) {
      expect(() => pair.close({ linger })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
    expect(() => pair.close(null as never)).toThrow(/options is null/)
    expect(pair.state).toBe('open')
  })
})

describe('waitForPeers', () => {
  it('COM-45 resolves at once when satisfied, else at the nth attach', async () => {
    const pull = track(new Pull())
    await pull.waitForPeers(0)
    const { url } = await pull.bind(tcp)
    const attaches = recordEvents(pull, 'attach')
    const two = pull.waitForPeers(2).then(() => attaches.length)
    const three = pull.waitForPeers(3).then(() => attaches.length)
    for (let i = 1; i <= 3; i++) {
      await track(new Push()).connect(url).whenConnected()
      await pull.waitForPeers(i)
      if (i === 1) expect(await isPending(two)).toBe(true)
      if (i === 2) expect(await isPending(three)).toBe(true)
    }
    expect(await two).toBe(2)
    expect(await three).toBe(3)
    await pull.waitForPeers(3, { timeout: 0 })
  })

  it('COM-45 rejects on timeout, abort and close, and with EINVAL for what is no count', async () => {
    const pull = track(new Pull())
    await expect(pull.waitForPeers(1, { timeout: 10 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = pull.waitForPeers(1, { signal: controller.signal })
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    for (const count of [-1, 0.5, Number.NaN, '1' as unknown as number, undefined as unknown as number]) {
      await expect(pull.waitForPeers(count)).rejects.toMatchObject({ code: 'EINVAL' })
    }
    const waiting = pull.waitForPeers(1)
    await pull.close()
    await expect(waiting).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('COM-45 counts peers that are there, not attaches that were', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(inprocUrl())
    const first = track(new Push())
    first.connect(url)
    await pull.waitForPeers(1)
    const two = pull.waitForPeers(2)
    await first.close()
    track(new Push()).connect(url)
    await pull.waitForPeers(1)
    expect(await isPending(two)).toBe(true)
    track(new Push()).connect(url)
    await two
  })
})

describe('names', () => {
  it('OPT-15 a name can be set and appears in error messages, events and statistics', async () => {
    const pair = track(new Pair({ name: 'control-channel' }))
    expect(pair.name).toBe('control-channel')
    expect(pair.stats().name).toBe('control-channel')
    const { url } = await pair.bind(tcp)
    await track(new Pair()).connect(url).whenConnected()
    await pair.close()
    await expect(pair.send('x')).rejects.toThrow(/control-channel/)
    const rep = track(new Rep({ name: 'oracle' }))
    expect(() => rep.trySend('x')).toThrow(/oracle/)
    for (const name of ['', 'x'.repeat(64), 5 as unknown as string]) {
      expect(() => new Pair({ name })).toThrow(SpError)
    }
  })

  it('OPT-15 without one every socket has its own, made of the pattern and a number', () => {
    const names = [track(new Pair()), track(new Pair()), track(new Req())].map(({ name }) => name)
    expect(names[0]).toMatch(/^pair-\d+$/)
    expect(names[2]).toMatch(/^req-\d+$/)
    expect(new Set(names).size).toBe(3)
  })
})

describe('memory', () => {
  for (const transport of transportCases.filter(({ name }) => name !== 'inproc')) {
    it(`COM-27 small messages that are kept do not pin the large chunk they arrived in over ${transport.name}`, async () => {
      const [push, pull] = [new Push(), new Pull()]
      await marry(push, pull, transport.url(), { bind: transport.bind ?? {}, connect: transport.connect ?? {} })
      const kept: Buffer[] = []
      // Sent in one tick, so that they arrive in chunks as large as reads get; one in a hundred is kept.
      for (let i = 0; i < 10_000; i++) push.trySend(`message ${i}`.padEnd(64))
      for (let i = 0; i < 10_000; i++) {
        const body = await pull.recv({ timeout: 5000 })
        if (i % 100 === 0) kept.push(body)
      }
      expect(kept.map((body) => String(body).trim())).toEqual(kept.map((_, i) => `message ${i * 100}`))
      const held = new Set(kept.map((body) => body.buffer))
      for (const memory of held) expect(memory.byteLength).toBeLessThanOrEqual(16_384)
    })
  }
})
