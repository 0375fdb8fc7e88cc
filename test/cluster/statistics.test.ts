/** What members say of themselves, under a name that is reserved and in no list. */
import { describe, expect, it } from 'vitest'
import { readMemberStats } from '../../src/cluster/statistics.ts'
import { member } from '../helpers/clusters.ts'

describe('the statistics of members', () => {
  it('I-47 tell of every member its services, what they handled, refused and expired, and its drops', async () => {
    const [one, two, observer] = [member({ zone: 'a' }), member(), member()]
    await one.serve('work', { request: () => 'x' })
    await two.serve('work', { request: () => Promise.reject(new Error('no')), broadcast: () => {} })
    await two.serve('time', { request: () => 'now' })
    for (let i = 0; i < 4; i++) await observer.request('time', '')
    const stats = await observer.memberStats()
    expect(new Map(stats.map(({ id, services }) => [id, services.map(({ name }) => name)]))).toEqual(
      new Map([
        [one.id, ['work']],
        [two.id, ['work', 'time']]
      ])
    )
    expect(stats.find(({ id }) => id === one.id)).toMatchObject({ zone: 'a', outstanding: 0, drops: {} })
    const time = stats.find(({ id }) => id === two.id)?.services.find(({ name }) => name === 'time')
    expect(time).toMatchObject({ handled: 4, failed: 0, refused: 0, expired: 0, meanTime: expect.any(Number) })
  })

  it('stand under a reserved name, which is no member and cannot be served', async () => {
    const [one, observer] = [member(), member()]
    const joined: string[] = []
    observer.on('join', ({ member: { name } }) => joined.push(name))
    await one.serve('work', { request: () => 'x' })
    await observer.request('work', '')
    expect(observer.members().map(({ name }) => name)).toEqual(['work'])
    expect(joined).toEqual(['work'])
    await expect(one.serve('hubless.stats', { request: () => '' })).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it.each([
    'no json',
    '[]',
    '{}',
    '{"id":"x","zone":"","uptime":0,"outstanding":0,"calls":{},"drops":{"a":"b"},"services":[]}',
    '{"id":"x","zone":"","uptime":-1,"outstanding":0,"calls":{},"drops":{},"services":[]}',
    '{"id":"x","zone":"","uptime":0,"outstanding":0,"calls":{},"drops":{},"services":[{"name":1}]}'
  ])('%s is none', (text) => {
    expect(readMemberStats(Buffer.from(text))).toBeUndefined()
  })
})
