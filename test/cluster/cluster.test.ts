/** The cluster itself: values by codec, what it tells of itself, and its end. */
import { type Cluster, type ClusterStats, fixed } from 'hubless/cluster'
import { json } from 'hubless/codecs'
import { describe, expect, it } from 'vitest'
import { runChild } from '../helpers/child.ts'
import { closeLater, meetingPlace, member, nextOf } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'
import { eventually } from '../helpers/sockets.ts'

interface Order {
  readonly item: string
  readonly count: number
}

describe('a codec', () => {
  it('makes values of bodies in every verb', async () => {
    const codec = json<Order>()
    const [caller, service] = [member<Order, Order>({ codec }), member<Order, Order>({ codec })]
    const news: Order[] = []
    await service.serve('order', {
      request: ({ body }) => ({ ...body, count: body.count + 1 }),
      survey: ({ body }) => body,
      broadcast: ({ body }) => news.push(body),
      tunnel: async (tunnel) => {
        for await (const { item, count } of tunnel) await tunnel.send({ item, count: count * 2 })
      }
    })
    const tea = { item: 'tea', count: 2 }
    expect((await caller.request('order', tea)).count).toBe(3)
    for await (const { body } of caller.survey('order', tea)) expect(body).toEqual(tea)
    await caller.broadcast('order', tea)
    await eventually(() => news.length === 1)
    expect(news).toEqual([tea])
    const orders = await service.subscribe('orders')
    await caller.publish('orders/tea', tea)
    expect((await orders.next()).value).toMatchObject({ topic: 'orders/tea', body: tea })
    const tunnel = await caller.tunnel('order')
    await tunnel.send(tea)
    expect(await tunnel.recv()).toEqual({ item: 'tea', count: 4 })
  })

  it('that cannot decode a body costs that call alone', async () => {
    const service = member<Order, Order>({ codec: json<Order>() })
    await service.serve('order', { request: ({ body }) => body })
    const caller = member()
    await expect(caller.request('order', '{')).rejects.toMatchObject({ code: 'EREMOTE', remote: { code: 'EPROTO' } })
    expect(service.stats().drops).toEqual({ codec: 1 })
    expect(String(await caller.request('order', '{"item":"tea","count":1}'))).toBe('{"item":"tea","count":1}')
  })
})

describe('looking at a cluster', () => {
  it('I-47 tells of members, calls, refusals and what is outstanding', async () => {
    const [caller, service] = [member(), member({ zone: 'eu' })]
    const joined = nextOf(caller, 'join')
    const held: ((value: string) => void)[] = []
    const work = await service.serve(
      'work',
      {
        request: ({ body }) => (String(body) === 'hold' ? new Promise<string>((resolve) => held.push(resolve)) : 'done')
      },
      { concurrency: 1, queue: 1, metadata: { version: '2' } }
    )
    expect((await joined).member).toMatchObject({
      id: service.id,
      name: 'work',
      zone: 'eu',
      metadata: { version: '2' }
    })
    await caller.request('work', '')
    const calls = [caller.request('work', 'hold'), caller.request('work', 'wait', { timeout: 500 })]
    await eventually(() => work.stats().queued === 1)
    await expect(caller.request('work', '')).rejects.toEqual(code('EBUSY'))
    expect(caller.members('work')).toMatchObject([{ id: service.id, outstanding: 2 }])
    await expect(calls[1]).rejects.toEqual(code('ETIMEDOUT'))
    held[0]?.('done')
    await calls[0]
    const missed = nextOf(caller, 'no-member')
    await expect(caller.request('absent', '', { failFast: true })).rejects.toEqual(code('EHOSTUNREACH'))
    expect(await missed).toEqual({ name: 'absent', verb: 'request' })
    await eventually(() => work.stats().expired === 1)
    expect(work.stats()).toMatchObject({
      state: 'open',
      handled: 2,
      failed: 0,
      refused: 1,
      expired: 1,
      running: 0,
      queued: 0
    })
    const stats: ClusterStats = JSON.parse(JSON.stringify(caller.stats()))
    expect(stats).toMatchObject({
      id: caller.id,
      network: 'default',
      state: 'open',
      members: 1,
      outstanding: 0,
      calls: { requests: 5, answered: 2, failed: { EBUSY: 1, ETIMEDOUT: 1, EHOSTUNREACH: 1 } },
      engines: {
        direct: {
          peers: [
            { id: service.id, names: ['work'], state: 'up', outstanding: 0, answered: 2, meanTime: expect.any(Number) }
          ]
        }
      },
      providers: { local: { ready: true, seen: 1 } }
    })
    const left = nextOf(caller, 'leave')
    await work.close()
    expect(await left).toMatchObject({ reason: 'left', member: { name: 'work', id: service.id } })
    expect(caller.members()).toEqual([])
  })

  it('a listener that throws disturbs nobody', async () => {
    const caller = member()
    const warned = new Promise((resolve) => process.once('warning', resolve))
    caller.on('join', () => {
      throw new Error('listener')
    })
    await caller.serve('work', { request: () => 'done' })
    expect(String(await caller.request('work', ''))).toBe('done')
    expect(String(await warned)).toContain('listener')
  })
})

