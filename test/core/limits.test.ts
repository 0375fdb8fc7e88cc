/** How many peers a listener takes, joined or on their way, and how fast they may come. */
import { Pair, Pull, Push, Rep, Req } from 'hubless'
import { Link } from 'hubless/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Door } from '../../src/core/door.ts'
import { connectBytes } from '../helpers/bytes.ts'
import { code } from '../helpers/messages.ts'
import { plainUrl } from '../helpers/peers.ts'
import { eventually, marry, nextEvent, recordEvents, track, transportCases, zeromqCases } from '../helpers/sockets.ts'

const everyCase = [...transportCases, ...zeromqCases]
/** Those over which a handshake takes a while. */
const streamCases = everyCase.filter(({ name }) => name !== 'inproc' && name !== 'thread')

/** An `authorize` that answers when it is told to; the calls that wait are in `asked`. */
function undecided(): { asked: ((yes: boolean) => void)[]; authorize: () => Promise<boolean> } {
  const asked: ((yes: boolean) => void)[] = []
  return { asked, authorize: () => new Promise((resolve) => asked.push(resolve)) }
}

describe.each(transportCases)('maxConnections over $name', (transport) => {
  it('refuses a further peer, says so and counts it; the peer joins when another left', async () => {
    const pull = track(new Pull())
    const listener = await pull.bind(transport.url(), { ...transport.bind, maxConnections: 1 })
    const [first, second] = track(new Push(), new Push({ reconnectInterval: 10, reconnectIntervalMax: 20 }))
    await first.connect(listener.url, transport.connect).whenConnected()
    await pull.waitForPeers(1)
    const refused = nextEvent(pull, 'reject', { where: ({ reason }) => reason === 'limit' })
    const dialer = second.connect(listener.url, transport.connect)
    expect((await refused).error.message).toMatch(/takes no more/)
    expect(pull.peers.length).toBe(1)
    expect(pull.stats().rejects.limit).toBeGreaterThan(0)
    await first.close()
    await dialer.whenConnected({ timeout: 5000 })
    await second.send('in at last')
    expect(String(await pull.recv())).toBe('in at last')
  })
})

describe('maxConnectionsPerHost', () => {
  it('counts every address for itself, and each listener too', async () => {
    const pull = track(new Pull({ maxConnectionsPerHost: 1 }))
    const listener = await pull.bind('tcp://127.0.0.1:0')
    const other = await pull.bind('tcp://127.0.0.1:0')
    const [first, second, third] = track(new Push(), new Push(), new Push())
    await first.connect(listener.url).whenConnected()
    await pull.waitForPeers(1)
    const refused = nextEvent(pull, 'reject', { where: ({ reason }) => reason === 'limit' })
    second.connect(listener.url)
    expect((await refused).error.message).toMatch(/takes no more$/)
    await third.connect(other.url).whenConnected()
    await pull.waitForPeers(2)
    expect(pull.peers.length).toBe(2)
  })

  it('is given back by peers that broke off, however they ended', async () => {
    const rep = track(new Rep({ maxConnectionsPerHost: 1 }))
    rep.serve(({ body }) => body)
    await using link = await Link.to(await rep.bind('tcp://127.0.0.1:0'))
    const req = track(new Req({ reconnectInterval: 10, reconnectIntervalMax: 10 }))
    req.connect(link.url)
    for (let round = 0; round < 5; round++) {
      expect(String(await req.request(`${round}`))).toBe(`${round}`)
      const gone = nextEvent(rep, 'detach')
      link.cut()
      await gone
      link.heal()
    }
    expect(rep.stats().rejects).toEqual({})
  })

  it('counts an IPv6 host by its /64, however it is written, and what stands for IPv4 and this machine by the address', () => {
    const { options } = track(new Pull({ maxConnectionsPerHost: 1 }))
    const together = (one: string, other: string): boolean => {
      const door = new Door(options)
      door.count(`tcp://${one}:1`, 1)
      return door.full(`tcp://${other}:2`) !== undefined
    }
    expect(together('[2001:db8:1:2::1]', '[2001:db8:1:2:ffff:ffff:ffff:ffff]')).toBe(true)
    expect(together('[2001:db8::1]', '[2001:db8:0:0:9::]')).toBe(true)
    expect(together('[::2]', '[::3:0:0:4]')).toBe(true)
    expect(together('[1::2:3:4:5:6]', '[1:0:0:2::]')).toBe(true)
    expect(together('[fe80::1%eth0]', '[fe80::1%eth0]')).toBe(true)
    expect(together('[2001:db8:1:2::1]', '[2001:db8:1:3::1]')).toBe(false)
    expect(together('[1::2:3:4:5:6]', '[1::3:4:5:6:7]')).toBe(false)
    expect(together('[::1]', '[::2]')).toBe(false)
    expect(together('[::ffff:192.0.2.1]', '[::ffff:192.0.2.2]')).toBe(false)
    expect(together('192.0.2.1', '192.0.2.2')).toBe(false)
    expect(together('192.0.2.1', '192.0.2.1')).toBe(true)
  })

  it('does not concern dialers, nor sockets that take one peer', async () => {
    const [one, two] = track(new Pair({ maxConnections: 1 }), new Pair({ maxConnections: 1 }))
    await marry(one, two)
    const rejects = recordEvents(one, 'reject')
    expect(rejects).toEqual([])
    expect(() => new Pull({ maxConnections: 0 })).toThrow(code('EINVAL'))
    expect(() => new Pull({ maxConnections: 1.5 })).toThrow(/allowed is a whole number from 1, or Infinity/)
  })
})

