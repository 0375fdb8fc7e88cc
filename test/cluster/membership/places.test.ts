/** Providers that know addresses: `fixed` and `dns`. */
import { type Cluster, type DnsResolver, dns, fixed } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { member, nextOf } from '../../helpers/clusters.ts'
import { eventually } from '../../helpers/sockets.ts'

async function service(answer: string): Promise<{ cluster: Cluster; url: string; port: number }> {
  const cluster = member({ bind: 'tcp://127.0.0.1:0', members: fixed([]) })
  await cluster.serve('work', { request: () => answer, broadcast: () => {} })
  const url = cluster.urls[0] as string
  return { cluster, url, port: Number(url.split(':')[2]) }
}

async function answers(caller: Cluster, count = 50): Promise<string[]> {
  const all = new Set<string>()
  for (let i = 0; i < count; i++) all.add(String(await caller.request('work', '')))
  return [...all].sort()
}

describe('fixed', () => {
  it('I-06 takes a list of URLs, this instance among them', async () => {
    const [one, two] = [await service('one'), await service('two')]
    const caller = member({ members: fixed([one.url, two.url]) })
    expect(await caller.broadcast('work', '')).toBe(2)
    expect(await answers(caller)).toEqual(['one', 'two'])
    const self: Cluster = member({
      bind: one.url.replace(/\d+$/, '0'),
      members: fixed(() => [...self.urls, two.url], { interval: 20 })
    })
    await self.serve('work', { request: () => 'self', broadcast: () => {} })
    await eventually(() => self.members('work').length === 2)
    expect(await self.broadcast('work', '')).toBe(2)
  })

  it('I-06 takes a function, and follows what it says', async () => {
    const [one, two] = [await service('one'), await service('two')]
    let places: string[] = [one.url]
    const caller = member({ members: fixed(async () => places, { interval: 20 }) })
    expect(await answers(caller)).toEqual(['one'])
    places = [two.url]
    await eventually(() => caller.members('work').some(({ id }) => id === two.cluster.id))
    await eventually(() => caller.members('work').length === 1)
    expect(await answers(caller)).toEqual(['two'])
  })

  it('I-06 keeps what it knew while its function throws, and says so', async () => {
    const one = await service('one')
    let broken = false
    const look = (): string[] => {
      if (broken) throw new Error('out of order')
      return [one.url]
    }
    const caller = member({ members: fixed(look, { interval: 20 }) })
    expect(await answers(caller)).toEqual(['one'])
    const warned = nextOf(caller, 'warning')
    broken = true
    expect((await warned).message).toMatch(/those that are known stay/)
    expect(await answers(caller)).toEqual(['one'])
  })
})

describe('dns', () => {
  const nothing = async (): Promise<never> => {
    throw Object.assign(new Error('none'), { code: 'ENODATA' })
  }

  it('I-07 follows SRV records within one refresh, and keeps its members through an outage', async () => {
    const [one, two] = [await service('one'), await service('two')]
    let ports: number[] | Error = [one.port]
    const resolver: DnsResolver = {
      resolveSrv: async (name) => {
        expect(name).toBe('_cluster._tcp.shop.example')
        if (ports instanceof Error) throw ports
        return ports.map((port) => ({ name: '127.0.0.1', port }))
      },
      resolve4: nothing,
      resolve6: nothing
    }
    const caller = member({ members: dns('_cluster._tcp.shop.example', { interval: 30, resolver }) })
    expect(await answers(caller)).toEqual(['one'])
    ports = [one.port, two.port]
    await eventually(() => caller.members('work').length === 2)
    expect(await answers(caller)).toEqual(['one', 'two'])
    const warned = nextOf(caller, 'warning')
    ports = Object.assign(new Error('no server'), { code: 'ETIMEOUT' })
    await warned
    expect(await answers(caller)).toEqual(['one', 'two'])
    ports = [two.port]
    await eventually(() => caller.members('work').length === 1)
    expect(await answers(caller)).toEqual(['two'])
  })

  it('I-07 takes A and AAAA records together; one family without records is no failure', async () => {
    const one = await service('one')
    const resolver: DnsResolver = { resolveSrv: nothing, resolve4: async () => ['127.0.0.1'], resolve6: nothing }
    const caller = member({ members: dns('shop.example', { port: one.port, interval: 1000, resolver }) })
    expect(await answers(caller)).toEqual(['one'])
  })
})
