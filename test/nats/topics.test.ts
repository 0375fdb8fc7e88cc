/** Publish and subscribe over NATS. */

import { nats } from 'hubless/nats'
import { describe, expect, it } from 'vitest'
import { natsServer, site, startNats } from '../helpers/nats.ts'

describe.skipIf(natsServer.skip)('publications over NATS', () => {
  it('I-23 I-26 arrive once a subscription is in force, in order, each once, however prefixes overlap', async () => {
    const server = await startNats()
    const subscriber = site(server.url).member()
    const narrow = await subscriber.subscribe('prices/oil')
    const all = await subscriber.subscribe('')
    const partial = await subscriber.subscribe('pri')
    const middle = await subscriber.subscribe('prices/')
    const publisher = site(server.url).member()
    const topics = ['prices/oil', 'prices/oilseed', 'prices/', 'prices', 'private.x', '/', 'a//b', 'tea~']
    for (const topic of topics) await publisher.publish(topic, topic)
    await publisher.publish('prices/oil/end', 'end')
    const read = async (subscription: typeof all): Promise<string[]> => {
      const got: string[] = []
      for await (const { topic, body } of subscription) {
        if (String(body) === 'end') break
        expect(topic).toBe(String(body))
        got.push(topic)
      }
      return got
    }
    expect(await read(narrow)).toEqual(topics.filter((topic) => topic.startsWith('prices/oil')))
    expect(await read(middle)).toEqual(topics.filter((topic) => topic.startsWith('prices/')))
    expect(await read(partial)).toEqual(topics.filter((topic) => topic.startsWith('pri')))
    expect(await read(all)).toEqual(topics)
  }, 20_000)

  it('I-22 only those who subscribed carry the bytes', async () => {
    const server = await startNats()
    const [one, other] = [site(server.url).member(), site(server.url).member()]
    await one.subscribe('tea/')
    const subscription = await other.subscribe('prices/')
    const publisher = site(server.url).member()
    await publisher.publish('prices/oil', '1')
    await subscription.next()
    expect([one.stats().calls.received, other.stats().calls.received]).toEqual([0, 1])
  })

  it('end when the subscription is closed', async () => {
    const server = await startNats()
    const subscriber = site(server.url).member()
    const [first, second] = [await subscriber.subscribe('a/'), await subscriber.subscribe('b/')]
    await first.close()
    const publisher = site(server.url).member()
    await publisher.publish('a/x', 'unheard')
    await publisher.publish('b/x', 'heard')
    await second.next()
    expect(subscriber.stats().calls.received).toBe(1)
  })

  it('much at once waits for the server and loses nothing', async () => {
    const server = await startNats()
    const subscriber = site(server.url).member({ engine: nats({ servers: server.url }) })
    const subscription = await subscriber.subscribe('load/', { queue: 100_000, queueBytes: 1e9 })
    const publisher = site(server.url).member()
    const body = Buffer.alloc(100_000)
    const count = 400
    for (let i = 0; i < count; i++) await publisher.publish(`load/${i}`, body)
    for (let i = 0; i < count; i++) expect(await subscription.next()).toMatchObject({ value: { topic: `load/${i}` } })
  }, 30_000)
})
