/** REQ sends again: at intervals, when the pipe that carries a request is lost, or never, as the application chooses. */
import { Rep, Req } from 'hubless'
import { Rep as RawRep } from 'hubless/raw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenBytes } from '../../helpers/bytes.ts'
import { frame, readRequest } from '../../helpers/frames.ts'
import { code, texts, turns } from '../../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

/** Timers and the clock stand still until a test advances them; what happens inside inproc needs none. */
function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
}

afterEach(() => {
  vi.useRealTimers()
})

/** What a raw REP has received: the id of each request. */
function ids(rep: RawRep): number[] {
  const received: number[] = []
  for (let message = rep.tryRecv(); message !== undefined; message = rep.tryRecv()) {
    received.push(message.header.readUInt32BE(4))
  }
  return received
}

describe('resending at intervals', () => {
  it('REQ-12 sends again after resendInterval with the same id to the next REP in turn', async () => {
    const req = track(new Req({ resendInterval: 1000 }))
    const reps = track(new RawRep(), new RawRep(), new RawRep())
    for (const rep of reps) await marry(req, rep)
    freezeTime()
    await req.send('x')
    const [id] = ids(reps[0])
    expect(id).toBeGreaterThanOrEqual(0x80000000)
    const order: number[] = []
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(990)
      expect(reps.map(ids)).toEqual([[], [], []])
      await vi.advanceTimersByTimeAsync(10)
      for (const [r, rep] of reps.entries()) {
        for (const copy of ids(rep)) {
          expect(copy).toBe(id)
          order.push(r)
        }
      }
    }
    expect(order).toEqual([1, 2, 0, 1, 2])
  })

  it('REQ-12 accepts a reply to any copy and then sends no more', async () => {
    const req = track(new Req({ resendInterval: 100 }))
    const reps = track(new RawRep(), new RawRep())
    for (const rep of reps) await marry(req, rep)
    freezeTime()
    await req.send('x')
    const first = await reps[0].recv()
    await vi.advanceTimersByTimeAsync(150)
    const second = await reps[1].recv()
    await reps[0].send({ header: first.header, body: 'from the first' })
    expect(await texts(req, 1)).toEqual(['from the first'])
    await reps[1].send({ header: second.header, body: 'from the second' })
    expect(req.stats().drops).toEqual({ 'late-reply': 1 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(reps.map(ids)).toEqual([[], []])
  })

  it.each(plainTransports)('REQ-12 sends again in real time over $name', async (transport) => {
    const [req, rep] = track(new Req({ resendInterval: 40 }), new RawRep())
    await marry(req, rep, transport.url(), transport)
    const begun = performance.now()
    const reply = req.request('x')
    const first = await rep.recv()
    const copy = await rep.recv()
    expect(performance.now() - begun).toBeGreaterThanOrEqual(38)
    expect(copy.header).toEqual(first.header)
    expect(String(copy.body)).toBe('x')
    await rep.send(copy)
    expect(String(await reply)).toBe('x')
  })

  it('REQ-13 keeps the interval from the last transmission: 1000 ms gives 4 copies in 4.2 s', async () => {
    const [req, rep] = track(new Req({ resendInterval: 1000 }), new RawRep())
    await marry(req, rep)
    freezeTime()
    await req.send('x')
    // Timers of others, requests that come and go, and time in odd steps must not matter.
    const noise = setInterval(() => req.request('y', { timeout: 7 }).catch(() => {}), 90)
    const times: number[] = []
    const begun = performance.now()
    const [id] = ids(rep)
    for (let at = 0; at < 4200; at += 30) {
      await vi.advanceTimersByTimeAsync(30)
      for (const copy of ids(rep)) if (copy === id) times.push(performance.now() - begun)
    }
    clearInterval(noise)
    expect(times.length).toBe(4)
    for (const [i, time] of times.entries()) {
      expect(time).toBeGreaterThanOrEqual(1000 * (i + 1) - 1)
      expect(time).toBeLessThanOrEqual(1000 * (i + 1) + 60)
    }
  })

  it('REQ-12 REQ-13 every request in flight has an interval of its own', async () => {
    const [req, rep] = track(new Req({ resendInterval: 1000 }), new RawRep())
    await marry(req, rep)
    freezeTime()
    const begun = performance.now()
    const sent = new Map<number, number>()
    for (const delay of [0, 250, 300, 350]) {
      await vi.advanceTimersByTimeAsync(delay)
      req.request('x').catch(() => {})
      sent.set(ids(rep)[0] as number, performance.now())
    }
    const copies: [number, number][] = []
    while (performance.now() - begun < 3990) {
      await vi.advanceTimersByTimeAsync(10)
      for (const id of ids(rep)) {
        copies.push([id, performance.now() - (sent.get(id) as number)])
        sent.set(id, performance.now())
      }
    }
    expect(copies.length).toBe(12)
    for (const [, elapsed] of copies) {
      expect(elapsed).toBeGreaterThanOrEqual(999)
      expect(elapsed).toBeLessThanOrEqual(1030)
    }
  })

  it('REQ-14 waits 60 s by default', async () => {
    const [req, rep] = track(new Req(), new RawRep())
    expect(req.options.resendInterval).toBe(60_000)
    await marry(req, rep)
    freezeTime()
    await req.send('x')
    expect(ids(rep).length).toBe(1)
    await vi.advanceTimersByTimeAsync(59_990)
    expect(ids(rep)).toEqual([])
    await vi.advanceTimersByTimeAsync(20)
    expect(ids(rep).length).toBe(1)
  })

  it('REQ-14 never sends a timed copy with resendInterval Infinity', async () => {
    const [req, rep] = track(new Req({ resendInterval: Number.POSITIVE_INFINITY }), new RawRep())
    await marry(req, rep)
    freezeTime()
    await req.send('x')
    expect(ids(rep).length).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(ids(rep)).toEqual([])
  })

  it('REQ-14 an interval beyond what timers count fires when it is due and not before', async () => {
    const [req, rep] = track(new Req({ resendInterval: 2 ** 31 + 1000 }), new RawRep())
    await marry(req, rep)
    freezeTime()
    await req.send('x')
    expect(ids(rep).length).toBe(1)
    await vi.advanceTimersByTimeAsync(2 ** 31)
    expect(ids(rep)).toEqual([])
    await vi.advanceTimersByTimeAsync(1001)
    expect(ids(rep).length).toBe(1)
  })

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY, '1000', null, true])(
    'REQ-15 refuses resendInterval %j',
    (value) => {
      expect(() => new Req({ resendInterval: value as number })).toThrow(code('EINVAL'))
      expect(() => new Req({ resendInterval: value as number })).toThrow('resendInterval')
    }
  )

  it('REQ-18 replies are matched also when a 1 ms interval has queued many copies over a reconnection', async () => {
    const req = track(new Req({ resendInterval: 1, reconnectInterval: 5 }))
    const silent = new RawRep()
    const { url } = await silent.bind('tcp://127.0.0.1:0')
    await req.connect(url).whenConnected()
    await req.send('0')
    for (let copies = 0; copies < 10; copies++) await silent.recv({ timeout: 5000 })
    await silent.close()
    const rep = track(new Rep())
    rep.serve(async ({ body }) => {
      await turns(1)
      return `re: ${body}`
    })
    await rep.bind(url)
    expect(await texts(req, 1)).toEqual(['re: 0'])
    for (let i = 1; i <= 30; i++) {
      await req.send(`${i}`)
      expect(await texts(req, 1)).toEqual([`re: ${i}`])
    }
  })
})

