/** Hubs: who is told what, how often, and what they do not believe. */
import { Cluster, fixed, Hub, hub, local, type MembershipFactory, type MembershipHost } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { closeLater, meetingPlace, member, nextOf } from '../../helpers/clusters.ts'
import { turns } from '../../helpers/messages.ts'
import { eventually } from '../../helpers/sockets.ts'

const bind = 'tcp://127.0.0.1:0'

describe('a hub', () => {
  it('I-02 tells of a member within a second, by an address that others can reach', async () => {
    const meeting = closeLater(new Hub())
    const members = hub(await meeting.bind(bind))
    const caller = member({ members })
    await caller.ready()
    const joined = nextOf(caller, 'join')
    const service = member({ members, zone: 'eu-1' })
    const began = performance.now()
    await service.serve('work', { request: () => 'here' }, { metadata: { version: '2' } })
    const { member: info, engine } = await joined
    expect(performance.now() - began).toBeLessThan(1000)
    expect(info).toMatchObject({
      id: service.id,
      name: 'work',
      zone: 'eu-1',
      metadata: { version: '2' },
      outstanding: 0
    })
    expect(info.urls[0]).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(engine).toBe('direct')
    expect(String(await caller.request('work', ''))).toBe('here')
  })

  it('I-02 hands on the host that a member gives', async () => {
    const meeting = closeLater(new Hub())
    const members = hub(await meeting.bind(bind))
    const caller = member({ members })
    const named = member({ members, bind, host: 'localhost' })
    await named.serve('named', { request: () => 'here' })
    const asked = member({ members, bind, host: async () => '127.0.0.1' })
    await asked.serve('asked', { request: () => 'here' })
    await eventually(() => caller.members().length === 2)
    expect(caller.members('named')[0]?.urls[0]).toMatch(/^tcp:\/\/localhost:\d+$/)
    expect(caller.members('asked')[0]?.urls[0]).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(String(await caller.request('named', ''))).toBe('here')
  })

  it('I-11 needs messages in proportion to its members when 100 join at once, not to their square', async () => {
    const meeting = closeLater(new Hub())
    const members = hub(await meeting.bind(bind))
    const all = Array.from({ length: 100 }, () => member({ members, bind }))
    await Promise.all(all.map((one) => one.ready({ timeout: 20_000 })))
    let joined = 0
    for (const one of all) one.on('join', () => joined++)
    const before = meeting.stats().told
    const began = performance.now()
    await Promise.all(all.map((one) => one.serve('work', { request: () => '' })))
    await eventually(() => joined === 100 * 100, 20_000)
    const rounds = (performance.now() - began) / 5 + 1
    const told = meeting.stats().told - before
    // One message for each that watches and each time that changes were gathered; 100 x 100 would be one for each pair.
    expect(told).toBeLessThan(Math.min(5000, 100 * rounds))
    expect(meeting.stats()).toMatchObject({ announcements: 100, refused: 0, members: { default: 100 } })
  }, 40_000)

  it('I-39 takes no announcement that is malformed, foreign or one too many', async () => {
    const meeting = closeLater(new Hub({ network: 'shop', maxMembers: 1 }))
    const url = await meeting.bind(bind)
    const [first, second] = [
      member({ network: 'shop', members: hub(url) }),
      member({ network: 'shop', members: hub(url) })
    ]
    await first.serve('work', { request: () => 'first' })
    await second.serve('other', { request: () => 'second' })
    expect(meeting.stats().refused).toBe(1)
    const foreign = new Cluster({ network: 'store', members: hub(url) })
    closeLater(foreign)
    await eventually(() => meeting.stats().refused > 1)
    expect(meeting.stats().members).toEqual({ shop: 1 })
  })
})

describe('several providers', () => {
  it('I-09 are united: one member that is found twice is one member', async () => {
    const meeting = closeLater(new Hub())
    const url = await meeting.bind(bind)
    const both = [local({ directory: meetingPlace() }), hub(url)]
    const service = member({ members: both })
    await service.serve('work', { request: () => 'here' })
    const addresses = fixed(
      service.urls.filter((one) => one.startsWith('tcp')).map((one) => one.replace('*', '127.0.0.1'))
    )
    const caller = member({ members: [...both, addresses] })
    for (let i = 0; i < 20; i++) expect(String(await caller.request('work', ''))).toBe('here')
    await turns(20)
    expect(caller.members('work')).toHaveLength(1)
    expect(await caller.broadcast('work', '')).toBe(0 + 1)
  })
})

describe('a provider from outside', () => {
  it('adds and removes members, and what it says is checked', async () => {
    let host: MembershipHost | undefined
    const registry: MembershipFactory = {
      name: 'registry',
      reach: 'tcp',
      open: (given) => {
        host = given
        return { announce: async () => {}, close: async () => {} }
      }
    }
    const service = member({ bind, members: fixed([]) })
    await service.serve('work', { request: () => 'here', broadcast: () => {} })
    const caller = member({ members: registry })
    host?.ready()
    host?.up('good', { urls: service.urls })
    host?.up('bad', { urls: ['nowhere'] })
    host?.up('worse', { id: 'x', urls: service.urls } as never)
    host?.up('worst', 7 as never)
    expect(String(await caller.request('work', ''))).toBe('here')
    expect(caller.stats().drops.announcement).toBe(3)
    const left = nextOf(caller, 'leave')
    host?.down('good', 'left')
    expect((await left).member.id).toBe(service.id)
    expect(caller.members()).toEqual([])
  })

  it('I-39 whose announcement names another instance than answers there is not believed', async () => {
    const service = member({ bind, members: fixed([]) })
    await service.serve('work', { request: () => 'here' })
    const liar: MembershipFactory = {
      name: 'liar',
      reach: 'tcp',
      open: (host) => {
        const since = new Date().toISOString()
        host.up('x', { id: 'f'.repeat(32), urls: service.urls, services: [{ name: 'work', metadata: {}, since }] })
        host.ready()
        return { announce: async () => {}, close: async () => {} }
      }
    }
    const caller = member({ members: liar })
    await expect(caller.request('work', '', { timeout: 300 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(caller.stats().drops.announcement).toBeGreaterThan(0)
    expect(caller.members()).toEqual([])
  })
})