describe.each(streamCases)('unfinished handshakes over $name', (transport) => {
  it('HOST-24 number maxHandshakes at most: the oldest gives way, is told of and counted, and a good peer comes in', async () => {
    const pull = track(new Pull())
    const bounds = { maxHandshakes: 2, handshakeTimeout: 60_000 }
    const { url } = await pull.bind(transport.url(), { ...transport.bind, ...bounds })
    const rejects = recordEvents(pull, 'reject')
    const first = await connectBytes(plainUrl(url))
    const second = await connectBytes(plainUrl(url))
    await connectBytes(plainUrl(url))
    await first.closed
    expect(rejects.map(({ reason }) => reason)).toEqual(['limit'])
    const push = track(new Push())
    await push.connect(url, transport.connect).whenConnected()
    await second.closed
    await pull.waitForPeers(1)
    expect(pull.stats()).toMatchObject({ rejects: { limit: 2 }, acceptedConnections: 3, brokenConnections: 2 })
  })

  it('HOST-24 count as peers: where there are maxConnections, the oldest gives way and no peer does', async () => {
    const { asked, authorize } = undecided()
    const pull = track(new Pull({ maxConnections: 2, authorize }))
    const { url } = await pull.bind(transport.url(), transport.bind)
    const rejects = recordEvents(pull, 'reject')
    const push = (): Push => {
      const socket = track(new Push({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }))
      socket.connect(url, transport.connect)
      return socket
    }
    push()
    await eventually(() => asked.length === 1)
    asked[0]?.(true)
    await pull.waitForPeers(1)
    push()
    await eventually(() => asked.length === 2)
    const third = push()
    await eventually(() => asked.length === 3)
    expect(rejects.map(({ reason, error }) => [reason, error.message])).toEqual([
      ['limit', expect.stringMatching(/gave way/)]
    ])
    asked[1]?.(true)
    asked[2]?.(true)
    await third.waitForPeers(1)
    await pull.waitForPeers(2)
    push()
    await eventually(() => rejects.length === 2)
    expect(rejects[1]?.error.message).toMatch(/takes no more/)
    expect(pull.peers).toHaveLength(2)
    expect(asked).toHaveLength(3)
  })

  it('HOST-24 count for their host: a further one from there is refused, and those under way go on', async () => {
    const { asked, authorize } = undecided()
    const pull = track(new Pull({ maxConnectionsPerHost: 1, authorize }))
    const { url } = await pull.bind(transport.url(), transport.bind)
    const [first, second] = track(new Push(), new Push({ reconnectInterval: 20, reconnectIntervalMax: 20 }))
    const joined = first.connect(url, transport.connect).whenConnected()
    await eventually(() => asked.length === 1)
    const refused = nextEvent(pull, 'reject')
    const late = second.connect(url, transport.connect).whenConnected()
    expect(await refused).toMatchObject({ reason: 'limit' })
    expect(asked).toHaveLength(1)
    asked[0]?.(true)
    await joined
    await pull.waitForPeers(1)
    await first.close()
    await eventually(() => asked.length === 2)
    asked[1]?.(true)
    await late
  })

  it('come as fast as maxConnectRate allows; those that come faster are refused and counted', async () => {
    const pull = track(new Pull({ maxConnectRate: 1 }))
    const { url } = await pull.bind(transport.url(), transport.bind)
    const refused = nextEvent(pull, 'reject')
    for (let i = 0; i < 10; i++) track(new Push()).connect(url, transport.connect)
    expect(await refused).toMatchObject({ reason: 'limit', error: { message: expect.stringMatching(/a second/) } })
    await pull.waitForPeers(1)
    expect(pull.stats().rejects.limit).toBeGreaterThan(0)
  })
})

