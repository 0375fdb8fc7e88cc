/**
 * Keys, passwords and tokens stay where they were given: nothing that hubless says of them (errors, events, statistics,
 * warnings), printed to any depth or as JSON, holds one.
 */
import fc from 'fast-check'
import { type EndpointOptions, Pair, Pull, Push, SpError } from 'hubless'
import { Cluster, fixed, Hub, hub } from 'hubless/cluster'
import { probe } from 'hubless/health'
import { type NatsConnectionOptions, nats } from 'hubless/nats'
import { curveKeyPair } from 'hubless/zmtp'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { allOptions } from '../../scripts/docs/all-options.ts'
import { ours } from '../cli/command.ts'
import { localTls, openssl } from '../helpers/certificates.ts'
import { member, nextOf } from '../helpers/clusters.ts'
import { Log } from '../helpers/secrets.ts'
import { nextEvent, track } from '../helpers/sockets.ts'

/** Where a secret may stand in the options of an endpoint, by option. */
const places: Readonly<Record<string, Readonly<Record<string, (secret: unknown) => object>>>> = {
  tls: {
    key: (key) => ({ key, cert: key }),
    pfx: (pfx) => ({ pfx }),
    passphrase: (passphrase) => ({ ...localTls().bind.tls, pfx: Buffer.from('no pfx'), passphrase }),
    ticketKeys: (ticketKeys) => ({ ...localTls().bind.tls, ticketKeys }),
    pskCallback: (psk) => ({ pskCallback: () => ({ psk, identity: 'ann' }), ciphers: 'PSK' })
  },
  zmtp: {
    password: (password) => ({ username: 'ann', password }),
    'curve.secretKey': (secretKey) => ({ curve: { ...curveKeyPair(), serverKey: curveKeyPair().publicKey, secretKey } })
  },
  ws: {
    headers: (authorization) => ({ headers: { authorization } })
  }
}

const schemes: Readonly<Record<string, readonly string[]>> = {
  tls: ['tls+tcp', 'wss'],
  zmtp: ['zmtp+tcp', 'zmtp+ws'],
  ws: ['ws']
}

