/** How many peers a listener takes. */
import { Pair, Pull, Push, Rep, Req } from 'hubless'
import { Link } from 'hubless/testing'
import { describe, expect, it } from 'vitest'
import { code } from '../helpers/messages.ts'
import { marry, nextEvent, recordEvents, track, transportCases } from '../helpers/sockets.ts'

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

  it('does not concern dialers, nor sockets that take one peer', async () => {
    const [one, two] = track(new Pair({ maxConnections: 1 }), new Pair({ maxConnections: 1 }))
    await marry(one, two)
    const rejects = recordEvents(one, 'reject')
    expect(rejects).toEqual([])
    expect(() => new Pull({ maxConnections: 0 })).toThrow(code('EINVAL'))
    expect(() => new Pull({ maxConnections: 1.5 })).toThrow(/allowed is a whole number from 1, or Infinity/)
  })
})
