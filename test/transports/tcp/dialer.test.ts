/** Connecting over TCP: literals of both families, names with several or changing addresses, and a chosen own address. */
import { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Pair, Pull, Push } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { code, texts, turns } from '../../helpers/messages.ts'
import { resolveNames } from '../../helpers/names.ts'
import { nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

const [zone] =
  Object.entries(networkInterfaces()).find(([, entries]) => entries?.some(({ address }) => address === '::1')) ?? []
const hasIPv6 = zone !== undefined
/** On Linux all of 127/8 is local. */
const manyLoopbacks = process.platform === 'linux'

afterEach(() => void vi.restoreAllMocks())

const portOf = (url: string): string => url.slice(url.lastIndexOf(':') + 1)

async function bound(url: string): Promise<{ pull: Pull; port: string }> {
  const pull = track(new Pull())
  const { url: real } = await pull.bind(url)
  return { pull, port: portOf(real) }
}

describe('TCP dialer', () => {
  it.skipIf(!hasIPv6)('TCP-06 (crash list 11) connects to IPv4 and IPv6 literals side by side', async () => {
    const { pull, port } = await bound('tcp://*:0')
    const push = track(new Push())
    const hosts = ['127.0.0.1', '[::1]', '::1', `[::1%${zone}]`]
    const pipes = await Promise.all(
      hosts.map((host) => push.connect(`tcp://${host}:${port}`).whenConnected({ timeout: 5000 }))
    )
    for (const host of hosts) await push.send(host)
    expect((await texts(pull, 4)).sort()).toEqual([...hosts].sort())
    expect(pipes.map(({ address }) => address)).toEqual([
      `tcp://127.0.0.1:${port}`,
      ...Array.from({ length: 3 }, () => `tcp://[::1]:${port}`)
    ])
  })

  it('TCP-07 connects from the local address it is given', async () => {
    const { pull, port } = await bound('tcp://127.0.0.1:0')
    const local = manyLoopbacks ? '127.0.0.9' : '127.0.0.1'
    const attached = nextEvent(pull, 'attach')
    const push = track(new Push())
    const pipe = await push.connect(`tcp://${local};127.0.0.1:${port}`).whenConnected({ timeout: 5000 })
    expect((await attached).pipe.address).toMatch(`tcp://${local}:`)
    expect(pipe.info.local).toMatch(`tcp://${local}:`)
  })

  it('TCP-07 goes on trying from a local address that this machine does not have', async () => {
    const push = track(new Push({ reconnectInterval: 5 }))
    const retried = nextEvent(push, 'retry', { where: ({ attempt }) => attempt === 2 })
    push.connect('tcp://203.0.113.1;127.0.0.1:5555')
    expect((await retried).cause.code).toBe('EADDRNOTAVAIL')
  })

  it('TCP-07 looks a name up in the family of the local address', async () => {
    resolveNames(() => ['::1', '127.0.0.1'])
    const { port } = await bound('tcp://127.0.0.1:0')
    const push = track(new Push())
    const pipe = await push.connect(`tcp://127.0.0.1;two.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toBe(`tcp://127.0.0.1:${port}`)
  })

  it('TCP-08 tries all addresses of a name, of both families', async () => {
    const asked = resolveNames(() => ['::1', '127.0.0.1'])
    // Nobody listens on the first one.
    const { port } = await bound('tcp://127.0.0.1:0')
    const push = track(new Push())
    const retried = recordEvents(push, 'retry')
    const pipe = await push.connect(`tcp://two.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toBe(`tcp://127.0.0.1:${port}`)
    expect(asked).toEqual(['two.test'])
    expect(retried).toEqual([])
  })

  it.skipIf(!manyLoopbacks)('TCP-08 tries all addresses of a name, of one family', async () => {
    resolveNames(() => ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
    const { port } = await bound('tcp://127.0.0.4:0')
    const push = track(new Push())
    const pipe = await push.connect(`tcp://four.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toBe(`tcp://127.0.0.4:${port}`)
  })

  it.skipIf(!manyLoopbacks)('TCP-07 TCP-08 comes to every address of a name from a local address too', async () => {
    resolveNames(() => ['127.0.0.2', '127.0.0.3', '127.0.0.4', '::1'])
    // One of them at each attempt.
    const { port } = await bound('tcp://127.0.0.4:0')
    const push = track(new Push({ reconnectInterval: 2, reconnectIntervalMax: 2 }))
    const pipe = await push.connect(`tcp://127.0.0.9;four.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toBe(`tcp://127.0.0.4:${port}`)
    expect(pipe.info.local).toMatch('tcp://127.0.0.9:')
  })

  it('TCP-09 resolves the name again at every attempt and follows a changed answer', async () => {
    const { port } = await bound('tcp://127.0.0.1:0')
    // An address at which nobody listens on this port, then the right one.
    const asked = resolveNames((attempt) => (attempt < 3 ? ['::1'] : ['127.0.0.1']))
    const push = track(new Push({ reconnectInterval: 5 }))
    const retried = recordEvents(push, 'retry')
    const pipe = await push.connect(`tcp://moving.test:${port}`).whenConnected({ timeout: 5000 })
    expect(pipe.address).toBe(`tcp://127.0.0.1:${port}`)
    expect(asked).toEqual(['moving.test', 'moving.test', 'moving.test'])
    expect(retried).toHaveLength(2)
  })

  it('TCP-09 resolves the name again after a lost connection', async () => {
    const old = await bound('tcp://127.0.0.1:0')
    const asked = resolveNames((attempt) => (attempt === 1 ? ['127.0.0.1'] : ['::1']))
    const push = track(new Push({ reconnectInterval: 5 }))
    await push.connect(`tcp://moving.test:${old.port}`).whenConnected({ timeout: 5000 })
    const detached = nextEvent(push, 'detach')
    const retried = nextEvent(push, 'retry', { where: ({ attempt }) => attempt === 2 })
    await old.pull.close()
    await detached
    expect((await retried).cause.cause).toMatchObject({ address: '::1', port: Number(old.port) })
    expect(asked.length).toBeGreaterThanOrEqual(2)
  })

  it('TCP-09 EP-07 EP-10 retries when the resolver fails, with the cause and a growing delay', async () => {
    const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN flaky.test'), { code: 'EAI_AGAIN' })
    const { port } = await bound('tcp://127.0.0.1:0')
    resolveNames((attempt) => (attempt < 4 ? failure : ['127.0.0.1']))
    const push = track(new Push({ reconnectInterval: 8 }))
    const retried = recordEvents(push, 'retry')
    await push.connect(`tcp://flaky.test:${port}`).whenConnected({ timeout: 5000 })
    expect(retried.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    for (const [i, { cause, delay }] of retried.entries()) {
      expect(cause.cause).toBe(failure)
      expect(cause.message).toContain('flaky.test')
      expect(delay).toBeGreaterThanOrEqual(0.75 * 8 * 2 ** i)
      expect(delay).toBeLessThanOrEqual(1.25 * 8 * 2 ** i)
    }
    expect(push.stats()).toMatchObject({ connectErrors: 3, establishedConnections: 1 })
  })

  it('TCP-10 sends and takes exactly hello, length and body', async () => {
    const server = await listenBytes()
    const pair = track(new Pair())
    pair.connect(server.url)
    const peer = await server.accept()
    expect(await peer.greet(0x10)).toEqual(hex('00 53 50 00 00 10 00 00'))
    await pair.send('ABC')
    expect(await peer.read(11)).toEqual(hex('00 00 00 00 00 00 00 03 41 42 43'))
    peer.send('00 00 00 00 00 00 00 03 41 42 43')
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('ABC')
  })

  it.each([
    [{}, true, [true, 60_000]],
    [{ tcpNoDelay: false, tcpKeepAlive: true }, false, [true, 60_000]],
    [{ tcpKeepAlive: 7000 }, true, [true, 7000]],
    // Node and the system count seconds, and 0 would mean their own default.
    [{ tcpKeepAlive: 1 }, true, [true, 1000]],
    [{ tcpKeepAlive: 1500 }, true, [true, 2000]],
    [{ tcpKeepAlive: 1e12 }, true, [true, 32_767_000]],
    [{ tcpKeepAlive: false }, true, undefined]
  ] as const)('TCP-11 sets what %j says', async (options, noDelay, keepAlive) => {
    const server = await listenBytes()
    const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay')
    const setKeepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    const pair = track(new Pair(options))
    pair.connect(server.url)
    await (await server.accept()).greet(0x10)
    expect(setNoDelay).toHaveBeenCalledExactlyOnceWith(noDelay)
    if (keepAlive === undefined) expect(setKeepAlive).not.toHaveBeenCalled()
    else expect(setKeepAlive).toHaveBeenCalledExactlyOnceWith(...keepAlive)
  })

  it.each([
    { tcpNoDelay: 1 },
    { tcpKeepAlive: 0 },
    { tcpKeepAlive: -1 },
    { tcpKeepAlive: 'yes' },
    { tcpNoDelay: null }
  ])('TCP-11 refuses %j', (options) => {
    const pair = track(new Pair())
    expect(() => pair.connect('tcp://127.0.0.1:5555', options as object)).toThrow(code('EINVAL'))
    expect(() => new Pair(options as object)).toThrow(code('EINVAL'))
  })

  it('EP-12 connects no more when it is closed while the name is being resolved', async () => {
    const server = await listenBytes()
    const asked = resolveNames(() => ['127.0.0.1'])
    const dialer = track(new Push()).connect(`tcp://slow.test:${portOf(server.url)}`)
    expect(asked).toEqual(['slow.test'])
    await dialer.close()
    await turns(10)
    expect(server.count).toBe(0)
  })
})
