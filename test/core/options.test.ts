import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { allOptions, patternOptions } from '../../scripts/docs/all-options.ts'
import { optionTexts } from '../../scripts/docs/option-texts.ts'
import { endpointOptions } from '../../src/core/option-table.ts'
import type { OptionName } from '../../src/core/options.ts'
import {
  eventually,
  inprocUrl,
  isPending,
  marry,
  nextEvent,
  recordEvents,
  tempPath,
  track
} from '../helpers/sockets.ts'

afterEach(() => void vi.useRealTimers())

type Make = (options?: object) => Socket

const makers: Record<string, Make> = {
  Pair: (options) => new Pair(options),
  Req: (options) => new Req(options),
  Rep: (options) => new Rep(options),
  Push: (options) => new Push(options),
  Pull: (options) => new Pull(options),
  Pub: (options) => new Pub(options),
  Sub: (options) => new Sub(options),
  Bus: (options) => new Bus(options),
  Surveyor: (options) => new Surveyor(options),
  Respondent: (options) => new Respondent(options)
}
const rawMakers: Record<string, Make> = {
  'raw Req': (options) => new raw.Req(options),
  'raw Rep': (options) => new raw.Rep(options),
  'raw Surveyor': (options) => new raw.Surveyor(options),
  'raw Respondent': (options) => new raw.Respondent(options),
  'raw Sub': (options) => new raw.Sub(options)
}
const everyMaker = { ...makers, ...rawMakers }

/** A value other than the default, for every option. */
const others: Record<string, unknown> = {
  name: 'another-name',
  sendBuffer: 1,
  recvBuffer: Number.POSITIVE_INFINITY,
  sendTimeout: 250,
  recvTimeout: 0,
  linger: 5,
  sendPriority: 1,
  recvPriority: 16,
  reconnectInterval: 7,
  reconnectIntervalMax: 70,
  recvMaxSize: 0,
  handshakeTimeout: 33,
  maxConnections: 7,
  maxConnectionsPerHost: 3,
  maxConnectRate: 100,
  maxAuthorizing: 5,
  maxHandshakes: 50,
  stallTimeout: 1500.5,
  sendBudget: Number.POSITIVE_INFINITY,
  tcpNoDelay: false,
  tcpKeepAlive: 1000,
  exclusive: true,
  ttl: 255,
  resendInterval: Number.POSITIVE_INFINITY,
  retry: false,
  failFast: true,
  deadline: 10,
  overflow: 'drop-oldest'
}

const defaults: Record<string, unknown> = {
  sendBuffer: 1024 * 1024,
  recvBuffer: 1024 * 1024,
  sendTimeout: Number.POSITIVE_INFINITY,
  recvTimeout: Number.POSITIVE_INFINITY,
  linger: 1000,
  sendPriority: 8,
  recvPriority: 8,
  reconnectInterval: 100,
  reconnectIntervalMax: 5000,
  recvMaxSize: 1024 * 1024,
  handshakeTimeout: 5000,
  maxConnections: Number.POSITIVE_INFINITY,
  maxConnectionsPerHost: Number.POSITIVE_INFINITY,
  maxConnectRate: Number.POSITIVE_INFINITY,
  maxAuthorizing: 1024,
  maxHandshakes: 16_384,
  stallTimeout: Number.POSITIVE_INFINITY,
  tcpNoDelay: true,
  tcpKeepAlive: true,
  exclusive: false,
  ttl: 8,
  resendInterval: 60_000,
  retry: true,
  failFast: false,
  deadline: 1000,
  overflow: 'wait'
}

/** Which patterns have which options beyond the common ones. */
const only: Record<string, string[]> = {
  ttl: ['Rep', 'Respondent', 'raw Rep', 'raw Respondent'],
  resendInterval: ['Req'],
  retry: ['Req'],
  failFast: ['Req'],
  deadline: ['Surveyor'],
  overflow: ['Sub', 'raw Sub']
}
const has = (maker: string, option: string): boolean => only[option]?.includes(maker) ?? true

