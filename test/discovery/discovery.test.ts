/** Services that are announced and found: over surveys, with no registry that could be out of date. */
import { Rep, Req, Surveyor } from 'hubless'
import { type AnnounceOptions, announce, Directory, type ServiceDescription } from 'hubless/discovery'
import { device, Respondent as RawRespondent, Surveyor as RawSurveyor } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { eventually, inprocUrl, marry, nextEvent, track } from '../helpers/sockets.ts'

const long = { deadline: 5000 }
const urls = ['tcp://10.0.0.7:5000']

/** A bound directory, and services that are connected to it. */
async function town(
  ...services: [ServiceDescription, AnnounceOptions?][]
): Promise<{ directory: Directory; announcements: ReturnType<typeof announce>[]; url: string }> {
  const directory = track(new Directory())
  const { url } = await directory.bind(inprocUrl())
  const announcements = services.map(([service, options]) => {
    const announcement = track(announce(service, options))
    announcement.connect(url)
    return announcement
  })
  await directory.waitForPeers(services.length, { timeout: 5000 })
  return { directory, announcements, url }
}

const names = (services: readonly { name: string }[]): string[] => services.map(({ name }) => name).sort()

describe('finding', () => {
  it('yields every service with its urls, version, id and metadata', async () => {
    const { directory, announcements } = await town(
      [{ name: 'time', urls: ['tcp://10.0.0.1:5000'], version: '1.2.0', id: 'a', metadata: { zone: 'eu' } }],
      [{ name: 'answer', urls }]
    )
    const services = await directory.list({ ...long, count: 2 })
    expect(names(services)).toEqual(['answer', 'time'])
    const time = services.find(({ name }) => name === 'time')
    expect(time).toEqual({
      id: 'a',
      name: 'time',
      version: '1.2.0',
      urls: ['tcp://10.0.0.1:5000'],
      metadata: { zone: 'eu' },
      started: announcements[0]?.service.started
    })
    const answer = services.find(({ name }) => name === 'answer')
    expect(answer).toEqual(announcements[1]?.service)
    expect(answer).toMatchObject({ version: '0.0.0', metadata: {}, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  it('asks by name and by id, and those not asked stay silent', async () => {
    const { directory } = await town(
      [{ name: 'time', urls, id: 'a' }],
      [{ name: 'time', urls, id: 'b' }],
      [{ name: 'answer', urls, id: 'c' }]
    )
    const named = await directory.list({ ...long, name: 'time', count: 2 })
    expect(named.map(({ id }) => id).sort()).toEqual(['a', 'b'])
    expect((await directory.list({ ...long, id: 'b', count: 1 })).map(({ id }) => id)).toEqual(['b'])
    expect(await directory.list({ name: 'nobody', deadline: 50 })).toEqual([])
    expect(await directory.list({ name: 'answer', id: 'a', deadline: 50 })).toEqual([])
    expect(directory.stats().messagesReceived).toBe(3)
  })

  it('ends at the deadline, after count services, or after a time of silence', async () => {
    const { directory } = await town([{ name: 'a', urls }], [{ name: 'b', urls }])
    const before = performance.now()
    expect(await directory.list({ deadline: 60 })).toHaveLength(2)
    expect(performance.now() - before).toBeGreaterThanOrEqual(58)
    expect(await directory.list({ deadline: Number.POSITIVE_INFINITY, quiet: 30 })).toHaveLength(2)
    expect(await directory.list({ deadline: Number.POSITIVE_INFINITY, count: 1 })).toHaveLength(1)
  })

  it('ends when the loop is left, and several may run at once', async () => {
    const { directory } = await town([{ name: 'a', urls }], [{ name: 'b', urls }])
    for await (const { name } of directory.find({ deadline: Number.POSITIVE_INFINITY })) {
      expect(['a', 'b']).toContain(name)
      break
    }
    const runs = await Promise.all(Array.from({ length: 20 }, () => directory.list({ ...long, count: 2 })))
    for (const run of runs) expect(names(run)).toEqual(['a', 'b'])
  })

  it('throws the reason of a signal, at once or while it waits', async () => {
    const { directory } = await town()
    expect(() => directory.find({ signal: AbortSignal.abort('no') })).toThrow('no')
    const abort = new AbortController()
    const listing = directory.list({ deadline: Number.POSITIVE_INFINITY, signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(listing).rejects.toThrow('enough')
  })

  it('throws EINVAL for options and queries that are not what they may be', async () => {
    const { directory } = await town()
    const wrong: [call: () => unknown, message: string][] = [
      [() => new Directory(null as unknown as object), 'the options of Directory is null'],
      [() => new Directory({ allow: 'tcp' as unknown as string[] }), 'option allow is "tcp"; allowed is an array of'],
      [() => new Directory({ allow: ['tcp://'] }), 'option allow is another object; allowed is an array of schemes'],
      [() => new Directory({ perPeer: 0 }), 'option perPeer is 0; allowed is a number of services from 1'],
      [() => new Directory({ perpeer: 1 } as object), 'has no option "perpeer"'],
      [() => directory.find(null as unknown as object), 'the query is null; allowed is an object'],
      [() => directory.find({ name: 5 as unknown as string }), 'name is 5; allowed is a string of 1 to 255'],
      [() => directory.find({ id: '' }), 'id is ""; allowed is a string of 1 to 128 characters'],
      [() => directory.find({ allow: [5 as unknown as string] }), 'option allow is another object'],
      [() => directory.find({ perPeer: Number.NaN }), 'option perPeer is NaN']
    ]
    for (const [call, message] of wrong) {
      expect(call).toThrow(expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(message) }))
    }
  })

  it('throws EINVAL for a wrong count, and EBADF on a closed directory', async () => {
    const { directory } = await town()
    for (const count of [0, -1, Number.NaN]) {
      expect(() => directory.find({ count })).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(`count is ${count}; allowed`) })
      )
    }
    await directory.close()
    expect(() => directory.find()).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  it('works with services that are bound and a directory that connects, over TCP', async () => {
    const announcement = track(announce({ name: 'a', urls }))
    const { url } = await announcement.bind('tcp://127.0.0.1:0')
    const directory = track(new Directory())
    await directory.connect(url).whenConnected({ timeout: 5000 })
    expect(names(await directory.list({ ...long, count: 1 }))).toEqual(['a'])
  })

  it('reaches services behind a device, and yields one that is reached on two ways once', async () => {
    const front = track(new RawRespondent())
    const back = track(new RawSurveyor())
    const { url: clients } = await front.bind(inprocUrl())
    const { url: services } = await back.bind(inprocUrl())
    void device(front, back)
    const announcement = track(announce({ name: 'a', urls }))
    announcement.connect(services)
    const directory = track(new Directory())
    const direct = await directory.bind(inprocUrl())
    announcement.connect(direct.url)
    directory.connect(clients)
    await Promise.all([back.waitForPeers(1), directory.waitForPeers(2)])
    expect(await directory.list({ deadline: 100 })).toHaveLength(1)
    expect(directory.stats().messagesReceived).toBe(2)
  })
})

describe('an announcement', () => {
  it('is not found any more once it is closed, or its signal aborts', async () => {
    const abort = new AbortController()
    const { directory, announcements } = await town(
      [{ name: 'a', urls }],
      [{ name: 'b', urls }, { signal: abort.signal }],
      [{ name: 'c', urls }]
    )
    await announcements[0]?.close()
    await eventually(() => directory.peers.length === 2)
    expect(names(await directory.list({ ...long, count: 2 }))).toEqual(['b', 'c'])
    abort.abort()
    await eventually(() => directory.peers.length === 1)
    expect(announcements[1]?.state).not.toBe('open')
    expect(names(await directory.list({ ...long, count: 1 }))).toEqual(['c'])
  })

  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...a: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(signal, a)
    }
    signal.removeEventListener = (...a: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, a)
    }
    const announcement = announce({ name: 'a', urls }, { signal })
    expect(listeners).toBe(1)
    await announcement.close()
    expect(listeners).toBe(0)
  })

  it('answers PING with who it is, and STATS with what the service counts', async () => {
    const rep = track(new Rep())
    const req = track(new Req())
    await marry(rep, req)
    void rep.serve(() => 'ok')
    const stats = (): unknown => ({ requests: rep.stats().messagesReceived })
    const { directory } = await town([{ name: 'a', urls, id: '1' }, { stats }], [{ name: 'b', urls, id: '2' }])
    await req.request('?')
    const pings: unknown[] = []
    for await (const answer of directory.ask('PING', { ...long, id: '1', count: 1 })) pings.push(answer)
    expect(pings).toEqual([{ id: '1', name: 'a', version: '0.0.0' }])
    const counted: unknown[] = []
    for await (const { id, stats } of directory.ask('STATS', { ...long, count: 2 })) counted.push([id, stats])
    expect(counted.sort()).toEqual([
      ['1', { requests: 1 }],
      ['2', null]
    ])
  })

  it('drops a STATS question when its stats throw, says so, and goes on answering', async () => {
    const cause = new Error('not now')
    const stats = (): never => {
      throw cause
    }
    const { directory, announcements } = await town([{ name: 'a', urls }, { stats }])
    const [announcement] = announcements
    if (announcement === undefined) throw new Error('nothing was announced')
    const dropped = nextEvent(announcement, 'drop')
    for await (const _ of directory.ask('STATS', { deadline: 50 })) expect.unreachable()
    expect(await dropped).toMatchObject({ reason: 'handler-error', cause })
    expect(await directory.list({ ...long, count: 1 })).toHaveLength(1)
  })

  it('throws EINVAL for a wrong description, and the reason of a signal that is aborted', () => {
    const wrong: unknown[] = [
      { urls: [] },
      { name: '', urls: [] },
      { name: 'a' },
      { name: 'a', urls: [1] },
      { name: 'a', urls: [], metadata: { n: 1 } },
      { name: 'a', urls: [], version: 2 },
      { name: 'a', urls: [], id: '' },
      { name: 'a', urls: [], id: 'x'.repeat(129) },
      { name: 'a', urls: ['time'] },
      { name: 'a', urls: ['tcp://*:5000'] },
      { name: 'a', urls: Array.from({ length: 17 }, () => 'tcp://h:1') },
      { name: 'a', urls: [], metadata: { long: 'x'.repeat(1025) } },
      undefined,
      'a',
      []
    ]
    for (const service of wrong) {
      expect(() => announce(service as ServiceDescription)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
    const given = { name: 'a', urls: [] }
    expect(() => announce(given, { signal: AbortSignal.abort('late') })).toThrow('late')
    for (const options of [null, 5, { stats: 5 }, { signal: {} }, { zone: 'eu' }]) {
      expect(() => announce(given, options as AnnounceOptions)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
    expect(() => announce(given, { linger: -1 })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })
})

describe('bytes that are no discovery', () => {
  const type = 'hubless.discovery.v1.'
  const identity = { id: '1', name: 'a', version: '1' }

  it('are dropped and counted by an announcement, which goes on', async () => {
    const announcement = track(announce({ name: 'a', urls }))
    const surveyor = track(new Surveyor())
    await marry(announcement, surveyor)
    const questions = [
      '',
      'hello',
      'null',
      '1',
      '{}',
      JSON.stringify({ type: `${type}question`, verb: 'toString' }),
      JSON.stringify({ type: `${type}question`, verb: 'INFO', name: 7 }),
      JSON.stringify({ type: 'hubless.discovery.v2.question', verb: 'INFO' }),
      Buffer.from([0xff])
    ]
    for (const question of questions) void surveyor.survey(question, { deadline: 5000 })
    await eventually(() => announcement.stats().drops.codec === questions.length)
    const question = JSON.stringify({ type: `${type}question`, verb: 'PING' })
    for await (const { body } of surveyor.survey(question, { ...long, count: 1 })) {
      expect(JSON.parse(body.toString())).toEqual({
        type: `${type}ping`,
        id: announcement.service.id,
        name: 'a',
        version: '0.0.0'
      })
    }
    expect(surveyor.stats().messagesReceived).toBe(1)
  })

  it('are dropped and counted by a directory, which goes on', async () => {
    const directory = track(new Directory())
    const respondent = track(new RawRespondent())
    await marry(directory, respondent)
    const info = { type: `${type}info`, ...identity, urls: ['tcp://h:1'], metadata: {}, started: 'now' }
    const answers = [
      'x',
      '[]',
      JSON.stringify({ ...info, type: 'info' }),
      JSON.stringify({ ...info, type: `${type}constructor` }),
      JSON.stringify({ ...info, id: 5 }),
      JSON.stringify({ ...info, urls: 'tcp://h:1' }),
      JSON.stringify({ ...info, metadata: { a: [] } }),
      JSON.stringify({ ...info, metadata: null })
    ]
    const unasked = [
      JSON.stringify({ type: `${type}ping`, ...identity }),
      JSON.stringify({ ...info, name: 'b' }),
      JSON.stringify({ ...info, id: '2', metadata: JSON.parse('{"__proto__":"x"}'), other: 1 })
    ]
    const listing = directory.list({ name: 'a', ...long, count: 1 })
    const { header } = await respondent.recv({ timeout: 5000 })
    for (const body of [...answers, ...unasked]) await respondent.send({ header, body })
    const [service] = await listing
    expect(Object.keys(service ?? {}).sort()).toEqual(['id', 'metadata', 'name', 'started', 'urls', 'version'])
    expect(Object.entries(service?.metadata ?? {})).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(service?.metadata)).toBe(Object.prototype)
    expect(directory.stats().drops).toEqual({ codec: answers.length })
  })
})
