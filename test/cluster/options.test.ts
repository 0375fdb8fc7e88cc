/** What a cluster and its calls may be given. */
import { Cluster, type ClusterOptions, dns, fixed, hub, local } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { member } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'

describe('the options of a cluster', () => {
  it.each([
    [{ network: 'a b' }, /option network is "a b"; allowed is a name/],
    [{ network: '' }, /network/],
    [{ zone: 'eu 1' }, /zone/],
    [{ key: 'short' }, /at least 16 bytes/],
    [{ key: [] }, /list of 0/],
    [{ members: 'local' }, /members/],
    [{ bind: 'nowhere' }, /bind/],
    [{ host: 7 }, /host/],
    [{ codec: {} }, /codec/],
    [{ engine: {} }, /engine/],
    [{ timeout: -1 }, /timeout/],
    [{ patience: 1 }, /patience/],
    [{ recvMaxSize: 0 }, /recvMaxSize/],
    [{ tunnelCredit: 10 }, /tunnelCredit/],
    [{ members: local(), extra: 1 }, /a cluster has no option "extra"/]
  ])('I-05 refuses %j', (options, message) => {
    const make = (): unknown => new Cluster(options as ClusterOptions)
    expect(make).toThrow(code('EINVAL'))
    expect(make).toThrow(message)
  })

  it('names no part of a key in the message', () => {
    expect(() => new Cluster({ key: 'geheim' })).not.toThrow(/geheim/)
  })

  it('refuses providers that cannot work', () => {
    expect(() => hub([])).toThrow(code('EINVAL'))
    expect(() => hub('nowhere')).toThrow(code('EINVAL'))
    expect(() => fixed(['nowhere'])).toThrow(code('EINVAL'))
    expect(() => dns('a b', { port: 1 })).toThrow(code('EINVAL'))
    expect(() => dns('name.example')).toThrow(/option port is missing/)
    expect(() => dns('_c._tcp.example', { port: 1 })).toThrow(/not allowed with SRV/)
    expect(() => local({ directory: '' })).toThrow(code('EINVAL'))
  })
})

describe('the events of a cluster', () => {
  it('are refused by names that do not exist, with those that do', () => {
    const cluster = member()
    expect(() => cluster.on('jion' as 'join', () => {})).toThrow(code('EINVAL'))
    expect(() => cluster.on('jion' as 'join', () => {})).toThrow(
      'event is "jion"; allowed is join, leave, no-member, drop, warning, close'
    )
    expect(() => cluster.on('error' as 'join', () => {})).not.toThrow()
  })
})

describe('names and topics', () => {
  it.each(['', 'a b', 'a/b', '.a', 'a.', 'a..b', 'ä', 'x'.repeat(64), 7])(
    'I-05 %j is no name: EINVAL at the call',
    async (name) => {
      const cluster = member()
      const call = name as string
      const body = ''
      await expect(cluster.request(call, body)).rejects.toEqual(code('EINVAL'))
      await expect(cluster.broadcast(call, body)).rejects.toEqual(code('EINVAL'))
      await expect(cluster.tunnel(call)).rejects.toEqual(code('EINVAL'))
      await expect(cluster.serve(call, { request: () => '' })).rejects.toEqual(code('EINVAL'))
      expect(() => cluster.survey(call, body)).toThrow(code('EINVAL'))
    }
  )

  it.each(['', 'a b', 'a*', 'a>', 'x'.repeat(256), 'ä'])('I-05 %j is no topic: EINVAL at the call', async (topic) => {
    const cluster = member()
    await expect(cluster.publish(topic, '')).rejects.toEqual(code('EINVAL'))
    if (topic !== '') await expect(cluster.subscribe(topic)).rejects.toEqual(code('EINVAL'))
  })

  it('I-05 the same name in two networks never meets', async () => {
    const [here, there] = [member({ network: 'here' }), member({ network: 'there' })]
    await here.serve('same', { request: () => 'here' })
    await there.ready()
    await expect(there.request('same', '', { failFast: true })).rejects.toEqual(code('EHOSTUNREACH'))
    await there.serve('same', { request: () => 'there' })
    for (let i = 0; i < 20; i++) expect(String(await here.request('same', ''))).toBe('here')
  })

  it('refuses wrong bodies, handlers and options of calls, and a name that is served already', async () => {
    const cluster = member()
    await expect(cluster.request('x', 7 as never)).rejects.toEqual(code('EINVAL'))
    await expect(cluster.request('x', '', { timeout: -1 })).rejects.toEqual(code('EINVAL'))
    await expect(cluster.request('x', '', { retry: true } as never)).rejects.toEqual(code('EINVAL'))
    await expect(cluster.serve('x', {})).rejects.toEqual(code('EINVAL'))
    await expect(cluster.serve('x', { ask: () => '' } as never)).rejects.toEqual(code('EINVAL'))
    await expect(cluster.serve('x', { request: () => '' }, { concurrency: 0 })).rejects.toEqual(code('EINVAL'))
    await expect(cluster.serve('x', { request: () => '' }, { metadata: { a: 1 } as never })).rejects.toEqual(
      code('EINVAL')
    )
    await cluster.serve('x', { request: () => '' })
    await expect(cluster.serve('x', { request: () => '' })).rejects.toThrow(/serves x already/)
  })
})