describe('socket options', () => {
  it('OPT-01 the table has a default that its own rule accepts, and a sentence, for every option', () => {
    for (const [name, rule] of Object.entries(allOptions)) {
      const { about, only } = optionTexts[name as OptionName]
      expect(about.length, name).toBeGreaterThan(10)
      expect(rule.allowed.length, name).toBeGreaterThan(5)
      if (rule.default !== undefined) expect(rule.accepts(rule.default), name).toBe(true)
      expect(name in patternOptions, name).toBe(only !== undefined)
    }
  })

  it('OPT-02 every option reads back its default and what was set', () => {
    for (const [maker, make] of Object.entries(everyMaker)) {
      const plain = track(make())
      for (const [option, value] of Object.entries(defaults)) {
        if (has(maker, option)) expect(plain.options[option as 'linger'], `${maker} ${option}`).toBe(value)
        else expect(plain.options, `${maker} ${option}`).not.toHaveProperty(option)
      }
      const given = Object.fromEntries(Object.entries(others).filter(([option]) => has(maker, option)))
      expect(track(make(given)).options, maker).toMatchObject(given)
    }
    // So that a new option cannot be forgotten here.
    const optional = ['name', 'codec', 'tls', 'ws', 'ipc', 'thread', 'zmtp', 'authorize', 'sendBudget', 'agent']
    expect(
      Object.keys(allOptions)
        .filter((name) => !optional.includes(name))
        .sort()
    ).toEqual(Object.keys(defaults).sort())
  })

  it('OPT-03 an unknown key is EINVAL and names it, and what there is', () => {
    for (const [maker, make] of Object.entries(everyMaker)) {
      for (const options of [{ lingre: 5 }, { SNDBUF: 1 }, { '': 1 }, { lingre: undefined }]) {
        const [key] = Object.keys(options)
        expect(() => make(options), maker).toThrow(
          expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(new RegExp(`"${key}".*linger`)) })
        )
      }
    }
  })

  it('OPT-03 OPT-14 an option of another pattern is EINVAL: overflow is on Sub only, failFast and resendInterval on Req only', () => {
    for (const [option, patterns] of Object.entries(only)) {
      for (const [maker, make] of Object.entries(everyMaker)) {
        const options = { [option]: others[option] }
        if (patterns.includes(maker)) expect(track(make(options)).options).toMatchObject(options)
        else {
          expect(() => make(options), `${maker} ${option}`).toThrow(
            expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(option) })
          )
        }
      }
    }
  })

  const bad: Record<string, unknown[]> = {
    name: ['', 'x'.repeat(64), 5, null],
    thread: [true, [], { transfer: 1 }, { move: true }],
    sendBuffer: [0, -1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, '1', null, true],
    recvBuffer: [0, -1, 1.5, Number.NaN, '1', null],
    sendTimeout: [-1, Number.NaN, '1', null, true],
    recvTimeout: [-0.5, Number.NaN, '1', null],
    linger: [-1, Number.NaN, Number.NEGATIVE_INFINITY, '1', null],
    sendPriority: [0, 17, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null],
    recvPriority: [0, 17, -1, 1.5, Number.NaN, '8', null],
    reconnectInterval: [-1, Number.NaN, Number.POSITIVE_INFINITY, '100', null],
    reconnectIntervalMax: [-1, Number.NaN, Number.POSITIVE_INFINITY, '100', null],
    recvMaxSize: [-1, 0.5, Number.NaN, '1', null],
    handshakeTimeout: [-1, Number.NaN, '1', null],
    maxConnections: [0, 1.5, Number.NaN, '1', null],
    maxConnectionsPerHost: [0, 1.5, Number.NaN, '1', null],
    maxConnectRate: [0, 0.5, Number.NaN, '1', null],
    maxAuthorizing: [0, 1.5, Number.NaN, '1', null],
    maxHandshakes: [0, 1.5, Number.NaN, '1', null],
    stallTimeout: [0, 0.5, Number.NaN, '1', null],
    sendBudget: [0, 1.5, Number.NaN, '1', null],
    tcpNoDelay: [0, 1, 'true', null],
    tcpKeepAlive: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 'true', null],
    tls: [null, 'cert', 5, []],
    ws: [null, 'x', []],
    ipc: [null, 5, { mode: -1 }, { mode: 0o1000 }, { mode: 0.5 }, { mode: '600' }, { made: 0o600 }],
    ttl: [0, -1, 256, 1.5, Number.NaN, '8', null],
    resendInterval: [-1, Number.NaN, '1', null],
    retry: [0, 'false', null],
    failFast: [1, 'true', null],
    deadline: [-1, Number.NaN, '1', null],
    overflow: ['drop', '', 'WAIT', 5, null]
  }

  it('OPT-04 a wrong type, NaN, a fraction for a count, a value out of range are EINVAL with option, value and range', () => {
    for (const [option, values] of Object.entries(bad)) {
      for (const [maker, make] of Object.entries(everyMaker)) {
        if (!has(maker, option)) continue
        for (const value of values) {
          const said =
            typeof value === 'string'
              ? allOptions[option as 'linger'].secret
                ? 'a string'
                : JSON.stringify(value)
              : typeof value === 'object' && value !== null
                ? ''
                : String(value)
          let message = ''
          try {
            track(make({ [option]: value }))
          } catch (error) {
            expect(error).toMatchObject({ name: 'SpError', code: 'EINVAL' })
            message = (error as Error).message
          }
          expect(message, `${maker} ${option} ${said}`).toContain(`option ${option} is ${said}`)
          expect(message).toContain(`allowed is ${allOptions[option as 'linger'].allowed}`)
        }
      }
    }
  })

  it('OPT-04 options that are no object are EINVAL', () => {
    for (const options of [5, 'linger', true, null, () => {}]) {
      expect(() => new Pair(options as object)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
  })

  it('OPT-06 undefined means the default; the options object is neither changed nor kept', () => {
    const options = { linger: 5, sendBuffer: undefined, reconnectInterval: undefined, name: undefined }
    const copy = { ...options }
    const pair = track(new Pair(options))
    expect(options).toEqual(copy)
    expect(Object.isFrozen(options)).toBe(false)
    expect(pair.options).toMatchObject({ linger: 5, sendBuffer: 1048576, reconnectInterval: 100 })
    options.linger = 99
    expect(pair.options.linger).toBe(5)
    expect(Object.isFrozen(pair.options)).toBe(true)
    expect(track(new Pair(undefined)).options.linger).toBe(1000)
    expect(track(new Pair(Object.freeze({ linger: 1 }))).options.linger).toBe(1)
  })

  it('OPT-07 priorities go from 1 to 16', async () => {
    for (const option of ['sendPriority', 'recvPriority']) {
      for (const value of [1, 8, 16])
        expect(track(new Pair({ [option]: value })).options).toMatchObject({ [option]: value })
      for (const value of [0, 17]) expect(() => new Pair({ [option]: value })).toThrow(/1 to 16/)
      const pair = track(new Pair())
      for (const value of [0, 17]) {
        await expect(pair.bind(inprocUrl(), { [option]: value })).rejects.toMatchObject({ code: 'EINVAL' })
        expect(() => pair.connect(inprocUrl(), { [option]: value })).toThrow(
          expect.objectContaining({ code: 'EINVAL' })
        )
      }
    }
  })

  it('OPT-08 recvMaxSize is inclusive, 0 takes empty messages only, and Infinity takes all', async () => {
    for (const url of [inprocUrl(), 'tcp://127.0.0.1:0', `ipc://${tempPath()}`]) {
      for (const limit of [0, 10, Number.POSITIVE_INFINITY]) {
        const [push, pull] = track(new Push(), new Pull())
        const listener = await pull.bind(url, { recvMaxSize: limit })
        expect(listener.options.recvMaxSize).toBe(limit)
        push.connect(listener.url, { reconnectInterval: 10_000, reconnectIntervalMax: 10_000 })
        const drops = recordEvents(pull, 'drop')
        await push.send('')
        if (limit > 0) await push.send(Buffer.alloc(Math.min(limit, 3_000_000)))
        expect(await pull.recv()).toHaveLength(0)
        if (limit > 0) expect(await pull.recv({ timeout: 5000 })).toHaveLength(Math.min(limit, 3_000_000))
        if (limit < Number.POSITIVE_INFINITY) {
          const gone = nextEvent(pull, 'detach')
          await push.send(Buffer.alloc(limit + 1))
          expect((await gone).reason).toBe('too-big')
          expect(drops).toMatchObject([{ reason: 'too-big', size: limit + 1, limit, count: 1 }])
          expect(pull.tryRecv()).toBeUndefined()
        }
        await Promise.all([push.close({ linger: 0 }), pull.close()])
      }
    }
  })

  it('OPT-11 linger is 1000 by default; 0 and Infinity are allowed', () => {
    expect(track(new Pair()).options.linger).toBe(1000)
    for (const linger of [0, Number.POSITIVE_INFINITY]) expect(track(new Pair({ linger })).options.linger).toBe(linger)
    expect(() => new Pair({ linger: -1 })).toThrow(/linger is -1/)
  })

  it('OPT-12 sendBuffer and recvBuffer must be positive', () => {
    for (const option of ['sendBuffer', 'recvBuffer']) {
      for (const value of [0, -1, -1024]) expect(() => new Pair({ [option]: value })).toThrow(/from 1/)
      for (const value of [1, 2 ** 40, Number.POSITIVE_INFINITY]) {
        expect(track(new Pair({ [option]: value })).options).toMatchObject({ [option]: value })
      }
    }
  })

  it('OPT-10 the ttl goes from 1 to 255 and is 8 by default', () => {
    for (const make of [makers.Rep, makers.Respondent, rawMakers['raw Rep'], rawMakers['raw Respondent']] as Make[]) {
      expect(track(make()).options.ttl).toBe(8)
      for (const ttl of [1, 255]) expect(track(make({ ttl })).options.ttl).toBe(ttl)
      for (const ttl of [-1, 0, 256, '8', true, 1.5]) expect(() => make({ ttl })).toThrow(/ttl is .*1 to 255/)
    }
  })
})