/** Longer than anything that stands in a message by chance. */
const secrets = fc
  .string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 40 })
  .filter((text) => !/["'\\ ]/.test(text))

/** As an application may give it by mistake. */
const shapes: readonly ((secret: string) => unknown)[] = [
  (secret) => secret,
  (secret) => Buffer.from(secret),
  (secret) => [secret],
  (secret) => ({ secret }),
  (secret) => secret.repeat(20)
]

describe.skipIf(openssl.skip)('a secret among the options', () => {
  it('COM-58 has a case here for every option that may hold one', () => {
    const secretive = Object.entries(allOptions).filter(([, rule]) => rule.secret === true)
    expect(secretive.map(([name]) => name).sort()).toEqual(Object.keys(places).sort())
  })

  const cases = Object.entries(places).flatMap(([option, fields]) =>
    Object.entries({ ...fields, 'whole option': (secret: unknown) => secret as object }).map(([field, place]) => ({
      option,
      field,
      place
    }))
  )
  it.each(cases)(
    'COM-58 is in nothing that is said of $option, $field, whatever is wrong with it',
    async (one) => {
      await fc.assert(
        fc.asyncProperty(secrets, fc.constantFrom(...shapes), async (secret, shape) => {
          const log = new Log()
          const pair = log.follow(new Pair({ reconnectInterval: 1 }))
          const value = shape(secret)
          const options = { [one.option]: one.place(value), authorize: () => true } as EndpointOptions
          for (const scheme of schemes[one.option] ?? []) {
            await log.attempt(() => pair.bind(`${scheme}://127.0.0.1:0`, options))
            const failed = nextEvent(pair, 'retry', { timeout: 100 }).catch(() => {})
            await log.attempt(async () => {
              pair.connect(`${scheme}://127.0.0.1:1`, options)
              await failed
            })
          }
          await log.attempt(() => new Pair(options))
          await pair.close({ linger: 0 })
          expect(log.size).toBeGreaterThan(2)
          expect(log.leaks(secret)).toEqual([])
        }),
        { numRuns: 15 }
      )
    },
    30_000
  )

  it('COM-58 is in no event and no statistics of a connection that it opened, or that was refused', async () => {
    const secret = 'correct-horse-battery'
    const log = new Log()
    for (const welcome of [true, false]) {
      const [pull, push] = track(log.follow(new Pull()), log.follow(new Push()))
      const zmtp = { mechanism: 'plain' } as const
      const { url } = await pull.bind('zmtp+tcp://127.0.0.1:0', {
        zmtp,
        authorize: ({ info }) => welcome && info.zmtp?.password === secret
      })
      const settled = nextEvent(push, welcome ? 'attach' : 'reject')
      push.connect(url, { zmtp: { username: 'ann', password: secret } })
      await settled
    }
    const { bind, connect } = localTls()
    const [pull, push] = track(log.follow(new Pull()), log.follow(new Push()))
    const { url } = await pull.bind('wss://127.0.0.1:0', { tls: { ...bind.tls, passphrase: secret } })
    await push.connect(url, { ...connect, ws: { headers: { 'x-token': 'not-of-options' } } }).whenConnected()
    expect(log.leaks(secret)).toEqual([])
    const line = bind.tls.key.split('\n')[1] ?? ''
    expect(line.length).toBeGreaterThan(20)
    expect(log.leaks(line)).toEqual([])
  })

  it('COM-58 is read by name from the options', () => {
    const zmtp = { username: 'ann', password: 'correct-horse-battery' }
    const pair = track(new Pair({ zmtp }))
    expect(pair.options.zmtp).toBe(zmtp)
    expect(JSON.stringify(pair.options)).not.toContain('horse')
  })
})

async function printed(...words: string[]): Promise<string> {
  const { stdout, stderr } = await ours(words)
  return `${stdout}${stderr}`
}

describe('a password in a URL', () => {
  const everywhere: Readonly<Record<string, (url: string, log: Log) => unknown>> = {
    connect: (url) => track(new Pair()).connect(url),
    bind: (url) => track(new Pair()).bind(url),
    'a URL factory': async (url, log) => {
      const pair = track(log.follow(new Pair()))
      const retry = nextEvent(pair, 'retry')
      pair.connect(() => url)
      return retry
    },
    hub: (url) => member({ members: hub(url) }),
    fixed: (url) => member({ members: fixed([url]) }),
    'bind of a cluster': (url) => member({ bind: url }).serve('a', { request: () => '' }),
    'bind of a hub': (url) => new Hub().bind(url),
    probe: (url) => probe(url, { timeout: 50 }),
    'nanocat health': (url) => printed('health', url, '--timeout', '0.05'),
    'nanocat --connect': (url) => printed('--pull', '--connect', url),
    'nanocat cluster --hub': (url) => printed('cluster', '--hub', url, '--timeout', '0.05')
  }
  const given = ['tcp', 'tls+tcp', 'ws', 'wss', 'zmtp+tcp', 'zmtp+ws', 'nats', 'no scheme'] as const

  it.each(Object.entries(everywhere))('COM-58 is shown by no error of %s', async (_where, use) => {
    const secret = 'correct-horse-b@ttery'
    for (const scheme of given) {
      const log = new Log()
      await log.attempt(() => use(`${scheme === 'no scheme' ? '' : `${scheme}://`}ann:${secret}@localhost:1`, log))
      expect([scheme, log.leaks(secret), log.leaks('horse')]).toEqual([scheme, [], []])
    }
  })
})

describe('a secret of a cluster', () => {
  it('COM-58 is in no error, warning or event, of a key that is wrong or refused', async () => {
    const [key, other] = ['correct horse battery staple', 'another horse, not this one']
    const log = new Log()
    for (const wrong of ['short-secret', ['short-secret'], { secret: 'short-secret' }]) {
      await log.attempt(() => new Cluster({ key: wrong as string }))
    }
    expect(log.leaks('short-secret')).toEqual([])
    const { code, stderr } = await ours(['hub', '--bind', 'tcp://127.0.0.1:0'], {
      env: { HUBLESS_KEY: 'short-secret' }
    })
    expect([code, stderr.includes('secret')]).toEqual([2, false])
    const meeting = new Hub({ network: 'n', key })
    onTestFinished(() => meeting.close())
    const url = await meeting.bind('tcp://127.0.0.1:0')
    const stranger = member({ network: 'n', key: other, members: hub(url) })
    for (const name of ['warning', 'join', 'leave', 'drop'] as const) {
      stranger.on(name, (event: unknown) => log.note(event))
    }
    await nextOf(stranger, 'warning')
    await log.attempt(() => stranger.request('x', '', { timeout: 50 }))
    log.note([stranger, stranger.stats(), meeting, meeting.stats()])
    expect([log.leaks(key), log.leaks(other)]).toEqual([[], []])
  })

  it('COM-58 is in no error or warning of NATS, be it user, password or token', async () => {
    const secret = 'correct-horse-battery'
    const log = new Log()
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => log.note(warning))
    for (const connection of [{ user: 'ann', pass: secret }, { token: secret }, { authenticator: secret }, secret]) {
      await log.attempt(() =>
        nats({ servers: 'nats://127.0.0.1:1', connection: connection as NatsConnectionOptions, prefix: '-' })
      )
      await log.attempt(() =>
        nats({ servers: 'nats://127.0.0.1:1', connection: connection as NatsConnectionOptions, micro: 1 as never })
      )
      const cluster = member({ engine: nats({ servers: 'nats://127.0.0.1:1', connection: Object(connection) }) })
      log.note(await nextOf(cluster, 'warning'))
      log.note([cluster, cluster.stats(), cluster.members()])
    }
    for (const servers of [`nats://ann:${secret}@127.0.0.1:1`, `nats://ann:${secret}@ 127.0.0.1:1`]) {
      await log.attempt(async () => {
        const cluster = member({ engine: nats({ servers }) })
        log.note(await nextOf(cluster, 'warning'))
        log.note([cluster, cluster.stats()])
      })
    }
    warn.mockRestore()
    expect(log.leaks(secret)).toEqual([])
  })
})

it('COM-58 an error of hubless has no field beyond its code, endpoint and cause', () => {
  const error = new SpError('EINVAL', { message: 'x', endpoint: 'tcp://h:1', cause: new Error('y') })
  expect(Object.keys(error).sort()).toEqual(['code', 'endpoint', 'name'])
})
