/** Requests that fail again and again, replies from those who were not asked, and what many losses cost. */
import { type Message, Rep, Req } from 'hubless'
import { Rep as RawRep } from 'hubless/raw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { IdTable } from '../../../src/protocols/id-table.ts'
import { connectBytes } from '../../helpers/bytes.ts'
import { frame, readRequest } from '../../helpers/frames.ts'
import { code, turns } from '../../helpers/messages.ts'
import { inprocUrl, isPending, marry, nextEvent, track } from '../../helpers/sockets.ts'

/** Timers and the clock stand still until a test advances them; what happens inside inproc needs none. */
function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A REQ that listens and sends no timed copies. */
async function listening(options?: { failFast: boolean }): Promise<{ req: Req; url: string }> {
  const req = track(new Req({ ...options, resendInterval: Number.POSITIVE_INFINITY }))
  const { url } = await req.bind(inprocUrl())
  return { req, url }
}

/** A REP that has come to it, and has all that it was sent at once. */
async function join(req: Req, url: string): Promise<RawRep> {
  const rep = track(new RawRep())
  const attached = nextEvent(req, 'attach')
  await rep.connect(url).whenConnected()
  await attached
  await turns(1)
  return rep
}

/** The requests that are there. */
function arrived(rep: RawRep): Message[] {
  const messages: Message[] = []
  for (let message = rep.tryRecv(); message !== undefined; message = rep.tryRecv()) messages.push(message)
  return messages
}

/** Loses all that is on its way `times` times. */
async function lose(req: Req, url: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const rep = await join(req, url)
    expect(arrived(rep)).not.toEqual([])
    await rep.close({ linger: 0 })
  }
}

/** Longer than any delay. */
const long = 6300

