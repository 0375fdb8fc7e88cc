/** What others of the same NATS account may send: nothing of it throws, adds a member or is taken for an answer. */
import { describe, expect, it } from 'vitest'
import { natsClient, natsServer, site, startNats } from '../helpers/nats.ts'
import { eventually } from '../helpers/sockets.ts'

describe.skipIf(natsServer.skip)('over a NATS account that others use as well', () => {
  it('I-39 forged and damaged announcements add no member and are counted', async () => {
    const server = await startNats()
    const cluster = site(server.url).member()
    await cluster.serve('work', { request: () => 'fine' })
    const foe = await natsClient(server)
    const id = 'f'.repeat(32)
    const service = { name: 'x', metadata: {}, since: new Date().toISOString() }
    const forged: unknown[] = [
      'not json',
      '[]',
      '{"v":2}',
      { v: 1, id: 'short', zone: '', services: [] },
      { v: 1, id, zone: 'a b', services: [service] },
      { v: 1, id, zone: '', services: [{ ...service, name: '../x' }] },
      { v: 1, id, zone: '', services: [{ ...service, since: 'now' }] },
      { v: 1, id, zone: '', services: [{ ...service, metadata: { a: 1 } }] },
      { v: 1, id, zone: '', services: Array.from({ length: 257 }, () => service) }
    ]
    for (const one of forged) {
      foe.publish('hubless.default.presence', typeof one === 'string' ? one : JSON.stringify(one))
    }
    await eventually(() => cluster.stats().drops.announcement === forged.length)
    expect(cluster.members().map(({ name }) => name)).toEqual(['work'])
  })

  it('garbage on every subject of ours disturbs no call', async () => {
    const server = await startNats()
    const service = site(server.url).member()
    await service.serve('work', { request: () => 'fine', survey: () => 'fine', tunnel: (tunnel) => tunnel.closed })
    const subscription = await service.subscribe('prices/')
    const caller = site(server.url).member()
    const foe = await natsClient(server)
    const garbage = Buffer.from([0xff, 0, 1, 2, 3])
    for (const subject of [
      'hubless.default.request.work',
      'hubless.default.tunnel.work',
      'hubless.default.all.work.nobody',
      'hubless.default.topic.nobody.prices.~x',
      'hubless.default.who',
      `hubless.default.instance.${service.id}`,
      `_INBOX.hubless.${service.id}.1.1000`,
      `_INBOX.hubless.${service.id}.1.1000.f`,
      `_INBOX.hubless.${service.id}.tunnel.1`,
      `_INBOX.hubless.${service.id}.ping.x`,
      `_INBOX.hubless.${service.id}.who`,
      `_INBOX.hubless.${service.id}.x`
    ]) {
      foe.publish(subject, garbage)
      foe.publish(subject, garbage, { reply: 'somewhere' })
      foe.publish(subject, '', { reply: `_INBOX.hubless.${service.id}.1.1` })
    }
    await foe.flush()
    for (let i = 0; i < 10; i++) expect(String(await caller.request('work', ''))).toBe('fine')
    await subscription.close()
    expect(service.stats().drops.malformed).toBeGreaterThan(0)
  })
})
