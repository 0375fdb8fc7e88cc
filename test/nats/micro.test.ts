/** NATS micro: what `nats micro ls`, `info` and `stats` ask for is answered as ADR-32 says, and its clients can call. */
import { describe, expect, it } from 'vitest'
import { type NatsClient, natsClient, natsHeaders, natsServer, site, startNats } from '../helpers/nats.ts'

type Json = Record<string, unknown>

async function gather(nats: NatsClient, subject: string): Promise<Json[]> {
  const answers = await nats.requestMany(subject, '', { strategy: 'stall', maxWait: 3000 })
  const found: Json[] = []
  for await (const answer of answers) found.push(JSON.parse(answer.string()) as Json)
  return found
}

describe.skipIf(natsServer.skip)('NATS micro', () => {
  it('I-45 lists every service by PING, INFO and STATS, to all, by name and by id', async () => {
    const server = await startNats()
    const [one, two] = [site(server.url).member({ network: 'default' }), site(server.url).member()]
    const metadata = { version: '2.1.0', site: 'eu' }
    await one.serve('img.resize', { request: ({ body }) => body }, { metadata })
    await two.serve('img.resize', { request: () => Promise.reject(new Error('broken')) })
    await two.serve('time', { request: () => 'now' })
    const client = await natsClient(server)

    const pings = await gather(client, '$SRV.PING')
    expect(pings.map(({ name }) => name).sort()).toEqual(['img_resize', 'img_resize', 'time'])
    for (const ping of pings) {
      expect(ping).toMatchObject({
        type: 'io.nats.micro.v1.ping_response',
        name: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        metadata: expect.objectContaining({ 'hubless.network': 'default' })
      })
    }
    expect(await gather(client, '$SRV.PING.time')).toMatchObject([{ id: two.id, name: 'time' }])

    const [info] = await gather(client, `$SRV.INFO.img_resize.${one.id}`)
    expect(info).toEqual({
      type: 'io.nats.micro.v1.info_response',
      name: 'img_resize',
      id: one.id,
      version: '2.1.0',
      metadata: { ...metadata, 'hubless.name': 'img.resize', 'hubless.network': 'default' },
      description: expect.any(String),
      endpoints: [{ name: 'request', subject: 'hubless.default.request.img~resize', queue_group: 'q', metadata: {} }]
    })

    for (let i = 0; i < 10; i++) await client.request('hubless.default.request.img~resize', 'x', { timeout: 2000 })
    const stats = await gather(client, '$SRV.STATS.img_resize')
    const endpoints = stats.map((stat) => (stat.endpoints as Json[])[0] as Json)
    expect(stats.every(({ type }) => type === 'io.nats.micro.v1.stats_response')).toBe(true)
    expect(stats.every(({ started }) => typeof started === 'string' && !Number.isNaN(Date.parse(started)))).toBe(true)
    expect(endpoints.reduce((sum, { num_requests }) => sum + (num_requests as number), 0)).toBe(10)
    for (const endpoint of endpoints) {
      const { num_requests, num_errors, processing_time, average_processing_time } = endpoint as Record<string, number>
      expect(num_errors === 0 || endpoint.last_error === 'broken').toBe(true)
      expect(Number.isInteger(processing_time)).toBe(true)
      const average = num_requests === 0 ? 0 : Math.round((processing_time as number) / (num_requests as number))
      expect(average_processing_time).toBe(average)
    }
  }, 20_000)

  it('I-45 a service that closed is not listed any more', async () => {
    const server = await startNats()
    const cluster = site(server.url).member()
    const service = await cluster.serve('time', { request: () => 'now' })
    const client = await natsClient(server)
    expect(await gather(client, '$SRV.PING.time')).toHaveLength(1)
    await service.close()
    await expect(client.request('$SRV.PING.time', '', { timeout: 1000 })).rejects.toThrow(/no responders/)
  }, 20_000)

  it('its clients call services of ours, and get errors as they know them', async () => {
    const server = await startNats()
    await site(server.url)
      .member()
      .serve('time', {
        request: ({ body, from }) => {
          if (String(body) === 'fail') throw new Error('no\nsuch zone')
          return `now ${from === ''}`
        }
      })
    const client = await natsClient(server)
    expect((await client.request('hubless.default.request.time', '', { timeout: 1000 })).string()).toBe('now true')
    const failure = await client.request('hubless.default.request.time', 'fail', { timeout: 1000 })
    expect(failure.headers?.get('Nats-Service-Error-Code')).toBe('500')
    expect(failure.headers?.get('Nats-Service-Error')).toBe('no such zone')
  })

  it('services of NATS micro at a subject of ours are called, and their errors are errors', async () => {
    const server = await startNats()
    const client = await natsClient(server)
    client.subscribe('hubless.default.request.legacy', {
      queue: 'q',
      callback: (_error, message) => {
        const fields = { 'Nats-Service-Error-Code': '404', 'Nats-Service-Error': 'unknown zone' }
        if (message.string() === 'ok') message.respond('fine')
        else message.respond('', { headers: natsHeaders(fields) })
      }
    })
    await client.flush()
    const caller = site(server.url).member()
    expect(String(await caller.request('legacy', 'ok'))).toBe('fine')
    await expect(caller.request('legacy', 'no')).rejects.toMatchObject({
      code: 'EREMOTE',
      remote: { code: '404', message: 'unknown zone' }
    })
  })
})
