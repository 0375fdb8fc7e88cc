/** Devices: which sockets they accept, what they forward, and how they end without losing a message. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { code, numbered, texts, turns } from '../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, track, transportCases } from '../helpers/sockets.ts'

const combinations = transportCases.flatMap((front) =>
  transportCases.map((back) => ({ name: `${front.name} and ${back.name}`, front, back }))
)

describe('the sockets of a device', () => {
  it('DEV-01 refuses cooked sockets in either place or both', async () => {
    const [one, two, rawPair] = [track(new Pair()), track(new Pair()), track(new raw.Pair())]
    // Also a type error, which JavaScript does not see.
    const [cooked, other] = [one as never, two as never]
    await expect(raw.device(cooked, rawPair)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(rawPair, cooked)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(cooked, other)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(cooked)).rejects.toEqual(code('EINVAL'))
  })

  it("DEV-02 refuses sockets that are not each other's peers", async () => {
    const [pull, pull2, pub, req, req2, rep] = [
      track(new raw.Pull()),
      track(new raw.Pull()),
      track(new raw.Pub()),
      track(new raw.Req()),
      track(new raw.Req()),
      track(new raw.Rep())
    ]
    await expect(raw.device(pull, pull2)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(pull, pub)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(req, req2)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(rep, rep)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(req)).rejects.toEqual(code('EINVAL'))
    await expect(raw.device(pull)).rejects.toEqual(code('EINVAL'))
  })

  it('DEV-03 refuses a closed socket', async () => {
    const [open, closed] = [track(new raw.Pair()), new raw.Pair()]
    await closed.close()
    await expect(raw.device(open, closed)).rejects.toEqual(code('EBADF'))
    await expect(raw.device(closed, open)).rejects.toEqual(code('EBADF'))
    await expect(raw.device(closed)).rejects.toEqual(code('EBADF'))
  })

  it('DEV-04 leaves both sockets usable when it refuses', async () => {
    const [front, back, peer] = [track(new raw.Pair()), track(new Pair()), new Pair()]
    await expect(raw.device(front, back as never)).rejects.toEqual(code('EINVAL'))
    const [closed] = [new raw.Pair()]
    await closed.close()
    await expect(raw.device(front, closed)).rejects.toEqual(code('EBADF'))
    await marry(front, peer)
    await front.send({ body: 'still here' })
    expect(await texts(peer, 1)).toEqual(['still here'])
  })

  it('DEV-17 refuses send and recv by the application while a device runs, and a second device', async () => {
    const [front, back] = [track(new raw.Pair()), track(new raw.Pair())]
    const stop = new AbortController()
    const running = raw.device(front, back, { signal: stop.signal })
    await expect(front.send({ body: 'x' })).rejects.toEqual(code('EBUSY'))
    await expect(back.recv()).rejects.toEqual(code('EBUSY'))
    expect(() => front.trySend({ body: 'x' })).toThrow(expect.objectContaining({ code: 'EBUSY' }))
    expect(() => back.tryRecv()).toThrow(expect.objectContaining({ code: 'EBUSY' }))
    await expect(raw.device(front)).rejects.toEqual(code('EBUSY'))
    stop.abort()
    await expect(running).rejects.toBe(stop.signal.reason)
    expect(front.tryRecv()).toBeUndefined()
  })

  it('options that it does not have, or of a wrong kind, are EINVAL', async () => {
    const pair = track(new raw.Pair())
    for (const options of [null, 5, { filtr: () => true }, { signal: {} }, { signal: null }]) {
      await expect(raw.device(pair, undefined, options as never)).rejects.toEqual(code('EINVAL'))
    }
  })

  it('a filter that is no function is EINVAL', async () => {
    const pair = track(new raw.Pair())
    await expect(raw.device(pair, undefined, { filter: 1 as never })).rejects.toEqual(code('EINVAL'))
  })
})

describe.each(combinations)('a device between $name', ({ front, back }) => {
  it('DEV-05 forwards PAIR both ways', async () => {
    const [a, x, y, b] = [new Pair(), new raw.Pair(), new raw.Pair(), new Pair()]
    await marry(x, a, front.url(), front)
    await marry(y, b, back.url(), back)
    raw.device(x, y)
    for (const text of numbered('to b ', 20)) await a.send(text)
    expect(await texts(b, 20)).toEqual(numbered('to b ', 20))
    for (const text of numbered('to a ', 20)) await b.send(text)
    expect(await texts(a, 20)).toEqual(numbered('to a ', 20))
  })
})

describe('what a device forwards', () => {
  it('DEV-06 PULL to PUSH one way, arguments in either order', async () => {
    for (const swapped of [false, true]) {
      const [push, pull] = [new Push(), new Pull()]
      const [inside, outside] = [new raw.Pull(), new raw.Push()]
      await marry(inside, push)
      await marry(outside, pull)
      if (swapped) raw.device(outside, inside)
      else raw.device(inside, outside)
      for (const text of numbered('job ', 10)) await push.send(text)
      expect(await texts(pull, 10)).toEqual(numbered('job ', 10))
    }
  })

  it('DEV-06 PS-26 SUB to PUB one way, the raw Sub subscribed to everything', async () => {
    for (const swapped of [false, true]) {
      const [pub, sub] = [new Pub(), new Sub()]
      const [inside, outside] = [new raw.Sub(), new raw.Pub()]
      inside.subscribe('')
      sub.subscribe('a')
      await marry(pub, inside)
      await marry(outside, sub)
      if (swapped) raw.device(outside, inside)
      else raw.device(inside, outside)
      for (const text of ['a1', 'b1', 'a2']) await pub.send(text)
      expect(await texts(sub, 2)).toEqual(['a1', 'a2'])
    }
  })

  it('DEV-07 a PAIR alone echoes', async () => {
    const [a, mirror] = [new Pair(), new raw.Pair()]
    await marry(mirror, a)
    raw.device(mirror)
    for (const text of numbered('', 10)) await a.send(text)
    expect(await texts(a, 10)).toEqual(numbered('', 10))
  })

  it('DEV-07 a BUS alone reflects to the other nodes but not to the sender', async () => {
    const [hub, a, b, c] = [new raw.Bus(), new Bus(), new Bus(), new Bus()]
    for (const node of [a, b, c]) await marry(hub, node)
    raw.device(hub)
    await a.send('from a')
    expect(await Promise.all([texts(b, 1), texts(c, 1)])).toEqual([['from a'], ['from a']])
    await b.send('from b')
    expect(await Promise.all([texts(a, 1), texts(c, 1)])).toEqual([['from b'], ['from b']])
    await turns()
    expect([a, b, c].map((node) => node.tryRecv())).toEqual([undefined, undefined, undefined])
  })

  it('DEV-08 a request and its reply, over TCP', async () => {
    const [req, rep, inside, outside] = [new Req(), new Rep(), new raw.Rep(), new raw.Req()]
    await marry(inside, req, 'tcp://127.0.0.1:0')
    await marry(rep, outside, 'tcp://127.0.0.1:0')
    raw.device(inside, outside)
    rep.serve(({ body }) => `re: ${body}`)
    const replies = await Promise.all(numbered('', 50).map((text) => req.request(text, { timeout: 5000 })))
    expect(replies.map(String)).toEqual(numbered('re: ', 50))
  })

  it('BUS-10 a chain of 25 BUS devices carries messages without loops', async () => {
    const [first, last] = [new Bus(), new Bus()]
    let open = new raw.Bus()
    await marry(open, first)
    for (let i = 0; i < 25; i++) {
      const [near, far] = [open, new raw.Bus()]
      raw.device(near, far)
      open = new raw.Bus()
      await marry(far, open)
    }
    // The last raw node stands in for an ordinary one behind one more hop.
    await marry(open, last)
    raw.device(open)
    await first.send('through')
    expect(await texts(last, 1)).toEqual(['through'])
    await last.send('back')
    expect(await texts(first, 1)).toEqual(['back'])
    await turns(60)
    expect([first.tryRecv(), last.tryRecv()]).toEqual([undefined, undefined])
  })
})

describe('the end of a device', () => {
  it('DEV-12 stops in both directions when its signal aborts, and the sockets stay usable', async () => {
    const [a, x, y, b] = [new Pair(), new raw.Pair(), new raw.Pair(), new Pair()]
    await marry(x, a)
    await marry(y, b)
    const stop = new AbortController()
    const running = raw.device(x, y, { signal: stop.signal })
    await a.send('1')
    expect(await texts(b, 1)).toEqual(['1'])
    stop.abort()
    await expect(running).rejects.toBe(stop.signal.reason)
    await a.send('2')
    await b.send('3')
    expect(String((await x.recv()).body)).toBe('2')
    expect(String((await y.recv()).body)).toBe('3')
    expect([a.tryRecv(), b.tryRecv()]).toEqual([undefined, undefined])
    await expect(raw.device(x, y, { signal: stop.signal })).rejects.toBe(stop.signal.reason)
    await x.send({ body: 'by hand' })
    expect(await texts(a, 1)).toEqual(['by hand'])
  })

  it.each([0, 1])('DEV-13 ends in both directions when socket %i closes', async (which) => {
    const [a, x, y, b] = [new Pair(), new raw.Pair(), new raw.Pair(), new Pair()]
    await marry(x, a)
    await marry(y, b)
    const running = raw.device(x, y)
    expect(await isPending(running)).toBe(true)
    await (which === 0 ? x : y).close()
    await running
    const left = which === 0 ? { socket: y, peer: b } : { socket: x, peer: a }
    await left.peer.send('for the one that is left')
    expect(String((await left.socket.recv({ timeout: 5000 })).body)).toBe('for the one that is left')
  })

  it('DEV-16 loses no message when it is stopped again and again', async () => {
    const [push, pull] = [new Push(), new Pull()]
    const [inside, outside] = [new raw.Pull(), new raw.Push()]
    await marry(inside, push)
    await marry(outside, pull)
    const received = texts(pull, 300)
    const sending = (async () => {
      for (const text of numbered('', 300)) {
        await push.send(text)
        await turns(1)
      }
    })()
    let over = false
    const cycle = (async () => {
      while (!over) {
        const stop = new AbortController()
        const running = raw.device(inside, outside, { signal: stop.signal })
        await turns(3)
        stop.abort()
        await running.catch(() => {})
        await turns(1)
      }
    })()
    await sending
    expect(await received).toEqual(numbered('', 300))
    over = true
    await cycle
  })

  it('DEV-16 forwards the message in hand when the destination was not ready', async () => {
    const [push, pull] = [new Push(), track(new Pull())]
    const [inside, outside] = [new raw.Pull(), track(new raw.Push())]
    await marry(inside, push)
    const url = inprocUrl()
    await outside.bind(url)
    const stop = new AbortController()
    const running = raw.device(inside, outside, { signal: stop.signal })
    for (const text of ['in hand', 'readable']) await push.send(text)
    await turns(5)
    stop.abort()
    await expect(running).rejects.toBe(stop.signal.reason)
    pull.connect(url)
    expect(await texts(pull, 1)).toEqual(['in hand'])
    expect(String((await inside.recv({ timeout: 5000 })).body)).toBe('readable')
  })

  it('DEV-13 DEV-16 ends at once when the destination closes, and what arrives later stays readable', async () => {
    const [push, stuck] = [new Push(), track(new Pull({ recvBuffer: 1 }))]
    const [inside, outside] = [new raw.Pull(), new raw.Push({ linger: 60_000 })]
    await marry(inside, push)
    await marry(outside, stuck)
    const running = raw.device(inside, outside)
    for (const text of ['delivered', 'on its way']) await push.send(text)
    await turns()
    // Its close takes as long as the peer does not read.
    const closing = outside.close()
    await running
    await push.send('later')
    expect(String((await inside.recv({ timeout: 5000 })).body)).toBe('later')
    expect(inside.stats().drops).toEqual({})
    expect(await texts(stuck, 2)).toEqual(['delivered', 'on its way'])
    await closing
  })

  it('DEV-13 DEV-16 counts the message in hand when its destination closes', async () => {
    const [push, inside, outside] = [new Push(), new raw.Pull(), track(new raw.Push())]
    await marry(inside, push)
    const running = raw.device(inside, outside)
    for (const text of ['in hand', 'readable']) await push.send(text)
    await turns()
    await outside.close()
    await running
    expect(inside.stats().drops).toEqual({ closed: 1 })
    expect(String((await inside.recv({ timeout: 5000 })).body)).toBe('readable')
  })

  it('DEV-15 passes back-pressure through: a slow consumer slows the producer', async () => {
    const small = { sendBuffer: 2000, recvBuffer: 2000 }
    const [push, pull] = [new Push(small), new Pull(small)]
    const [inside, outside] = [new raw.Pull(small), new raw.Push(small)]
    await marry(inside, push)
    await marry(outside, pull)
    raw.device(inside, outside)
    let sent = 0
    const sending = (async () => {
      for (; sent < 500; sent++) await push.send(Buffer.alloc(100, sent & 0xff))
    })()
    await turns(200)
    // Four buffers of 2000 bytes, one message beyond in each and one in hand.
    expect(sent).toBeLessThanOrEqual(90)
    expect(sent).toBeGreaterThan(60)
    for (let n = 0; n < 500; n++) expect((await pull.recv({ timeout: 5000 }))[0]).toBe(n & 0xff)
    await sending
    expect([push, inside, outside, pull].map((socket) => socket.stats().drops)).toEqual([{}, {}, {}, {}])
  })
})

describe('the filter of a device', () => {
  async function filtered(filter: raw.DeviceOptions['filter']): Promise<{ a: Pair; x: raw.Pair; b: Pair }> {
    const [a, x, y, b] = [new Pair(), new raw.Pair(), new raw.Pair(), new Pair()]
    await marry(x, a)
    await marry(y, b)
    raw.device(x, y, { filter })
    return { a, x, b }
  }

  it('DEV-14 forwards, drops or replaces each message, and counts what it drops', async () => {
    const { a, x, b } = await filtered((message) => {
      const text = String(message.body)
      if (text.startsWith('secret')) return false
      return text === 'shout' ? { body: 'SHOUT' } : true
    })
    for (const text of ['1', 'secret 2', 'shout', 'secret 4', '5']) await a.send(text)
    expect(await texts(b, 3)).toEqual(['1', 'SHOUT', '5'])
    await eventually(() => x.stats().drops.filtered === 2)
  })

  it('DEV-14 drops only the message at which it throws', async () => {
    const { a, x, b } = await filtered((message) => {
      if (String(message.body) === 'bad') throw new Error('no')
      return true
    })
    const drops: unknown[] = []
    x.on('drop', ({ reason, cause }) => drops.push([reason, (cause as Error).message]))
    for (const text of ['1', 'bad', '2']) await a.send(text)
    expect(await texts(b, 2)).toEqual(['1', '2'])
    expect(drops).toEqual([['filtered', 'no']])
  })

  it('DEV-14 drops a replacement that cannot be sent, and goes on', async () => {
    const { a, x, b } = await filtered((message) => (String(message.body) === 'odd' ? ({ body: 42 } as never) : true))
    for (const text of ['1', 'odd', '2']) await a.send(text)
    expect(await texts(b, 2)).toEqual(['1', '2'])
    expect(x.stats().drops).toEqual({ filtered: 1 })
  })
})
