/** The link of `hubless/testing`: what it does to connections of every transport over TCP. */
import 'hubless/zmtp'
import { Pair, Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import { join, Link } from 'hubless/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { code, texts } from '../helpers/messages.ts'
import { eventually, isPending, nextEvent, track, transportCases } from '../helpers/sockets.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** The same numbers every time. */
function seeded(): () => number {
  let state = 1
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

describe('a link', () => {
  it.each(transportCases.filter(({ name }) => /tcp|ws/.test(name)))('carries $name', async (transport) => {
    const [rep, req] = track(new Rep(), new Req())
    rep.serve(({ body }) => `re: ${body}`)
    await using link = await Link.to(await rep.bind(transport.url(), transport.bind), { split: 3 })
    req.connect(link.url, transport.connect)
    expect(String(await req.request('hello'))).toBe('re: hello')
    expect(link.connections).toBe(1)
  })

  it('carries zmtp+tcp', async () => {
    const [rep, req] = track(new Rep(), new Req())
    rep.serve(({ body }) => body)
    await using link = await Link.to(await rep.bind('zmtp+tcp://127.0.0.1:0'), { split: 1 })
    req.connect(link.url)
    expect(String(await req.request('hello'))).toBe('hello')
  })

  it('hands over messages of every size in pieces of one byte', async () => {
    const [pull, push] = track(new Pull(), new Push())
    await using _ends = await join(pull, push, { split: 1 })
    const sizes = [0, 1, 7, 8, 9, 300, 2000]
    for (const size of sizes) await push.send(Buffer.alloc(size))
    for (const size of sizes) expect((await pull.recv()).length).toBe(size)
  })

  it('keeps order and loses nothing with jitter', async () => {
    const [pull, push] = track(new Pull(), new Push())
    await using _ends = await join(pull, push, { jitter: 5, split: 7 })
    const sent = Array.from({ length: 50 }, (_, i) => `message ${i}`)
    for (const text of sent) await push.send(text)
    expect(await texts(pull, sent.length)).toEqual(sent)
  })

  it('delays by latency, which fake timers move', async () => {
    const [pull, push] = track(new Pull(), new Push())
    await using ends = await join(pull, push)
    ends.link.set({ latency: 60_000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const arrived = pull.recv()
    await push.send('late')
    await eventually(() => vi.getTimerCount() > 0)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(await isPending(arrived)).toBe(true)
    await vi.advanceTimersByTimeAsync(2)
    expect(String(await arrived)).toBe('late')
  })

  it('loses the share of messages that it is told to, and counts them', async () => {
    const [sub, pub] = track(new Sub(), new Pub())
    sub.subscribe('')
    await using ends = await join(sub, pub, { loss: 0.5, split: 5 }, { random: seeded() })
    const sent = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(i)}`)
    for (const text of sent) await pub.send(text)
    const arrived = (): number => sub.stats().pipes[0]?.messagesReceived ?? 0
    await eventually(() => arrived() + ends.link.lost === sent.length)
    expect(ends.link.lost).toBeGreaterThan(20)
    const received = await texts(sub, arrived())
    expect(sent.filter((text) => received.includes(text))).toEqual(received)
  })

  it('that is frozen lets nothing cross and tells nobody; healed, nothing is lost', async () => {
    const [one, two] = track(new Pair(), new Pair())
    await using ends = await join(one, two)
    ends.link.freeze()
    await two.send('from before')
    const arrived = one.recv()
    expect(await isPending(arrived, 20)).toBe(true)
    expect([one.peers.length, two.peers.length]).toEqual([1, 1])
    ends.link.heal()
    expect(String(await arrived)).toBe('from before')
  })

  it('that is frozen does not tell that a peer is gone until it is healed', async () => {
    const [one, two] = track(new Pair(), new Pair())
    await using ends = await join(one, two)
    ends.link.freeze()
    await two.close({ linger: 0 })
    expect(one.peers.length).toBe(1)
    const gone = nextEvent(one, 'detach')
    ends.link.heal()
    await gone
  })

  it('that is cut detaches both sides, who find each other again once it is healed', async () => {
    const [rep, req] = track(new Rep(), new Req({ reconnectInterval: 10 }))
    rep.serve(({ body }) => body)
    await using ends = await join(rep, req)
    const gone = [nextEvent(rep, 'detach'), nextEvent(req, 'detach')]
    ends.link.cut()
    await Promise.all(gone)
    expect(ends.link.connections).toBe(0)
    const reply = req.request('again')
    ends.link.heal()
    expect(String(await reply)).toBe('again')
  })

  it('holds a sender back when the receiver does not read', async () => {
    const [pull, push] = track(new Pull({ recvBuffer: 1 << 16 }), new Push({ sendBuffer: 1 << 16 }))
    await using _ends = await join(pull, push)
    const body = Buffer.alloc(1 << 16)
    let sent = 0
    const flood = (async () => {
      for (; sent < 1000; sent++) await push.send(body, { timeout: 500 })
    })()
    await expect(flood).rejects.toEqual(code('ETIMEDOUT'))
    expect(sent).toBeLessThan(500)
  })

  it('paces by bandwidth', async () => {
    const [pull, push] = track(new Pull(), new Push())
    await using _ends = await join(pull, push, { bandwidth: 1_000_000 })
    const began = performance.now()
    await push.send(Buffer.alloc(100_000))
    await pull.recv()
    expect(performance.now() - began).toBeGreaterThan(95)
  })

  it('refuses faults and targets that make no sense, and says what is allowed', async () => {
    await expect(Link.to('ipc:///tmp/x')).rejects.toThrow(
      /"ipc:\/\/\/tmp\/x" cannot be linked to; allowed is a URL with host/
    )
    await expect(Link.to('tcp://127.0.0.1:1', { latency: -1 })).rejects.toThrow(
      /latency is -1; allowed is a number of ms from 0 to/
    )
    await expect(Link.to('ws://127.0.0.1:1', { loss: 0.1 })).rejects.toThrow(/loss is 0.1 over ws:\/\/; allowed is 0/)
    await using link = await Link.to('tcp://127.0.0.1:1')
    expect(() => link.set({ loss: Number.NaN })).toThrow(code('EINVAL'))
    expect(() => link.set({ lag: 5 } as object)).toThrow(/a link has no option "lag"; it has latency, jitter/)
  })

  it('that cannot be joined leaves nothing behind', async () => {
    const [pull, push] = track(new Pull(), new Push())
    await expect(join(pull, push, { loss: 2 })).rejects.toEqual(code('EINVAL'))
    await expect(join(pull, push, { toString: 1 } as object)).rejects.toThrow(/a link has no option "toString"/)
    expect([pull.stats().endpoints, push.stats().endpoints]).toEqual([[], []])
    await using ends = await join(pull, push, { latency: undefined } as object)
    expect(ends.link.state).toBe('passing')
  })

  it('is waited for on both sides, also where one has peers already', async () => {
    const [pull, first, second] = track(new Pull(), new Push(), new Push())
    await using _one = await join(pull, first)
    await using _two = await join(pull, second)
    expect(pull.peers.length).toBe(2)
  })

  it('that is closed resets what crosses it and says so when it is used', async () => {
    const [one, two] = track(new Pair(), new Pair())
    const { link } = await join(one, two)
    const gone = nextEvent(one, 'detach')
    await link.close()
    await link.close()
    await gone
    expect(() => link.heal()).toThrow(code('EBADF'))
  })
})
