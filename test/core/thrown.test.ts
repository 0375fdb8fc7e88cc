/** Functions of the application that return promises where none is expected, or throw what does not become a string. */
import { Pair, Pull, Push, Rep, SpError } from 'hubless'
import { announce, Directory } from 'hubless/discovery'
import { health, probe } from 'hubless/health'
import * as raw from 'hubless/raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { atOnce, wordsOf } from '../../src/core/thrown.ts'
import { connectBytes } from '../helpers/bytes.ts'
import { localTls, openssl } from '../helpers/certificates.ts'
import { member, nextOf } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'
import { eventually, marry, nextEvent, track } from '../helpers/sockets.ts'
import { upgradeRequest } from '../transports/ws/upgrade.ts'

const url = 'tcp://127.0.0.1:0'
const later = async (): Promise<never> => {
  throw new Error('thrown later')
}

describe('a promise in place of an answer, which rejects', () => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
  beforeEach(() => process.on('unhandledRejection', onUnhandled))
  afterEach(async () => {
    // Node tells of them after a turn.
    await new Promise(setImmediate)
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled.splice(0)).toEqual([])
  })

  it('is given back by atOnce, and warned of', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const promise = atOnce(later())
    expect(promise).toBeInstanceOf(Promise)
    expect((await warned).message).toBe('thrown later')
  })

  it.skipIf(openssl.skip)('of a tls function is EINVAL that says so', async () => {
    const pull = track(new Pull())
    const tls = later as unknown as () => object
    await expect(pull.bind('tls+tcp://127.0.0.1:0', { tls })).rejects.toThrow(/returns an object at once, not Promise/)
    const listener = await pull.bind('tls+tcp://127.0.0.1:0', localTls().bind)
    expect(() => track(new Push()).connect(listener.url, { tls })).toThrow(/at once/)
  })

  it.skipIf(openssl.skip)('of an SNICallback or pskCallback costs the handshake', async () => {
    const { bind, connect } = localTls()
    const pull = track(new Pull())
    const tls = { ...bind.tls, pskCallback: later as never, ciphers: 'PSK', maxVersion: 'TLSv1.2' as const }
    const listener = await pull.bind('tls+tcp://127.0.0.1:0', { tls })
    const psk = { ...connect.tls, ciphers: 'PSK', maxVersion: 'TLSv1.2' as const }
    const push = track(new Push())
    const refused = nextEvent(pull, 'reject')
    push.connect(listener.url, { tls: { ...psk, pskCallback: () => ({ psk: Buffer.alloc(16), identity: 'x' }) } })
    expect((await refused).reason).toBe('tls')
  })

  it('of an origins function keeps the page out', async () => {
    const pair = track(new Pair())
    const listener = await pair.bind('ws://127.0.0.1:0', { ws: { origins: later as unknown as () => boolean } })
    const refused = nextEvent(pair, 'reject')
    const page = await connectBytes(listener.url)
    page.send(upgradeRequest({ headers: { Origin: 'http://elsewhere.example' } }))
    expect((await refused).reason).toBe('unauthorized')
  })

  it('of an agent is why the attempt failed', async () => {
    const push = track(new Push())
    const retried = nextEvent(push, 'retry')
    push.connect('tcp://127.0.0.1:1', { agent: { createConnection: later } })
    expect((await retried).cause.message).toContain('thrown later')
  })

  it('of a codec rejects the send with EINVAL', async () => {
    const pair = track(new Pair({ codec: { encode: later as never, decode: String } }))
    await expect(pair.send('x')).rejects.toEqual(code('EINVAL'))
    const cluster = member({ codec: { encode: later as never, decode: String } })
    await expect(cluster.publish('x', 'y')).rejects.toEqual(code('EINVAL'))
  })

  it('of a listener of a cluster is a warning', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const cluster = member()
    cluster.on('close', later as never)
    await cluster.close()
    expect((await warned).message).toBe('thrown later')
  })

  it('of the filter of a device drops that message, and says why', async () => {
    const [a, x, y, b] = [new Pair(), new raw.Pair(), new raw.Pair(), new Pair()]
    await marry(x, a)
    await marry(y, b)
    raw.device(x, y, { filter: later as never })
    const dropped = nextEvent(x, 'drop')
    await a.send('x')
    expect(await dropped).toMatchObject({ reason: 'filtered', cause: expect.objectContaining({ code: 'EINVAL' }) })
  })

  it('of the function expect of a probe is no reply that was expected', async () => {
    await using monitor = health()
    const rep = track(new Rep())
    const { url: address } = await rep.bind(url)
    monitor.serve(rep)
    const options = { level: 'request', expect: later as never, timeout: 5000 } as const
    expect(await probe(address, options)).toMatchObject({ verdict: 'unexpected-reply' })
  })

  it('of allow leaves the url out, and of stats leaves the question unanswered', async () => {
    const directory = track(new Directory({ allow: later as never }))
    const announcement = announce({ name: 'time', urls: ['tcp://h:1'] }, { stats: later })
    await marry(directory, track(announcement))
    expect(await directory.list({ deadline: 300, quiet: 100 })).toEqual([])
    for await (const _ of directory.ask('STATS', { deadline: 200 })) expect.unreachable()
    await eventually(() => announcement.stats().drops['handler-error'] === 1)
  })
})

describe('what does not become a string', () => {
  const mute: unknown = Object.create(null)
  const throwing = (): never => {
    throw mute
  }

  it('has words all the same', () => {
    expect(wordsOf(mute)).toBe('what was thrown does not become a string')
    expect(wordsOf(new Error('why'))).toBe('why')
    expect(wordsOf(null)).toBe('null')
    expect(wordsOf(Symbol('s'))).toBe('Symbol(s)')
    expect(wordsOf(Object.assign(new Error(), { message: mute }))).toBe('what was thrown does not become a string')
  })

  it('thrown by a listener leaves the others theirs', async () => {
    const pull = track(new Pull())
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    let heard = 0
    pull.on('listen', throwing)
    pull.on('listen', () => heard++)
    await pull.bind(url)
    expect(heard).toBe(1)
    expect((await warned).message).toContain('does not become a string')
  })

  it('thrown by a URL factory or an agent costs an attempt', async () => {
    const pull = track(new Pull())
    const listener = await pull.bind(url)
    const push = track(new Push({ reconnectInterval: 5 }))
    let target: () => string = throwing
    const dialer = push.connect(() => target())
    expect((await nextEvent(push, 'retry')).cause).toBeInstanceOf(SpError)
    target = () => listener.url
    await dialer.whenConnected({ timeout: 5000 })
  })

  it.skipIf(openssl.skip)('thrown by a tls function is EINVAL', async () => {
    await expect(track(new Pull()).bind('tls+tcp://127.0.0.1:0', { tls: throwing })).rejects.toEqual(code('EINVAL'))
  })

  it('thrown by a check makes it fail', async () => {
    await using monitor = health()
    monitor.serving()
    monitor.ready('database', throwing)
    const report = await monitor.report('ready')
    expect([report.ok, report.checks.find(({ name }) => name === 'database')?.ok]).toEqual([false, false])
  })

  it('thrown by a listener of a cluster leaves the others theirs', async () => {
    const cluster = member()
    cluster.on('close', throwing)
    const closed = nextOf(cluster, 'close')
    await cluster.close()
    await closed
  })
})
