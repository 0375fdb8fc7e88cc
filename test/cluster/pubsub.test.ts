/** Publishing to whoever subscribed, in whatever instance. */
import { type Cluster, fixed, type PeerStats, type Publication } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { breakable, member, startMember } from '../helpers/clusters.ts'
import { eventually } from '../helpers/sockets.ts'

async function take(subscription: AsyncIterator<Publication>, count: number): Promise<string[]> {
  const taken: string[] = []
  while (taken.length < count) {
    const { value } = (await subscription.next()) as IteratorYieldResult<Publication>
    taken.push(`${value.topic} ${value.body}`)
  }
  return taken
}

describe('publishing', () => {
  it('I-22 I-23 reaches subscribers in others as soon as they have subscribed, and only those carry the bytes', async () => {
    const [publisher, oil, gold] = [member(), member(), member()]
    const prices = await oil.subscribe('prices/oil')
    const others = await gold.subscribe('prices/gold')
    expect(await publisher.publish('prices/oil', '42')).toBe(1)
    expect(await publisher.publish('prices/gold', '1900')).toBe(1)
    expect(await publisher.publish('weather', 'rain')).toBe(0)
    expect(await take(prices, 1)).toEqual(['prices/oil 42'])
    expect(await take(others, 1)).toEqual(['prices/gold 1900'])
    expect(oil.stats().calls.received).toBe(1)
    expect(gold.stats().calls.received).toBe(1)
  })

  it('I-22 reaches a process', async () => {
    const subscriber = await startMember({ subscribe: 'prices/' })
    const publisher = member()
    expect(await publisher.publish('prices/oil', '42')).toBe(1)
    await subscriber.line(/^prices\/oil 42$/)
  }, 30_000)

  it('I-23 a later subscription of the same instance is in force when it resolves', async () => {
    const [publisher, subscriber] = [member(), member()]
    await subscriber.subscribe('first')
    await publisher.publish('first', '')
    for (let i = 0; i < 50; i++) {
      const later = await subscriber.subscribe(`later/${i}`)
      expect(await publisher.publish(`later/${i}`, 'now')).toBe(1)
      expect(await take(later, 1)).toEqual([`later/${i} now`])
      await later.close()
      expect(await publisher.publish(`later/${i}`, 'after')).toBe(0)
    }
  })

  it('I-24 a subscriber that does not read loses the newest, is counted, and slows nobody', async () => {
    const [publisher, subscriber] = [member(), member()]
    const slow = await subscriber.subscribe('feed', { queue: 10 })
    const fast = await subscriber.subscribe('feed')
    for (let i = 0; i < 100; i++) await publisher.publish('feed', String(i))
    expect(await take(fast, 100)).toHaveLength(100)
    expect(slow.dropped).toBe(90)
    expect(subscriber.stats().drops).toEqual({ 'slow-subscriber': 90 })
    expect(await take(slow, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `feed ${i}`))
  })

  it('I-24 a frozen subscriber is counted by the publisher, and the others get everything', async () => {
    const frozen = await startMember({ subscribe: 'feed' })
    const [publisher, subscriber] = [member({ patience: 60_000 }), member()]
    const feed = await subscriber.subscribe('feed', { queue: Infinity, queueBytes: Infinity })
    expect(await publisher.publish('feed', 'first')).toBe(2)
    await frozen.line(/^feed first$/)
    frozen.child.kill('SIGSTOP')
    const body = Buffer.alloc(16_384)
    let reached = 2
    let sent = 1
    while (reached === 2) {
      reached = await publisher.publish('feed', body)
      sent++
    }
    expect(reached).toBe(1)
    expect(publisher.stats().drops['slow-subscriber']).toBe(1)
    await eventually(() => feed.waiting === sent)
  }, 30_000)

  it('I-25 several subscriptions to one topic in one instance all get it, each with bytes of its own', async () => {
    const [publisher, subscriber] = [member(), member()]
    const all = [await subscriber.subscribe(''), await subscriber.subscribe('a'), await subscriber.subscribe('a')]
    expect(await publisher.publish('a/b', 'x')).toBe(1)
    const bodies = await Promise.all(all.map(async (one) => (await one.next()).value as Publication))
    for (const { topic, body, from } of bodies) {
      expect([topic, String(body), from]).toEqual(['a/b', 'x', publisher.id])
      body.fill(0)
    }
  })

  it('reaches subscriptions of this instance', async () => {
    const alone = member()
    const own = await alone.subscribe('a')
    expect(await alone.publish('a', 'x')).toBe(1)
    expect(await take(own, 1)).toEqual(['a x'])
  })

  it('I-26 keeps the order of one publisher', async () => {
    const [publisher, subscriber] = [member(), member()]
    const feed = await subscriber.subscribe('feed')
    const expected = Array.from({ length: 2000 }, (_, i) => `feed ${i}`)
    void (async () => {
      for (let i = 0; i < 2000; i++) await publisher.publish('feed', String(i))
    })()
    expect(await take(feed, 2000)).toEqual(expected)
  })

  it('I-27 goes on after the connection was lost, without the application', async () => {
    const broken = await breakable()
    const subscriber = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
    const feed = await subscriber.subscribe('feed')
    const publisher = member({ members: fixed([await broken.to(subscriber.urls[0] as string)]) })
    expect(await publisher.publish('feed', 'before')).toBe(1)
    expect(await take(feed, 1)).toEqual(['feed before'])
    const left = linkStates(publisher)
    expect(left).toEqual(['up'])
    broken.cut()
    await eventually(() => linkStates(publisher)[0] !== 'up')
    await eventually(() => linkStates(publisher)[0] === 'up')
    expect(await publisher.publish('feed', 'after')).toBe(1)
    expect(await take(feed, 1)).toEqual(['feed after'])
  })

  it('ends the loop when the subscription closes, and when its signal aborts', async () => {
    const subscriber = member()
    const gone = new AbortController()
    const feed = await subscriber.subscribe('feed', { signal: gone.signal })
    const ended = (async () => {
      for await (const _ of feed) throw new Error('nothing was published')
    })()
    gone.abort()
    await ended
    expect(subscriber.stats().subscriptions).toBe(0)
  })
})

function linkStates(cluster: Cluster): string[] {
  const { peers } = cluster.stats().engines.direct as unknown as { peers: PeerStats[] }
  return peers.map(({ state }) => state)
}