describe.each(plainTransports)('losing the pipe over $name', (transport) => {
  it('REQ-16 sends the request to another REP at once, not after the interval', async () => {
    const req = track(new Req())
    const [dying, other] = [new RawRep(), track(new RawRep())]
    await marry(req, dying, transport.url(), transport)
    await marry(req, other, transport.url(), transport)
    await req.send('x')
    const { header } = await dying.recv()
    const lost = nextEvent(req, 'detach')
    await dying.close()
    await lost
    const begun = performance.now()
    const message = await other.recv({ timeout: 5000 })
    expect(performance.now() - begun).toBeLessThan(500)
    expect(message.header.readUInt32BE(4)).toBe(header.readUInt32BE(4))
    await other.send(message)
    expect(await texts(req, 1)).toEqual(['x'])
  })

  it('REQ-16 keeps the request until a REP attaches when there is no other', async () => {
    const req = track(new Req())
    const dying = new RawRep()
    const { listener } = await marry(req, dying, transport.url(), transport)
    const replies = Promise.all(['x', 'y', 'z'].map((text) => req.request(text)))
    for (let i = 0; i < 3; i++) await dying.recv()
    const lost = nextEvent(req, 'detach')
    await dying.close()
    await lost
    expect(await isPending(replies, 10)).toBe(true)
    const rep = track(new Rep())
    const asked: string[] = []
    rep.serve(({ body }) => {
      asked.push(String(body))
      return `re: ${body}`
    })
    rep.connect(listener.url)
    expect((await replies).map(String)).toEqual(['re: x', 're: y', 're: z'])
    expect(asked).toEqual(['x', 'y', 'z'])
  })

  it('REQ-17 sends again also with resendInterval Infinity', async () => {
    const req = track(new Req({ resendInterval: Number.POSITIVE_INFINITY }))
    const dying = new RawRep()
    const { listener } = await marry(req, dying, transport.url(), transport)
    const reply = req.request('x')
    await dying.recv()
    await dying.close()
    const rep = track(new Rep())
    rep.serve(({ body }) => body)
    rep.connect(listener.url)
    expect(String(await reply)).toBe('x')
  })

  it('REQ-17 with retry false rejects with ECONNRESET and sends nothing twice', async () => {
    const req = track(new Req({ retry: false, resendInterval: 5 }))
    const [dying, other] = [new RawRep(), track(new RawRep())]
    await marry(req, dying, transport.url(), transport)
    await marry(req, other, transport.url(), transport)
    const call = req.request('x').catch((error: unknown) => error)
    await dying.recv()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect([ids(dying), ids(other)]).toEqual([[], []])
    await dying.close()
    expect(await call).toEqual(code('ECONNRESET'))
    await turns(10)
    expect(ids(other)).toEqual([])
  })

  it('REQ-17 with retry false a recv that waits and one that comes later learn of the loss, once', async () => {
    const req = track(new Req({ retry: false }))
    for (const early of [true, false]) {
      const dying = new RawRep()
      await marry(req, dying, transport.url(), transport)
      await req.send('x')
      const waiting = early ? req.recv().catch((error: unknown) => error) : undefined
      await dying.recv()
      const lost = nextEvent(req, 'detach')
      await dying.close()
      await lost
      expect(await (waiting ?? req.recv().catch((error: unknown) => error))).toEqual(code('ECONNRESET'))
      await expect(req.recv()).rejects.toEqual(code('EFSM'))
    }
  })

  it('REQ-08 REQ-17 with retry false a new send makes a loss that nobody asked about forgotten', async () => {
    const req = track(new Req({ retry: false }))
    const dying = new RawRep()
    await marry(req, dying, transport.url(), transport)
    await req.send('lost')
    await dying.recv()
    const lost = nextEvent(req, 'detach')
    await dying.close()
    await lost
    const rep = track(new Rep())
    rep.serve(({ body }) => body)
    await marry(req, rep, transport.url(), transport)
    await req.send('new')
    expect(await texts(req, 1)).toEqual(['new'])
  })

  it('REQ-17 retry is a choice of each request too', async () => {
    const [cautious, stubborn] = track(new Req(), new Req({ retry: false }))
    const outcomes: unknown[] = []
    for (const [req, retry] of [
      [cautious, false],
      [stubborn, true]
    ] as const) {
      const dying = new RawRep()
      const { listener } = await marry(req, dying, transport.url(), transport)
      const outcome = req.request('x', { retry }).then(String, (error: unknown) => error)
      await dying.recv()
      await dying.close()
      const rep = track(new Rep())
      rep.serve(({ body }) => body)
      await rep.connect(listener.url).whenConnected()
      outcomes.push(await outcome)
    }
    expect(outcomes).toEqual([code('ECONNRESET'), 'x'])
  })
})

