import { getEventListeners } from 'node:events'
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Sub, Surveyor } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WaitQueue } from '../../src/core/waiting.ts'
import { eventually, inprocUrl, isPending, marry, track } from '../helpers/sockets.ts'

afterEach(() => void vi.useRealTimers())

/** A PUSH and a PULL with buffers of a few bytes, so that one message fills them. */
async function narrow(): Promise<{ push: Push; pull: Pull }> {
  const push = new Push({ sendBuffer: 1 })
  const pull = new Pull({ recvBuffer: 1 })
  await marry(push, pull)
  return { push, pull }
}

/** Sends until `trySend` is false. */
function stuff(push: Push): number {
  let sent = 0
  while (push.trySend(`filler ${sent}`)) sent++
  return sent
}

describe('order', () => {
  it('COM-12 waiting recv calls are served in call order', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    const calls = Array.from({ length: 5 }, () => pull.recv())
    for (let i = 0; i < 5; i++) await push.send(String(i))
    expect((await Promise.all(calls)).map(String)).toEqual(['0', '1', '2', '3', '4'])
  })

  it('COM-12 waiting send calls are accepted in call order', async () => {
    const { push, pull } = await narrow()
    const fillers = stuff(push)
    const accepted: number[] = []
    for (let i = 0; i < 5; i++) void push.send(`waited ${i}`).then(() => accepted.push(i))
    expect(accepted).toEqual([])
    const received: string[] = []
    while (received.length < fillers + 5) received.push(String(await pull.recv({ timeout: 5000 })))
    expect(received.slice(fillers)).toEqual(['waited 0', 'waited 1', 'waited 2', 'waited 3', 'waited 4'])
    expect(accepted).toEqual([0, 1, 2, 3, 4])
  })

  it('COM-12 a call that gives up in the middle leaves the others in order', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    const middle = new AbortController()
    const calls = [pull.recv(), pull.recv({ signal: middle.signal }), pull.recv()]
    middle.abort()
    await push.send('a')
    await push.send('b')
    const results = await Promise.allSettled(calls)
    expect(results.map((r) => (r.status === 'fulfilled' ? String(r.value) : 'aborted'))).toEqual(['a', 'aborted', 'b'])
  })
})