describe('a request that loses its pipe again and again', () => {
  it('REQ-29 goes out at once the first time, then at a delay that grows to 5 s, and shows in stats()', async () => {
    const { req, url } = await listening()
    freezeTime()
    const outcome = req.request('deadly').catch((error: unknown) => error)
    for (let copy = 0; copy < 10; copy++) {
      const lost = performance.now()
      const rep = await join(req, url)
      while (rep.tryRecv() === undefined) await vi.advanceTimersByTimeAsync(5)
      const delay = performance.now() - lost
      const expected = copy < 2 ? 0 : Math.min(100 * 2 ** (copy - 2), 5000)
      expect(delay, `copy ${copy}`).toBeGreaterThanOrEqual(expected * 0.75)
      expect(delay, `copy ${copy}`).toBeLessThanOrEqual(expected * 1.25 + 5)
      expect(req.stats().resends).toBe(copy)
      await rep.close({ linger: 0 })
    }
    await req.close()
    expect(await outcome).toEqual(code('EBADF'))
    // It was accepted, and on its way to nobody.
    expect(req.stats().drops).toEqual({ closed: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('REQ-29 goes behind those that did not fail', async () => {
    const { req, url } = await listening()
    freezeTime()
    req.request('deadly').catch(() => {})
    await lose(req, url, 2)
    await vi.advanceTimersByTimeAsync(long)
    for (const body of ['a', 'b']) req.request(body).catch(() => {})
    const rep = await join(req, url)
    expect(arrived(rep).map(({ body }) => String(body))).toEqual(['a', 'b', 'deadly'])
  })

  it('REQ-30 is on trial alone; an answer lets one more go, a loss one less, and a slow one holds up nobody for long', async () => {
    const { req, url } = await listening()
    freezeTime()
    for (let i = 0; i < 8; i++) req.request(`${i}`).catch(() => {})
    await lose(req, url, 2)
    await vi.advanceTimersByTimeAsync(long)
    const rep = await join(req, url)
    const [first, ...others] = arrived(rep)
    expect(others).toEqual([])
    await rep.send(first as Message)
    expect(arrived(rep).length).toBe(2)
    await vi.advanceTimersByTimeAsync(1010)
    expect(arrived(rep).length).toBe(2)
    await rep.close({ linger: 0 })
    await vi.advanceTimersByTimeAsync(long)
    const next = await join(req, url)
    expect(arrived(next).length).toBe(1)
  })

  it('REQ-12 REQ-30 gives its trial to the next when its interval has passed, and goes behind it', async () => {
    const req = track(new Req({ resendInterval: 500 }))
    const { url } = await req.bind(inprocUrl())
    freezeTime()
    for (const body of ['a', 'b']) req.request(body).catch(() => {})
    await lose(req, url, 2)
    await vi.advanceTimersByTimeAsync(150)
    const rep = await join(req, url)
    const seen: string[] = []
    for (let interval = 0; interval < 4; interval++) {
      seen.push(
        arrived(rep)
          .map(({ body }) => String(body))
          .join()
      )
      await vi.advanceTimersByTimeAsync(505)
    }
    expect([...seen].sort()).toEqual(['a', 'a', 'b', 'b'])
    expect(seen[0]).not.toBe(seen[1])
  })

  it('REQ-29 beside small ones: what is too big for the REP starves nobody', async () => {
    const [req, rep] = track(new Req({ reconnectInterval: 20 }), new Rep({ recvMaxSize: 1000 }))
    rep.serve(async ({ body }) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return body
    })
    await marry(rep, req, 'tcp://127.0.0.1:0')
    const big = req.request(new Uint8Array(2000))
    big.catch(() => {})
    const small = await Promise.all(['1', '2', '3', '4'].map((text) => req.request(text, { timeout: 5000 })))
    expect(small.map(String)).toEqual(['1', '2', '3', '4'])
    expect(await isPending(big)).toBe(true)
    expect(req.stats().resends).toBeGreaterThan(0)
  })

  it('REQ-29 beside small ones: a reply that is too big runs its handler a few times only', async () => {
    freezeTime()
    const [req, rep] = track(new Req({ recvMaxSize: 1000 }), new Rep())
    let handled = 0
    rep.serve(({ body }) => {
      if (String(body) !== 'report') return body
      handled++
      return new Uint8Array(2000)
    })
    await marry(rep, req)
    const outcome = req.request('report', { timeout: 10_000 }).catch((error: unknown) => error)
    const small: string[] = []
    for (let at = 0; at < 10_000; at += 500) {
      const answer = req.request('small').then((body) => small.push(String(body)))
      await vi.advanceTimersByTimeAsync(500)
      void answer
    }
    expect(await outcome).toEqual(code('ETIMEDOUT'))
    expect(handled).toBeGreaterThan(2)
    expect(handled).toBeLessThan(10)
    await vi.advanceTimersByTimeAsync(5000)
    expect(small.length).toBe(20)
  })

  it.each([
    ['a timeout', { timeout: 50 }, code('ETIMEDOUT')],
    ['an abort', {}, 'enough']
  ])('REQ-20 REQ-29 %s ends it while it is delayed', async (_name, options, error) => {
    const { req, url } = await listening()
    const abort = new AbortController()
    freezeTime()
    const call = req.request('x', { ...options, signal: abort.signal }).catch((reason: unknown) => reason)
    await lose(req, url, 2)
    if (error === 'enough') abort.abort('enough')
    await vi.advanceTimersByTimeAsync(60)
    expect(await call).toEqual(error)
    expect(vi.getTimerCount()).toBe(0)
    expect(arrived(await join(req, url))).toEqual([])
  })

  it('REQ-06 REQ-29 the last REP that leaves ends it while it is delayed, where it does not wait for one', async () => {
    const { req, url } = await listening({ failFast: true })
    freezeTime()
    const [first, second, last] = [await join(req, url), await join(req, url), await join(req, url)]
    const call = req.request('x').catch((reason: unknown) => reason)
    await first.close({ linger: 0 })
    await second.close({ linger: 0 })
    await turns()
    // Whoever had it is gone.
    expect(arrived(last)).toEqual([])
    expect(await isPending(call)).toBe(true)
    await last.close({ linger: 0 })
    expect(await call).toEqual(code('EHOSTUNREACH'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('REQ-06 the last REP that leaves ends those that do not wait for one, and no others', async () => {
    const { req, url } = await listening()
    const rep = await join(req, url)
    const [hasty, patient] = [req.request('hasty', { failFast: true }), req.request('patient')]
    await turns(1)
    const refused = expect(hasty).rejects.toEqual(code('EHOSTUNREACH'))
    await rep.close({ linger: 0 })
    await refused
    const next = await join(req, url)
    const [message, ...others] = arrived(next) as [Message]
    expect([String(message.body), others]).toEqual(['patient', []])
    await next.send({ header: message.header, body: 'answer' })
    expect(String(await patient)).toBe('answer')
  })

  it('REQ-08 REQ-29 a new send replaces it, and starts without a memory', async () => {
    const { req, url } = await listening()
    freezeTime()
    await req.send('deadly')
    await lose(req, url, 2)
    await req.send('harmless')
    expect(vi.getTimerCount()).toBe(0)
    const rep = await join(req, url)
    expect(arrived(rep).map(({ body }) => String(body))).toEqual(['harmless'])
    await rep.close({ linger: 0 })
    expect(arrived(await join(req, url)).length).toBe(1)
  })

  it('REQ-12 REQ-29 a reply to an older copy ends it while it is delayed', async () => {
    const req = track(new Req({ resendInterval: 100 }))
    const { url } = await req.bind(inprocUrl())
    freezeTime()
    const [slow, second, third] = [await join(req, url), await join(req, url), await join(req, url)]
    const reply = req.request('x')
    const [first] = arrived(slow)
    await vi.advanceTimersByTimeAsync(110)
    for (const dying of [second, third]) {
      expect(arrived(dying).length).toBe(1)
      await dying.close({ linger: 0 })
      await turns(1)
    }
    await slow.send(first as Message)
    expect(String(await reply)).toBe('x')
    await vi.advanceTimersByTimeAsync(long)
    expect(arrived(slow).length).toBe(0)
  })
})

describe('replies', () => {
  it('REQ-31 count only from a pipe that was sent the request; others are dropped and counted', async () => {
    const req = track(new Req())
    const { url } = await req.bind('tcp://127.0.0.1:0')
    const honest = await connectBytes(url)
    await honest.greet(0x31)
    await req.waitForPeers(1)
    const reply = req.request('question')
    const { word } = await readRequest(honest)
    const hostile = await connectBytes(url)
    await hostile.greet(0x31)
    await req.waitForPeers(2)
    const dropped = nextEvent(req, 'drop')
    hostile.send(frame(word, Buffer.from('forged')))
    expect(await dropped).toMatchObject({ reason: 'late-reply', count: 1, size: 10, pipe: req.peers[1] })
    honest.send(frame(word, Buffer.from('true')))
    expect(String(await reply)).toBe('true')
    expect(req.stats().drops).toEqual({ 'late-reply': 1 })
  })

  it('REQ-31 do not count from a pipe that has not been sent it yet, whoever is there', async () => {
    const { req, url } = await listening()
    freezeTime()
    const reply = req.request('question')
    await lose(req, url, 1)
    const again = await join(req, url)
    const id = (arrived(again)[0] as Message).header.subarray(4)
    await again.close({ linger: 0 })
    const rep = await join(req, url)
    const header = Buffer.alloc(8)
    header.writeUInt32BE(rep.peers[0]?.id as number)
    header.set(id, 4)
    await rep.send({ header, body: 'too early' })
    expect(req.stats().drops).toEqual({ 'late-reply': 1 })
    expect(await isPending(reply)).toBe(true)
    await vi.advanceTimersByTimeAsync(long)
    await rep.send({ header, body: 'now' })
    expect(String(await reply)).toBe('now')
  })
})

describe('one outcome', () => {
  it('REQ-32 goes to the recv that waits longest; the others are told at once that there is nothing', async () => {
    const [req, rep] = track(new Req(), new Rep())
    rep.serve(({ body }) => body)
    await marry(rep, req)
    await req.send('x')
    const calls = [req.recv(), req.recv(), req.recv()]
    expect(await Promise.allSettled(calls)).toEqual([
      { status: 'fulfilled', value: Buffer.from('x') },
      { status: 'rejected', reason: code('EFSM') },
      { status: 'rejected', reason: code('EFSM') }
    ])
  })

  it('REQ-32 the same with a failure', async () => {
    const [req, rep] = [track(new Req({ retry: false })), new RawRep()]
    await marry(rep, req)
    await req.send('x')
    const calls = Promise.allSettled([req.recv(), req.recv()])
    await rep.recv()
    await rep.close()
    expect((await calls).map((call) => (call as PromiseRejectedResult).reason)).toEqual([
      code('ECONNRESET'),
      code('EFSM')
    ])
  })

  it('REQ-32 a recv that a codec makes while the reply is decoded waits for the next request', async () => {
    const late: Promise<unknown>[] = []
    const codec = {
      encode: (value: string) => value,
      decode: (body: Uint8Array) => {
        if (String(body) === 'first') {
          req.trySend('second')
          late.push(req.recv())
        }
        return String(body)
      }
    }
    const [req, rep] = track(new Req({ codec }), new Rep())
    rep.serve(({ body }) => body)
    await marry(rep, req)
    await req.send('first')
    expect(await req.recv()).toBe('first')
    expect(await late[0]).toBe('second')
  })
})

describe('who owns the body', () => {
  it('REQ-33 a REP that writes into its request changes no copy that is sent again', async () => {
    const req = track(new Req())
    const { url } = await req.bind(inprocUrl())
    const first = new Rep()
    const attached = nextEvent(req, 'attach')
    first.connect(url)
    await attached
    const reply = req.request(Buffer.from('transfer 100'))
    ;(await first.recv()).fill('*')
    await first.close()
    const second = track(new Rep())
    second.connect(url)
    expect(String(await second.recv({ timeout: 5000 }))).toBe('transfer 100')
    await second.send('ok')
    expect(String(await reply)).toBe('ok')
  })

  it('REQ-33 with retry false the REP gets the very bytes', async () => {
    const [req, rep] = track(new Req({ retry: false }), new Rep())
    await marry(req, rep)
    const body = Buffer.from('not again')
    req.request(body).catch(() => {})
    expect(await rep.recv()).toBe(body)
  })
})

it('REQ-04 a listener that asks as soon as a REP attaches gets its reply, on either side of the attach', async () => {
  const [req, rep] = track(new Req(), new Rep())
  rep.serve(({ body }) => body)
  const replies: Promise<Buffer>[] = []
  req.on('attach', () => void replies.push(req.request('from a listener')))
  const waiting = req.request('waiting')
  await marry(req, rep)
  expect((await Promise.all([waiting, ...replies])).map(String)).toEqual(['waiting', 'from a listener'])
})

it('REQ-34 losing one REP of many looks at what that one carried only', async () => {
  const req = track(new Req())
  const { url } = await req.bind(inprocUrl())
  const reps = Array.from({ length: 20 }, () => track(new RawRep()))
  for (const rep of reps) rep.connect(url)
  await req.waitForPeers(20)
  for (let i = 0; i < 200; i++) req.request('x').catch(() => {})
  const all = vi.spyOn(IdTable.prototype, 'all')
  await Promise.all(reps.slice(1).map((rep) => rep.close({ linger: 0 })))
  expect(req.peers.length).toBe(1)
  expect(all).not.toHaveBeenCalled()
})