describe('requests and trouble', () => {
  it('REQ-16 the copy on the wire after a broken connection is the same, byte for byte', async () => {
    const peer = await listenBytes()
    const req = track(new Req({ reconnectInterval: 5 }))
    req.connect(peer.url)
    const first = await peer.accept()
    await first.greet(0x31)
    const reply = req.request('AB')
    const request = await readRequest(first)
    first.reset()
    const second = await peer.accept()
    await second.greet(0x31)
    expect(await readRequest(second)).toEqual(request)
    second.send(frame(request.word, '4f 4b'))
    expect(String(await reply)).toBe('OK')
  })

  it('REQ-26 copies of a request that every REP refuses follow reconnections only', async () => {
    const interval = 40
    const req = track(new Req({ resendInterval: Number.POSITIVE_INFINITY }))
    const rep = track(new Rep({ recvMaxSize: 10, reconnectInterval: interval }))
    const listener = await req.bind('tcp://127.0.0.1:0')
    rep.connect(listener.url)
    const drops = recordEvents(rep, 'drop')
    const begun = performance.now()
    await req.send('much too big')
    await eventually(() => drops.length >= 4)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(3 * interval * 0.75)
  })

  it('REQ-27 answers every request in the end while pipes close at random', { timeout: 30_000 }, async () => {
    const req = track(new Req({ reconnectInterval: 2, reconnectIntervalMax: 10, resendInterval: 200 }))
    const urls = [inprocUrl(), 'tcp://127.0.0.1:0', 'tcp://127.0.0.1:0']
    const reps: Rep[] = []
    const serve = async (i: number): Promise<void> => {
      const rep = track(new Rep({ linger: 0 }))
      reps[i] = rep
      rep.serve(async ({ body }) => {
        await turns(1 + Math.floor(Math.random() * 3))
        return `re: ${body}`
      })
      urls[i] = (await rep.bind(urls[i] as string)).url
    }
    for (let i = 0; i < 3; i++) {
      await serve(i)
      req.connect(urls[i] as string)
    }
    let done = false
    const trouble = (async () => {
      while (!done) {
        const i = Math.floor(Math.random() * 3)
        await reps[i]?.close()
        await serve(i)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const ask = async (caller: number): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        expect(String(await req.request(`${caller}/${i}`))).toBe(`re: ${caller}/${i}`)
      }
    }
    await Promise.all(Array.from({ length: 30 }, (_, caller) => ask(caller)))
    done = true
    await trouble
  })
})