describe('the zone', () => {
  it('is preferred as long as anybody is in it', async () => {
    const caller = member({ zone: 'eu' })
    const [near, far] = [member({ zone: 'eu' }), member({ zone: 'us' })]
    await far.serve('work', { request: () => 'far' })
    await near.serve('work', { request: () => 'near' })
    await eventually(() => caller.members('work').length === 2)
    await caller.request('work', '')
    await eventually(() => caller.members('work').every(({ urls }) => urls.length > 0))
    for (let i = 0; i < 50; i++) expect(String(await caller.request('work', ''))).toBe('near')
    await near.close()
    expect(String(await caller.request('work', ''))).toBe('far')
  })
})

describe('the end of a cluster', () => {
  it('I-48 leaves no timer, socket or descriptor: the process exits', async () => {
    const url = new URL('children/exits.ts', import.meta.url)
    const { code: exit, lines, lingered } = await runChild(url, { args: [meetingPlace()] })
    expect(lines).toEqual(['[]'])
    expect(exit).toBe(0)
    expect(lingered).toBeLessThan(2000)
  }, 30_000)

  it('rejects what waits with EBADF, and every call after it', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('mute', { request: () => new Promise<string>(() => {}) })
    const asked = caller.request('mute', '')
    await eventually(() => service.stats().services[0]?.running === 1)
    const waiting = caller.request('absent', '')
    const outcomes = Promise.all([asked, waiting].map((call) => call.catch((error: unknown) => error)))
    await caller.close()
    expect(await outcomes).toEqual([code('EBADF'), code('EBADF')])
    expect(caller.state).toBe('closed')
    await expect(caller.request('mute', '')).rejects.toEqual(code('EBADF'))
    await expect(caller.serve('x', { request: () => '' })).rejects.toEqual(code('EBADF'))
    expect(() => caller.survey('x', '')).toThrow(code('EBADF'))
    await caller.close()
  })

  it('aborts handlers that do not finish in time', async () => {
    const [caller, service] = [member(), member()]
    let aborted = false
    await service.serve('slow', {
      request: ({ signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        return new Promise<string>(() => {})
      }
    })
    const call = caller.request('slow', '').catch((error: unknown) => error)
    await eventually(() => service.stats().services[0]?.running === 1)
    await service.close({ timeout: 20 })
    expect(aborted).toBe(true)
    expect(await call).toEqual(code('ECONNRESET'))
  })

  it('comes with await using', async () => {
    let kept: Cluster | undefined
    {
      await using cluster = closeLater(member())
      kept = cluster
      await using service = await cluster.serve('x', { request: () => '' })
      expect(service.state).toBe('open')
    }
    expect(kept.state).toBe('closed')
  })
})

describe('serving where the address is taken', () => {
  it('rejects, and succeeds once the address is free', async () => {
    const members = fixed([])
    const first = member({ bind: 'tcp://127.0.0.1:0', members })
    await first.serve('work', { request: () => 'first' })
    const [bind] = first.urls
    const second = member({ bind, members })
    await expect(second.serve('work', { request: () => 'second' })).rejects.toEqual(code('EADDRINUSE'))
    await first.close()
    await second.serve('work', { request: () => 'second' })
    expect(String(await second.request('work', ''))).toBe('second')
  })
})
