import { Pair, Pub, Pull, Push, Req, Respondent, Sub, Surveyor } from 'hubless'
import { Push as RawPush } from 'hubless/raw'
import { describe, expect, it, vi } from 'vitest'
import { code } from '../helpers/messages.ts'
import { marry, track, transportCases, zeromqCases } from '../helpers/sockets.ts'

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`)

describe.each([...transportCases, ...zeromqCases])('batches over $name', (transport) => {
  it('BAT-01 arrive complete and in order, whatever their sizes', async () => {
    const [push, pull] = track(new Push(), new Pull())
    await marry(pull, push, transport.url(), transport)
    const messages = numbered(5000)
    const sending = push.sendBatch(messages)
    const received: string[] = []
    for await (const bodies of pull.batches({ max: 300 })) {
      expect(bodies.length).toBeGreaterThanOrEqual(1)
      expect(bodies.length).toBeLessThanOrEqual(300)
      received.push(...bodies.map(String))
      if (received.length === messages.length) break
    }
    await sending
    expect(received).toEqual(messages)
  })

  it('BAT-02 wait for room, and lose nothing to a reader that is slow', async () => {
    const [push, pull] = track(new Push({ sendBuffer: 2000 }), new Pull({ recvBuffer: 2000 }))
    await marry(pull, push, transport.url(), transport)
    const body = Buffer.alloc(500)
    const sending = push.sendBatch(Array.from({ length: 2000 }, () => body)).then(() => 'sent')
    let received = 0
    for await (const bodies of pull.batches({ max: 7 })) {
      received += bodies.length
      if (received === 2000) break
    }
    expect([await sending, received]).toEqual(['sent', 2000])
  })
})

describe('receiving batches', () => {
  it('BAT-03 takes what is there and no more than max', async () => {
    const [push, pull] = track(new Push(), new Pull())
    await marry(pull, push)
    await push.sendBatch(numbered(10))
    const batches = pull.batches({ max: 4 })
    const sizes: number[] = []
    for (let i = 0; i < 3; i++) sizes.push(((await batches.next()).value as Buffer[]).length)
    expect(sizes).toEqual([4, 4, 2])
  })

  it('BAT-04 waits for the first message of a batch, and leaving takes none', async () => {
    const [push, pull] = track(new Push(), new Pull())
    await marry(pull, push)
    const batches = pull.batches()
    const waiting = batches.next()
    await batches.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await push.send('kept')
    expect(String(await pull.recv())).toBe('kept')
  })

  it('BAT-05 ends when the socket closes', async () => {
    const pull = track(new Pull())
    const ended = (async () => {
      for await (const _ of pull.batches()) throw new Error('nothing was sent')
    })()
    await pull.close()
    await ended
  })

  it('BAT-06 tells a failure after the messages that came before it', async () => {
    const pull = track(new Pull({ codec: { encode: String, decode: String } }))
    const push = track(new Push())
    await marry(pull, push)
    await push.sendBatch(['a', 'b'])
    const req = track(new Req())
    await expect(req.batches().next()).rejects.toEqual(code('EFSM'))
    expect(await pull.batches().next()).toEqual({ done: false, value: ['a', 'b'] })
  })

  it('BAT-07 refuses a wrong max', () => {
    const pull = track(new Pull())
    for (const max of [0, -1, 1.5, Number.NaN, '7' as never]) {
      expect(() => pull.batches({ max }), String(max)).toThrow(code('EINVAL'))
    }
    expect(() => pull.batches(null as never)).toThrow(code('EINVAL'))
  })
})

describe('sending batches', () => {
  it('BAT-08 sends nothing of a batch with a body that is none, and says so', async () => {
    const [push, pull] = track(new Push(), new Pull())
    await marry(pull, push)
    await expect(push.sendBatch(['good', 7 as never, 'good'])).rejects.toEqual(code('EINVAL'))
    await expect(push.sendBatch('abc' as never)).rejects.toEqual(code('EINVAL'))
    await push.sendBatch([])
    expect([pull.tryRecv(), push.stats().messagesSent]).toEqual([undefined, 0])
  })

  it('BAT-09 stops at a timeout, an abort and a close; what came before is on its way', async () => {
    for (const [options, expected] of [
      [() => ({ timeout: 5 }), code('ETIMEDOUT')],
      [() => ({ signal: AbortSignal.timeout(5) }), expect.objectContaining({ name: 'TimeoutError' })]
    ] as const) {
      const [push, pull] = track(new Push({ sendBuffer: 1 }), new Pull({ recvBuffer: 1 }))
      await marry(pull, push)
      await expect(push.sendBatch(numbered(10), options())).rejects.toEqual(expected)
      const { messagesSent } = push.stats()
      expect(messagesSent).toBeGreaterThan(0)
      for (let i = 0; i < messagesSent; i++) expect(String(await pull.recv())).toBe(`${i}`)
      expect(pull.tryRecv()).toBeUndefined()
    }
    const lonely = track(new Push())
    const sending = expect(lonely.sendBatch(['x'])).rejects.toEqual(code('EBADF'))
    await lonely.close()
    await sending
  })

  it('BAT-10 of PUB loses nothing to a subscriber that keeps up', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 10_000 }), new Sub())
    sub.subscribe('')
    await marry(pub, sub, 'tcp://127.0.0.1:0')
    const messages = numbered(20_000)
    const sending = pub.sendBatch(messages)
    let received = 0
    for await (const bodies of sub.batches()) {
      received += bodies.length
      if (received === messages.length) break
    }
    await sending
    expect(pub.stats().drops).toEqual({})
  })

  it('BAT-11 lets timers run meanwhile', async () => {
    const [left, right] = track(new Pair(), new Pair({ recvBuffer: Number.POSITIVE_INFINITY }))
    await marry(left, right)
    let ticks = 0
    const timer = setInterval(() => ticks++, 0)
    await left.sendBatch(Array.from({ length: 10_000 }, () => 'x'))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(1)
  })

  it('BAT-12 [raw] keeps header and body of each message together', async () => {
    const [push, pull] = track(new RawPush(), new Pull())
    await marry(pull, push)
    await push.sendBatch([
      { header: Buffer.from('a'), body: '1' },
      { header: Buffer.from('b'), body: '2' }
    ])
    expect((await pull.batches().next()).value.map(String)).toEqual(['a1', 'b2'])
  })

  it('BAT-13 what a pattern lacks is ENOTSUP', async () => {
    const [push, pull] = track(new Push(), new Pull())
    await expect((pull as unknown as Push).sendBatch(['x'])).rejects.toEqual(code('ENOTSUP'))
    expect(() => (push as unknown as Pull).batches()).toThrow(code('ENOTSUP'))
  })
})

it('SUR-01 yield the answers that are there, and then throw what comes behind them', async () => {
  const [surveyor, respondent] = [new Surveyor({ deadline: 30 }), new Respondent()]
  await marry(surveyor, respondent)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    await surveyor.send('who?')
    await respondent.recv()
    await respondent.send('me')
    vi.advanceTimersByTime(30)
  } finally {
    vi.useRealTimers()
  }
  const batches = surveyor.batches({ max: 10 })
  expect((await batches.next()).value?.map(String)).toEqual(['me'])
  await expect(batches.next()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})