describe('maxConnectRate', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('allows those of one second at once, and then each after its part of a second', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { options } = track(new Pull({ maxConnectRate: 4 }))
    const door = new Door(options)
    const comes = (): boolean => door.arrive({ address: '', giveWay: () => {} }) === undefined
    expect([1, 2, 3, 4, 5].map(comes)).toEqual([true, true, true, true, false])
    vi.advanceTimersByTime(250)
    expect([comes(), comes()]).toEqual([true, false])
    vi.advanceTimersByTime(60_000)
    expect([1, 2, 3, 4, 5].map(comes)).toEqual([true, true, true, true, false])
  })
})

describe.each(everyCase)('maxAuthorizing over $name', (transport) => {
  const hasty = { maxAuthorizing: 1, handshakeTimeout: 50 }
  const again = { reconnectInterval: 10, reconnectIntervalMax: 10 }

  it('HOST-25 bounds the calls of a listener that run, also those that outlived their attempt', async () => {
    const { asked, authorize } = undecided()
    const pull = track(new Pull({ ...hasty, authorize }))
    const { url } = await pull.bind(transport.url(), transport.bind)
    const rejects = recordEvents(pull, 'reject')
    const push = track(new Push(again))
    const joined = push.connect(url, transport.connect).whenConnected()
    await eventually(() => rejects.some(({ reason }) => reason === 'limit'))
    expect(rejects[0]?.reason).toBe('handshake-timeout')
    expect(asked).toHaveLength(1)
    asked[0]?.(true)
    await eventually(() => asked.length === 2)
    asked[1]?.(true)
    await joined
    expect(pull.stats().rejects.limit).toBeGreaterThan(0)
  })

  it('HOST-25 bounds those of a dialer alike', async () => {
    const { asked, authorize } = undecided()
    const pull = track(new Pull())
    const { url } = await pull.bind(transport.url(), transport.bind)
    const push = track(new Push({ ...again, maxAuthorizing: 1, authorize }))
    const rejects = recordEvents(push, 'reject')
    const joined = push.connect(url, { ...transport.connect, handshakeTimeout: 200 }).whenConnected()
    await eventually(() =>
      rejects.some(({ reason, error }) => reason === 'limit' && /authorize run/.test(error.message))
    )
    expect(asked).toHaveLength(1)
    asked[0]?.(true)
    await eventually(() => asked.length === 2)
    asked[1]?.(true)
    await joined
  })
})
