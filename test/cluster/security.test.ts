/** One key for a network: TLS-PSK between all members. */
import { type Cluster, fixed, Hub, hub } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { breakable, closeLater, member, nextOf, startMember } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'
import { eventually } from '../helpers/sockets.ts'

const key = 'a secret of the shop network'
const bind = 'tcp://127.0.0.1:0'

interface WithSocket {
  readonly socket: { readonly rejects: Record<string, number> }
}
const rejects = (cluster: Cluster): Record<string, number> =>
  (cluster.stats().engines.direct as unknown as WithSocket).socket.rejects

describe('a key', () => {
  it('I-01 I-37 makes every TCP connection TLS 1.3, with the hub as well', async () => {
    const meeting = closeLater(new Hub({ network: 'shop', key }))
    const url = await meeting.bind(bind)
    expect(url).toMatch(/^tls\+tcp:/)
    const service = await startMember({ hubs: [url], network: 'shop', key })
    const caller = member({ network: 'shop', key, members: hub(url.replace('tls+', '')) })
    expect(String(await caller.request('work', ''))).toBe(service.pid)
    expect(caller.members('work')[0]?.urls[0]).toMatch(/^tls\+tcp:\/\/127\.0\.0\.1:/)
  }, 30_000)

  it('I-37 that is wrong makes no connection; both ends have a reject', async () => {
    const service = member({ key, bind, members: fixed([]) })
    await service.serve('work', { request: () => 'here' })
    const stranger = member({ key: 'another secret, long enough', members: fixed([...service.urls]) })
    const warned = nextOf(stranger, 'warning')
    await expect(stranger.request('work', '', { timeout: 500 })).rejects.toEqual(code('EHOSTUNREACH'))
    expect(rejects(stranger).tls).toBeGreaterThan(0)
    expect(rejects(service).tls).toBeGreaterThan(0)
    expect(stranger.members()).toEqual([])
    expect((await warned).message).toMatch(
      /^tls\+tcp:.*the TLS handshake failed.*members need the same key and network$/
    )
    const bare = member({ members: fixed(service.urls.map((url) => url.replace('tls+', ''))) })
    await expect(bare.request('work', '', { timeout: 300 })).rejects.toEqual(code('EHOSTUNREACH'))
  })

  it('I-37 is not met by another network with the same key', async () => {
    const service = member({ network: 'shop', key, bind, members: fixed([]) })
    await service.serve('work', { request: () => 'here' })
    const other = member({ network: 'store', key, members: fixed([...service.urls]) })
    await expect(other.request('work', '', { timeout: 300 })).rejects.toEqual(code('EHOSTUNREACH'))
  })

  it('I-37 leaves nothing of names, topics and bodies in a capture', async () => {
    const way = await breakable()
    const service = member({ network: 'plainnetwork', key, bind, members: fixed([]), zone: 'plainzone' })
    await service.serve(
      'plainname',
      { request: () => 'plainanswer', broadcast: () => {} },
      { metadata: { plainmeta: 'x' } }
    )
    const feed = await service.subscribe('plaintopic')
    const caller = member({ network: 'plainnetwork', key, members: fixed([await way.to(service.urls[0] as string)]) })
    expect(String(await caller.request('plainname', 'plainbody'))).toBe('plainanswer')
    await caller.broadcast('plainname', 'plainnews')
    expect(await caller.publish('plaintopic', 'plainprice')).toBe(1)
    await feed.next()
    const capture = Buffer.concat(way.captured)
    expect(capture.length).toBeGreaterThan(500)
    expect(capture.includes('plain')).toBe(false)
    expect(capture.includes(caller.id)).toBe(false)
  })

  it('I-38 is rotated without a failed request', async () => {
    const old = 'the old secret of the shop'
    const fresh = 'the new secret of the shop'
    const meeting = closeLater(new Hub({ network: 'shop', key: [fresh, old] }))
    const members = hub(await meeting.bind(bind))
    const make = (keys: string | string[]): Cluster => member({ network: 'shop', key: keys, members, bind })
    const before = make(old)
    await before.serve('work', { request: () => 'old' })
    const caller = make([fresh, old])
    const outcomes: unknown[] = []
    let stopped = false
    const load = (async () => {
      while (!stopped) outcomes.push(await caller.request('work', '').then(String, (error: unknown) => error))
    })()
    await eventually(() => outcomes.includes('old'))
    const both = make([fresh, old])
    await both.serve('work', { request: () => 'both' })
    await eventually(() => outcomes.includes('both'))
    const after = make(fresh)
    await after.serve('work', { request: () => 'new' })
    await eventually(() => outcomes.includes('new'))
    await before.close()
    stopped = true
    await load
    expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toEqual([])
  }, 20_000)

  it('I-40 that is missing where others can connect is warned of, once', async () => {
    const open = member({ members: fixed([]), bind: 'tcp://*:0' })
    const warnings: string[] = []
    open.on('warning', ({ message }) => warnings.push(message))
    await open.serve('a', { request: () => '' })
    await open.serve('b', { request: () => '' })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/without a key/)
    const inside = member({ members: fixed([]), bind })
    const warned = nextOf(inside, 'warning', () => true, 200)
    await inside.serve('a', { request: () => '' })
    await expect(warned).rejects.toThrow(/no 'warning'/)
  })
})
