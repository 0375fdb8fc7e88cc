/** `request()`: any number in flight on one socket, each cancelled, answered and forgotten on its own. */
import { getEventListeners } from 'node:events'
import { Rep, Req, type Request } from 'hubless'
import { Rep as RawRep } from 'hubless/raw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { buffersAfterYoungCollections, memoryInUse } from '../../helpers/memory.ts'
import { code, texts, turns } from '../../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, nextEvent, track } from '../../helpers/sockets.ts'
import { plainTransports } from '../transports.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe.each(plainTransports)('request() over $name', (transport) => {
  it('REQ-19 300 callers with 20 requests each get their own replies, in any order', { timeout: 30_000 }, async () => {
    const [req, rep] = track(new Req(), new Rep())
    let handlers = 0
    rep.serve(
      async ({ body }) => {
        handlers++
        await turns(Math.floor(Math.random() * 4))
        return `re: ${body}`
      },
      { concurrency: Number.POSITIVE_INFINITY }
    )
    await marry(rep, req, transport.url(), transport)
    await Promise.all(
      Array.from({ length: 300 }, async (_, caller) => {
        for (let i = 0; i < 20; i++) {
          expect(String(await req.request(`${caller}/${i}`))).toBe(`re: ${caller}/${i}`)
        }
      })
    )
    expect(handlers).toBe(6000)
    expect(req.stats()).toMatchObject({ messagesSent: 6000, messagesReceived: 6000, drops: {} })
  })

  it('REQ-20 a timeout cancels: the late reply is dropped and counted', async () => {
    const [req, rep] = track(new Req(), new RawRep())
    await marry(rep, req, transport.url(), transport)
    const begun = performance.now()
    const call = req.request('x', { timeout: 30 })
    const late = await rep.recv()
    await expect(call).rejects.toEqual(code('ETIMEDOUT'))
    expect(performance.now() - begun).toBeGreaterThanOrEqual(29)
    const dropped = nextEvent(req, 'drop')
    await rep.send(late)
    expect(await dropped).toMatchObject({ reason: 'late-reply', count: 1 })
  })

  it('REQ-20 an abort cancels with its reason, one that came before sends nothing', async () => {
    const [req, rep] = track(new Req(), new RawRep())
    await marry(rep, req, transport.url(), transport)
    const abort = new AbortController()
    const call = req.request('x', { signal: abort.signal })
    await rep.recv()
    const reason = new Error('never mind')
    abort.abort(reason)
    await expect(call).rejects.toBe(reason)
    await expect(req.request('y', { signal: abort.signal })).rejects.toBe(reason)
    await expect(req.request('z', { timeout: 0 })).rejects.toEqual(code('ETIMEDOUT'))
    await turns(10)
    expect(rep.tryRecv()).toBeUndefined()
    expect(req.stats().messagesSent).toBe(1)
  })

  it('REQ-20 what nobody took yet is never sent once it is cancelled', async () => {
    const [req, rep] = track(new Req(), new RawRep())
    const abort = new AbortController()
    const calls = [
      req.request('timed out', { timeout: 5 }),
      req.request('aborted', { signal: abort.signal }),
      req.request('kept')
    ]
    const [first, second, kept] = calls as [Promise<Buffer>, Promise<Buffer>, Promise<Buffer>]
    abort.abort()
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
    await expect(first).rejects.toEqual(code('ETIMEDOUT'))
    await marry(rep, req, transport.url(), transport)
    const message = await rep.recv()
    expect(String(message.body)).toBe('kept')
    await turns(10)
    expect(rep.tryRecv()).toBeUndefined()
    await rep.send(message)
    expect(String(await kept)).toBe('kept')
  })

  it('REQ-21 request() and send/recv do not disturb each other', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await marry(rep, req, transport.url(), transport)
    const asked: Request[] = []
    const asking = (async () => {
      for await (const request of rep.requests()) asked.push(request)
    })()
    await req.send('single')
    const calls = [req.request('a'), req.request('b')]
    const received = req.recv()
    await eventually(() => asked.length === 3)
    for (const request of asked.reverse()) await request.reply(`re: ${request.body}`)
    expect((await Promise.all(calls)).map(String)).toEqual(['re: a', 're: b'])
    expect(String(await received)).toBe('re: single')
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    const fresh = req.request('c')
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    await eventually(() => asked.length === 4)
    await asked[3]?.reply('re: c')
    expect(String(await fresh)).toBe('re: c')
    await rep.close()
    await asking
  })
})

