/** What a directory takes from those who answer, who may be anybody. */
import type { DropEvent } from 'hubless'
import { announce, Directory, type DirectoryOptions, type Query, type Service } from 'hubless/discovery'
import { Respondent as RawRespondent } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { inprocUrl, marry, track } from '../helpers/sockets.ts'

type Claim = Partial<Record<keyof Service, unknown>>

const type = 'hubless.discovery.v1.info'
const honest: Claim = { id: 'a', name: 'time', version: '1', urls: ['tcp://h:1'], metadata: {}, started: 'now' }
const claim = (claims: Claim = {}): string => JSON.stringify({ type, ...honest, ...claims })

/** A directory, and what its drops say. */
function watched(options?: DirectoryOptions): { directory: Directory; left: string[] } {
  const directory = track(new Directory(options))
  const left: string[] = []
  directory.on('drop', ({ reason, cause }: DropEvent) => left.push(`${reason}: ${(cause as Error).message}`))
  return { directory, left }
}

/** What is found when peers answer one query with these bodies, each on a connection of its own. */
async function answered(directory: Directory, peers: readonly string[][], query: Query = {}): Promise<Service[]> {
  const respondents = peers.map(() => track(new RawRespondent()))
  for (const respondent of respondents) await marry(directory, respondent)
  const listing = directory.list({ deadline: 5000, quiet: 100, ...query })
  for (const [i, bodies] of peers.entries()) {
    const respondent = respondents[i] as RawRespondent
    const { header } = await respondent.recv({ timeout: 5000 })
    for (const body of bodies) await respondent.send({ header, body })
  }
  return listing
}

const urlsOf = (services: readonly Service[]): string[] => services.flatMap(({ urls }) => urls)

describe('urls', () => {
  it.each([
    ['not a url', 'it is not scheme://address'],
    ['', 'it is not scheme://address'],
    ['tcp://', 'it is not scheme://address'],
    ['TCP://h:1', 'it is not scheme://address'],
    ['://h:1', 'it is not scheme://address'],
    ['tcp://h', 'it has no port from 1 to 65535'],
    ['tcp://h:0', 'it has no port from 1 to 65535'],
    ['tcp://127.0.0.1:99999', 'it has no port from 1 to 65535'],
    ['ws://h:99999/path', 'it has no port from 1 to 65535'],
    ['tcp://:1', '"" is no host'],
    ['tcp://*:1', '"*" is no host'],
    ['tcp://a b:1', '"a b" is no host'],
    ['tcp://-a:1', '"-a" is no host'],
    ['tcp://1.2.3.400:1', '"1.2.3.400" is no host'],
    ['tcp://[::g]:1', '"[::g]" is no host'],
    ['tcp://127.0.0.1;h:1', '"127.0.0.1;h" is no host'],
    ['wss://user@h:1', '"user@h" is no host'],
    ['ws://h/a b', 'its path is no path of a WebSocket'],
    ['ws://h/#x', 'its path is no path of a WebSocket'],
    ['ws://h:1/\n', 'it has control characters'],
    ['tcp://h:1\u001b[2J', 'it has control characters'],
    ['ipc:///var/run/docker.sock', 'the scheme ipc is not allowed'],
    ['inproc://billing', 'the scheme inproc is not allowed'],
    ['nonsense://h:1', 'the scheme nonsense is not allowed']
  ])('that cannot be dialed are left out and told: %j', async (url, why) => {
    const { directory, left } = watched()
    const services = await answered(directory, [[claim({ urls: [url, 'tcp://h:1'] }), claim({ id: 'b', urls: [url] })]])
    expect(services.map(({ id, urls }) => [id, urls])).toEqual([['a', ['tcp://h:1']]])
    expect(left).toHaveLength(2)
    for (const text of left) {
      expect(text).toContain('filtered: EINVAL: the service "time" (')
      expect(text).toContain(`is left out, in whole or in part: ${JSON.stringify(url)}: ${why}`)
    }
    expect(directory.stats().drops).toEqual({ filtered: 2 })
  })

  it('of every kind that connect takes are handed out, and connect takes them', async () => {
    const urls = [
      'tcp://h.example.org:1',
      'tcp://10.0.0.1:65535',
      'tcp://[::1]:5000',
      'tcp://::1:5000',
      'tcp://[fe80::1%eth0]:5000',
      'tls+tcp://h_1:5',
      'ws://h',
      'ws://h/path?query',
      'ws://[::1]/path',
      'wss://h.:8443/path'
    ]
    const { directory, left } = watched({ linger: 0, reconnectInterval: 60_000 })
    expect(urlsOf(await answered(directory, [[claim({ urls })]]))).toEqual(urls)
    expect(left).toEqual([])
    for (const url of urls) expect(() => directory.connect(url)).not.toThrow()
  })

  it('are none of a service that has none: PING finds it, what is to be connected to does not', async () => {
    const { directory, left } = watched()
    const { url } = await directory.bind(inprocUrl())
    const announcement = track(announce({ name: 'time', id: 'a', urls: [] }))
    announcement.connect(url)
    await directory.waitForPeers(1)
    expect(await directory.list({ deadline: 100 })).toEqual([])
    expect(left).toEqual([expect.stringContaining('it has no url')])
    for await (const { id } of directory.ask('PING', { count: 1, deadline: 5000 })) expect(id).toBe('a')
  })

  it('are allowed by scheme, for a directory or a query', async () => {
    const urls = ['ipc:///run/time', 'inproc://time', 'tcp://h:1']
    const { directory } = watched({ allow: ['ipc', 'tcp'] })
    expect(urlsOf(await answered(directory, [[claim({ urls })]]))).toEqual(['ipc:///run/time', 'tcp://h:1'])
    const other = watched({ allow: ['ipc'] }).directory
    expect(urlsOf(await answered(other, [[claim({ urls })]], { allow: ['inproc'] }))).toEqual(['inproc://time'])
  })

  it('are allowed by a function, which is asked about well-formed ones only, and may throw', async () => {
    const asked: string[] = []
    const allow = (url: string): boolean => {
      asked.push(url)
      if (url.startsWith('ipc:')) throw new Error('no files')
      return url.includes('10.0.0.')
    }
    const urls = ['tcp://10.0.0.1:1', 'tcp://10.0.0.1', 'tcp://192.168.0.1:1', 'ipc:///run/10.0.0.1']
    const { directory, left } = watched({ allow })
    expect(urlsOf(await answered(directory, [[claim({ urls })]]))).toEqual(['tcp://10.0.0.1:1'])
    expect(asked).toEqual(['tcp://10.0.0.1:1', 'tcp://192.168.0.1:1', 'ipc:///run/10.0.0.1'])
    expect(left).toEqual([
      expect.stringContaining('it has no port'),
      expect.stringContaining('allow says no'),
      expect.stringContaining('allow threw: no files')
    ])
    const truthy = watched({ allow: (async () => true) as unknown as () => boolean })
    expect(await answered(truthy.directory, [[claim()]])).toEqual([])
    expect(truthy.left).toEqual([expect.stringContaining('allow says neither true nor false')])
  })
})