describe('timeout', () => {
  it('COM-18 recv and send reject with ETIMEDOUT after about that time and not before', async () => {
    for (const wait of [
      () => track(new Pull()).recv({ timeout: 60 }),
      () => track(new Pull({ recvTimeout: 60 })).recv(),
      () => track(new Pair()).recvMessage({ timeout: 60 }),
      () => track(new Push()).send('nobody', { timeout: 60 }),
      () => track(new Pair({ sendTimeout: 60 })).send('nobody')
    ]) {
      const began = performance.now()
      await expect(wait()).rejects.toMatchObject({ name: 'SpError', code: 'ETIMEDOUT' })
      const took = performance.now() - began
      expect(took).toBeGreaterThan(58)
      expect(took).toBeLessThan(1000)
    }
  })

  it('COM-18 says in its cause why nobody is connected, and only then', async () => {
    const options = { reconnectInterval: 5, reconnectIntervalMax: 5 }
    const [req, push, pull] = track(new Req(options), new Push(options), new Pull(options))
    const dialers = [req, push, pull].map((socket) => socket.connect('tcp://127.0.0.1:1'))
    await eventually(() => [req, push, pull].every((socket) => socket.stats().endpoints[0]?.lastError !== null))
    const cause = { code: 'ECONNREFUSED' }
    for (const timeout of [0, 5]) {
      for (const call of [
        () => req.request('anybody?', { timeout }),
        () => req.waitForPeers(1, { timeout }),
        () => push.send('anybody?', { timeout }),
        () => pull.recv({ timeout }),
        () => dialers[0]?.whenConnected({ timeout })
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'ETIMEDOUT', cause })
      }
    }
    await req.send('anybody?')
    await expect(req.recv({ timeout: 5 })).rejects.toMatchObject({ code: 'ETIMEDOUT', cause })
    const rep = track(new Rep())
    req.connect((await rep.bind('tcp://127.0.0.1:0')).url)
    await req.waitForPeers(1)
    const unanswered: unknown = await req.request('somebody!', { timeout: 5 }).catch((error: unknown) => error)
    expect(unanswered).toMatchObject({ code: 'ETIMEDOUT' })
    expect(unanswered).not.toHaveProperty('cause')
    await expect(dialers[0]?.whenConnected({ timeout: 5 })).rejects.toMatchObject({ code: 'ETIMEDOUT', cause })
  })

  it('COM-18 the timeout of a call goes before that of the socket', async () => {
    vi.useFakeTimers()
    const pull = track(new Pull({ recvTimeout: 100 }))
    const longer = pull.recv({ timeout: 300 })
    const failed = vi.fn()
    longer.catch(failed)
    await vi.advanceTimersByTimeAsync(299)
    expect(failed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(failed).toHaveBeenCalledOnce()
  })

  it('COM-19 timeout 0 succeeds when possible at once, otherwise rejects with ETIMEDOUT at once', async () => {
    const { push, pull } = await narrow()
    await expect(pull.recv({ timeout: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await push.send('at once', { timeout: 0 })
    expect(String(await pull.recv({ timeout: 0 }))).toBe('at once')
    stuff(push)
    await expect(push.send('no room', { timeout: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const lone = track(new Push())
    await expect(lone.send('nobody', { timeout: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(lone.waitForPeers(1, { timeout: 0 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(lone.waitForPeers(0, { timeout: 0 })).resolves.toBeUndefined()
  })

  it('COM-19 timeout 0 makes a broadcast as trySend does: it never waits and never fails', async () => {
    const pub = new Pub({ sendBuffer: 1 })
    const sub = new Sub({ recvBuffer: 1 })
    sub.subscribe('')
    await marry(pub, sub)
    for (let i = 0; i < 5; i++) await pub.send(`news ${i}`, { timeout: 0 })
    expect(pub.stats().messagesSent).toBe(5)
    expect(pub.stats().drops['queue-full']).toBeGreaterThan(0)
  })

  it('OPT-13 a negative timeout, NaN and other types are EINVAL, Infinity is none', async () => {
    const url = inprocUrl()
    const req = track(new Req())
    const pull = track(new Pull())
    const dialer = pull.connect(url)
    const bus = track(new Bus())
    const methods: Record<string, (timeout: number) => Promise<unknown>> = {
      send: (timeout) => track(new Push()).send('x', { timeout }),
      'send of a broadcast': (timeout) => bus.send('x', { timeout }),
      'send of a survey': (timeout) => track(new Surveyor()).send('x', { timeout }),
      recv: (timeout) => pull.recv({ timeout }),
      recvMessage: (timeout) => pull.recvMessage({ timeout }),
      request: (timeout) => req.request('x', { timeout }),
      waitForPeers: (timeout) => req.waitForPeers(1, { timeout }),
      whenConnected: (timeout) => dialer.whenConnected({ timeout })
    }
    for (const [name, call] of Object.entries(methods)) {
      for (const bad of [-1, Number.NaN, '5' as unknown as number, null as unknown as number]) {
        await expect(call(bad), `${name} with timeout ${bad}`).rejects.toMatchObject({
          code: 'EINVAL',
          message: expect.stringMatching(/timeout is .*allowed is a number of ms from 0, or Infinity/)
        })
      }
      if (name.startsWith('send of')) continue
      const endless = call(Number.POSITIVE_INFINITY)
      endless.catch(() => {})
      expect(await isPending(endless), name).toBe(true)
    }
  })

  it('a signal that is none is EINVAL', async () => {
    const pull = track(new Pull())
    const signal = {} as AbortSignal
    await expect(pull.recv({ signal })).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(pull.recv(500 as unknown as object)).rejects.toMatchObject({ code: 'EINVAL' })
  })
})

describe('signal', () => {
  const reason = new Error('changed my mind')

  it('COM-20 a signal that is aborted already rejects with its reason; nothing is sent or taken', async () => {
    const [push, pull] = [new Push(), new Pull()]
    const { dialer } = await marry(push, pull)
    const signal = AbortSignal.abort(reason)
    await push.send('kept')
    await expect(push.send('never', { signal })).rejects.toBe(reason)
    await expect(pull.recv({ signal })).rejects.toBe(reason)
    await expect(pull.recvMessage({ signal })).rejects.toBe(reason)
    await expect(pull.waitForPeers(1, { signal })).rejects.toBe(reason)
    await expect(dialer.whenConnected({ signal })).rejects.toBe(reason)
    expect(String(pull.tryRecv())).toBe('kept')
    expect(pull.tryRecv()).toBeUndefined()
    const [req, rep] = [new Req(), new Rep()]
    await marry(req, rep)
    await expect(req.request('never', { signal })).rejects.toBe(reason)
    expect(rep.tryRecv()).toBeUndefined()
    const [bus, other] = [new Bus(), new Bus()]
    await marry(bus, other)
    await expect(bus.send('never', { signal })).rejects.toBe(reason)
    expect(other.tryRecv()).toBeUndefined()
  })

  it('COM-21 aborting a waiting recv rejects with the reason; the next message goes to the next recv', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    const controller = new AbortController()
    const waiting = pull.recv({ signal: controller.signal })
    expect(await isPending(waiting.catch(() => {}))).toBe(true)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await push.send('for the next')
    expect(String(await pull.recv())).toBe('for the next')
  })

  it('COM-22 aborting a waiting send rejects; that message is never sent', async () => {
    const push = track(new Push())
    const controller = new AbortController()
    const given = push.send('given up', { signal: controller.signal })
    const late = push.send('too late', { timeout: 20 })
    const kept = push.send('kept')
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const pull = new Pull()
    await marry(pull, push)
    await kept
    await push.send('end')
    const received = [String(await pull.recv()), String(await pull.recv())]
    expect(received).toEqual(['kept', 'end'])
    expect(push.stats().messagesSent).toBe(2)
  })

  it('COM-22 aborting a send that waits for room rejects; that message is never sent', async () => {
    const { push, pull } = await narrow()
    const fillers = stuff(push)
    const controller = new AbortController()
    const given = push.send('given up', { signal: controller.signal })
    const kept = push.send('kept')
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    const received: string[] = []
    while (received.length <= fillers) received.push(String(await pull.recv({ timeout: 5000 })))
    await kept
    expect(received.at(-1)).toBe('kept')
    expect(pull.tryRecv()).toBeUndefined()
  })

  it('COM-22 aborting a broadcast that waits for a turn of the event loop rejects; it is never sent', async () => {
    const pub = new Pub({ sendBuffer: 1 })
    const sub = new Sub({ recvBuffer: 1 })
    sub.subscribe('')
    await marry(pub, sub)
    pub.trySend('fills the reader')
    pub.trySend('fills the buffer')
    const controller = new AbortController()
    const given = pub.send('given up', { signal: controller.signal })
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    const { messagesSent } = pub.stats()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pub.stats().messagesSent).toBe(messagesSent)
  })

  it('an abort after the message is there changes nothing', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    const controller = new AbortController()
    const waiting = pull.recv({ signal: controller.signal })
    await push.send('first')
    controller.abort(reason)
    expect(String(await waiting)).toBe('first')
  })
})

describe('nothing is left behind', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

  it('COM-23 settled calls leave no listener on their signal and no timer, over 10 000 calls on one signal', async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    const options = { signal, timeout: 60_000 }
    const [a, b] = [new Pair(), new Pair()]
    const { dialer } = await marry(a, b)
    const [req, rep] = [new Req(), new Rep()]
    await marry(req, rep)
    void rep.serve(({ body }) => body)
    const before = timers()
    for (let i = 0; i < 2500; i++) {
      const waiting = b.recv(options)
      await a.send('x', options)
      await waiting
      await req.request('y', options)
      await dialer.whenConnected(options)
    }
    await expect(a.recv({ signal, timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(track(new Push()).send('z', { signal, timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await expect(a.waitForPeers(2, { signal, timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(listeners()).toBe(0)
    // The timer of REQ's resend interval is there once for all requests, and goes when it finds none.
    expect(timers()).toBeLessThanOrEqual(before + 1)
  })

  it('COM-23 calls that close rejects leave nothing either', async () => {
    const { signal } = new AbortController()
    const before = timers()
    const pull = track(new Pull())
    const push = track(new Push())
    const dialer = pull.connect(inprocUrl())
    const options = { signal, timeout: 60_000 }
    const calls = [
      pull.recv(options),
      push.send('x', options),
      pull.waitForPeers(1, options),
      dialer.whenConnected(options)
    ]
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await Promise.all([pull.close(), push.close()])
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EBADF' } })
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await eventually(() => timers() <= before)
  })
})

describe('a queue of calls that wait', () => {
  it('COM-20 takes none whose signal is aborted already', async () => {
    const queue = new WaitQueue<string, void>('x')
    await expect(queue.wait('', { signal: AbortSignal.abort('no') }, Infinity)).rejects.toBe('no')
    expect(queue.head).toBeUndefined()
  })

  it('tells once that a call is settled, whoever settles it again', async () => {
    const left: string[] = []
    const queue = new WaitQueue<string, string>('x', undefined, (payload) => left.push(payload))
    const [first, second] = [queue.add('first', undefined, Infinity), queue.add('second', undefined, Infinity)]
    first.resolve('done')
    first.reject(new Error('too late'))
    expect(queue.remove(first)).toBe(false)
    expect([await first.promise, left, queue.head]).toEqual(['done', ['first'], second])
  })
})