describe('request()', () => {
  it('REQ-20 a cancelled request is not sent again, neither at its interval nor to the next REP', async () => {
    const req = track(new Req({ resendInterval: 50 }))
    const [first, second] = [new RawRep(), track(new RawRep())]
    await marry(req, first)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const call = req.request('x', { timeout: 20 })
    const outcome = expect(call).rejects.toEqual(code('ETIMEDOUT'))
    await first.recv()
    await vi.advanceTimersByTimeAsync(1000)
    await outcome
    expect(first.tryRecv()).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    await marry(req, second)
    await first.close()
    await turns()
    expect(second.tryRecv()).toBeUndefined()
  })

  it('REQ-23 ids of requests in flight differ, across the wrap of their 31 bits', async () => {
    vi.spyOn(Math, 'random').mockReturnValue((2 ** 31 - 10) / 2 ** 31)
    const [req, rep] = track(new Req(), new RawRep())
    await marry(rep, req)
    const replies = Promise.all(Array.from({ length: 20 }, (_, i) => req.request(`${i}`)))
    const messages = await Promise.all(Array.from({ length: 20 }, () => rep.recv()))
    const ids = messages.map(({ header }) => header.readUInt32BE(4))
    expect(new Set(ids).size).toBe(20)
    expect(Math.max(...ids)).toBe(0xffffffff)
    expect(Math.min(...ids)).toBe(0x80000000)
    for (const message of messages.reverse()) await rep.send(message)
    expect((await replies).map(String)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  it('REQ-20 COM-23 settled requests leave no listener on a shared signal and no timer', async () => {
    const [req, rep] = track(new Req({ resendInterval: Number.POSITIVE_INFINITY }), new Rep())
    rep.serve(({ body }) => body)
    await marry(rep, req)
    const { signal } = new AbortController()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (let round = 0; round < 100; round++) {
      const calls = Array.from({ length: 10 }, (_, i) => req.request(`${i}`, { signal, timeout: 60_000 }))
      expect(getEventListeners(signal, 'abort').length).toBe(1)
      await Promise.all(calls)
    }
    expect(getEventListeners(signal, 'abort').length).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('REQ-20 cancelling one of many leaves the others alone', async () => {
    const [req, rep] = track(new Req(), new RawRep())
    await marry(rep, req)
    const aborts = Array.from({ length: 6 }, () => new AbortController())
    const calls = aborts.map(({ signal }, i) => req.request(`${i}`, { signal }))
    const outcomes = Promise.allSettled(calls)
    for (const i of [5, 0, 2]) aborts[i]?.abort()
    for (let i = 0; i < 6; i++) await rep.send(await rep.recv())
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected'
    ])
    expect(req.stats().drops).toEqual({ 'late-reply': 3 })
  })

  it('REQ-21 a recv waits for the request of send only', async () => {
    const [req, rep] = track(new Req(), new Rep())
    await marry(rep, req)
    await req.send('mine')
    const received = req.recv()
    await texts(rep, 1)
    rep.serve(({ body }) => body)
    expect(String(await req.request('other'))).toBe('other')
    expect(await isPending(received)).toBe(true)
  })

  it.each([
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: Number.NaN }],
    ['retry', { retry: 'yes' }],
    ['failFast', { failFast: 1 }],
    ['signal', { signal: {} }]
  ])('OPT-13 a wrong %s is EINVAL and sends nothing', async (name, options) => {
    const [req, rep] = track(new Req(), new RawRep())
    await marry(rep, req)
    await expect(req.request('x', options as object)).rejects.toThrow(name)
    await expect(req.request('x', options as object)).rejects.toEqual(code('EINVAL'))
    await turns()
    expect(rep.tryRecv()).toBeUndefined()
  })
})

it('keeps no request until a full collection once it is answered', async () => {
  const [req, rep] = track(new Req(), new Rep())
  const url = inprocUrl()
  await rep.bind(url)
  req.connect(url)
  rep.serve(() => 'yes')
  const ask = async (): Promise<void> => {
    // Each is there twice: as it was given, to be sent again, and as the REP has it.
    for (let i = 0; i < 100; i++) await req.request(Buffer.allocUnsafeSlow(4096))
  }
  await ask()
  // Whatever the socket has made so far is old memory now.
  await memoryInUse()
  const before = await buffersAfterYoungCollections()
  await Promise.all(Array.from({ length: 8 }, ask))
  expect((await buffersAfterYoungCollections()) - before).toBeLessThan(100_000)
})