describe('answers', () => {
  const long = 'x'.repeat(2000)
  it.each<[string, Claim]>([
    ['an id', { id: long }],
    ['a name', { name: long }],
    ['a version', { version: long }],
    ['a date', { started: long }],
    ['a url', { urls: [`tcp://${long}:1`] }],
    ['urls', { urls: Array.from({ length: 17 }, () => 'tcp://h:1') }],
    ['a name of metadata', { metadata: { [long]: '' } }],
    ['a value of metadata', { metadata: { a: long } }],
    ['metadata', { metadata: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`${i}`, ''])) }],
    ['all together', { metadata: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${i}`, 'x'.repeat(1000)])) }]
  ])('with more than may be of %s are dropped and counted', async (_, claims) => {
    const { directory, left } = watched()
    expect(await answered(directory, [[claim(claims), claim({ id: 'b' })]])).toMatchObject([{ id: 'b' }])
    expect(left).toHaveLength(1)
    expect(left[0]?.length).toBeLessThan(500)
    expect(directory.stats().drops).toEqual({ codec: 1 })
  })

  it('without end from one peer fill neither the list nor the places of others', async () => {
    const flood = Array.from({ length: 3000 }, (_, i) => claim({ id: `flood ${i}` }))
    const { directory } = watched()
    const found = await answered(directory, [flood, [claim({ id: 'honest' })]])
    expect(found.filter(({ id }) => id.startsWith('flood'))).toHaveLength(100)
    expect(found.at(-1)?.id).toBe('honest')
    expect(directory.stats().drops).toEqual({ filtered: 2900 })
  })

  it('of a peer count once each with perPeer: 1, for the directory or the query', async () => {
    const several = ['a', 'b', 'c'].map((id) => claim({ id }))
    const { directory, left } = watched({ perPeer: 1 })
    expect((await answered(directory, [several, [claim({ id: 'd' })]])).map(({ id }) => id)).toEqual(['a', 'd'])
    expect(left).toHaveLength(2)
    expect(left[0]).toContain('it is beyond the 1 services that a peer may announce')
    const other = watched().directory
    expect(await answered(other, [several], { perPeer: 2 })).toHaveLength(2)
  })

  it('end the query after a thousand services unless it says otherwise', async () => {
    const flood = (peer: number): string[] => Array.from({ length: 600 }, (_, i) => claim({ id: `${peer} ${i}` }))
    const { directory } = watched({ perPeer: Number.POSITIVE_INFINITY })
    expect(await answered(directory, [flood(1), flood(2)], { quiet: 1000 })).toHaveLength(1000)
    const other = watched({ perPeer: Number.POSITIVE_INFINITY }).directory
    const all = await answered(other, [flood(1), flood(2)], { count: Number.POSITIVE_INFINITY })
    expect(all).toHaveLength(1200)
  })

  it('with the id of another do not hide it', async () => {
    const { directory } = watched()
    const found = await answered(directory, [[claim({ urls: ['tcp://evil:1'] })], [claim(), claim()]])
    expect(urlsOf(found).sort()).toEqual(['tcp://evil:1', 'tcp://h:1'])
  })
})

describe('a directory', () => {
  it('refuses a question that there is not', () => {
    const directory = track(new Directory())
    expect(() => directory.ask('WHERE' as never)).toThrow('EINVAL: the verb is "WHERE"; allowed is PING, INFO, STATS')
  })
})