describe('timeouts as options', () => {
  it('OPT-13 Infinity is no timeout', async () => {
    vi.useFakeTimers()
    const pull = track(new Pull())
    const waiting = pull.recv({ timeout: Number.POSITIVE_INFINITY })
    waiting.catch(() => {})
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(2 ** 31)
    vi.useRealTimers()
    expect(await isPending(waiting)).toBe(true)
  })

  it('OPT-13 a timeout beyond what the platform counts does not fire early', async () => {
    vi.useFakeTimers()
    const failed = vi.fn()
    const days = 24 * 3600 * 1000
    track(new Pull())
      .recv({ timeout: 60 * days })
      .catch(failed)
    await vi.advanceTimersByTimeAsync(60 * days - 1)
    expect(failed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ETIMEDOUT' }))
  })
})

describe('endpoint options', () => {
  it('OPT-02 EP-23 override the socket’s for that endpoint only', async () => {
    const socketWide = { recvMaxSize: 100, sendPriority: 3, handshakeTimeout: 77, tcpNoDelay: false }
    const pair = track(new Bus(socketWide))
    const given = { recvMaxSize: 200, recvPriority: 2, reconnectInterval: 9 }
    const listener = await pair.bind('tcp://127.0.0.1:0', given)
    const dialer = pair.connect(listener.url, given)
    const plain = pair.connect(listener.url)
    const inherited = { ...defaults, ...socketWide }
    for (const endpoint of [listener, dialer]) {
      for (const name of Object.keys(endpointOptions).filter((option) => option in defaults)) {
        const expected = (given as Record<string, unknown>)[name] ?? (inherited as Record<string, unknown>)[name]
        expect((endpoint.options as Record<string, unknown>)[name], name).toBe(expected)
      }
      expect(Object.isFrozen(endpoint.options)).toBe(true)
    }
    expect(plain.options).toMatchObject({ recvMaxSize: 100, recvPriority: 8, sendPriority: 3, reconnectInterval: 100 })
    expect(pair.options.recvMaxSize).toBe(100)
  })

  it('EP-23 recvMaxSize of one endpoint holds for its connections and for no other', async () => {
    const pull = track(new Pull({ recvMaxSize: 10 }))
    const narrow = await pull.bind('tcp://127.0.0.1:0')
    const wide = await pull.bind('tcp://127.0.0.1:0', { recvMaxSize: 1000 })
    const [one, two] = track(new Push({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }), new Push())
    one.connect(narrow.url)
    two.connect(wide.url)
    const gone = nextEvent(pull, 'detach')
    await one.send(Buffer.alloc(11))
    await two.send(Buffer.alloc(1000))
    expect((await gone).pipe.endpoint).toBe(narrow)
    expect(await pull.recv({ timeout: 5000 })).toHaveLength(1000)
    expect(pull.stats().drops).toEqual({ 'too-big': 1 })
  })

  it('OPT-03 OPT-04 OPT-05 a refused endpoint option names itself and leaves nothing half open', async () => {
    const pair = track(new Pair())
    const url = `ipc://${tempPath()}`
    const refused: [object, RegExp][] = [
      [{ linger: 5 }, /no option "linger"/],
      [{ sendBuffer: 5 }, /no option "sendBuffer"/],
      [{ nonsense: 1 }, /no option "nonsense"/],
      [{ recvMaxSize: -1 }, /recvMaxSize is -1/],
      [{ handshakeTimeout: '5' }, /handshakeTimeout is "5"/],
      [{ tcpKeepAlive: 0 }, /tcpKeepAlive is 0/]
    ]
    const listened = recordEvents(pair, 'listen')
    for (const [options, said] of refused) {
      await expect(pair.bind(url, options)).rejects.toMatchObject({
        code: 'EINVAL',
        message: expect.stringMatching(said)
      })
      expect(() => pair.connect(url, options)).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(said) })
      )
    }
    expect(pair.stats().endpoints).toEqual([])
    expect(listened).toEqual([])
    const listener = await pair.bind(url)
    expect(listener.state).toBe('listening')
  })

  it('OPT-05 a socket whose options are refused leaves nothing behind either', async () => {
    const before = process.getActiveResourcesInfo().length
    for (let i = 0; i < 100; i++) expect(() => new Req({ resendInterval: -1 })).toThrow()
    await eventually(() => process.getActiveResourcesInfo().length <= before)
  })

  it('OPT-06 undefined means the socket’s value; the object is neither changed nor kept', async () => {
    const pair = track(new Pair({ recvMaxSize: 5 }))
    const options = { recvMaxSize: undefined, sendPriority: 2 }
    const listener = await pair.bind(inprocUrl(), options)
    expect(listener.options).toMatchObject({ recvMaxSize: 5, sendPriority: 2 })
    options.sendPriority = 9
    expect(listener.options.sendPriority).toBe(2)
  })

  it('OPT-09 the reconnect interval is 100 and its maximum 5000; both are used by the dialer, per endpoint', async () => {
    const pair = track(new Pair())
    expect(pair.options).toMatchObject({ reconnectInterval: 100, reconnectIntervalMax: 5000 })
    for (const options of [{ reconnectInterval: -1 }, { reconnectIntervalMax: -1 }]) {
      expect(() => pair.connect(inprocUrl(), options)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
    const dialer = pair.connect('tcp://127.0.0.1:1', { reconnectInterval: 1000, reconnectIntervalMax: 10 })
    const { delay } = await nextEvent(pair, 'retry', { where: (event) => event.dialer === dialer })
    expect(delay).toBeLessThanOrEqual(12.5)
    await marry(track(new Pair()), track(new Pair()))
  })
})
