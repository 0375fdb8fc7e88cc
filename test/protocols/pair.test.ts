/** PAIR: one peer, a second one refused, waiting without a peer, back-pressure, losses. */
import { Pair } from 'hubless'
import { Pair as RawPair } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex, listenBytes } from '../helpers/bytes.ts'
import { code, fill, numberOf, texts, turns } from '../helpers/messages.ts'
import {
  eventually,
  inprocUrl,
  isPending,
  marry,
  nextEvent,
  recordEvents,
  track,
  transportCases,
  zeromqCases
} from '../helpers/sockets.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 40 }

describe.each([...transportCases, ...zeromqCases])('Pair over $name', (transport) => {
  it('PAIR-01 sends messages both ways', async () => {
    const [a, b] = track(new Pair(), new Pair())
    await marry(a, b, transport.url(), transport)
    await a.send('to b')
    await b.send('to a')
    expect(await texts(b, 1)).toEqual(['to b'])
    expect(await texts(a, 1)).toEqual(['to a'])
  })

  it('PAIR-02 refuses a second peer as busy on both sides and the first pair goes on', async () => {
    const [a, b, c] = track(new Pair(), new Pair(), new Pair(quick))
    const { listener } = await marry(a, b, transport.url(), transport)
    const detached = recordEvents(a, 'detach')
    const refusals = Promise.all([nextEvent(a, 'reject'), nextEvent(c, 'reject')])
    const dialer = c.connect(listener.url, transport.connect)
    const [here, there] = await refusals
    expect(here).toMatchObject({ reason: 'busy', endpoint: listener })
    expect(there).toMatchObject({ reason: 'busy', endpoint: dialer, error: { code: 'ECONNREFUSED' } })

    expect(c.trySend('into the void')).toBe(false)
    await expect(c.send('into the void', { timeout: 30 })).rejects.toEqual(code('ETIMEDOUT'))
    await nextEvent(a, 'reject')
    expect(c.peers).toEqual([])
    expect(a.stats().rejects.busy).toBeGreaterThanOrEqual(2)
    expect(a.peers.length).toBe(1)
    await a.send('still')
    await b.send('here')
    expect(await texts(b, 1)).toEqual(['still'])
    expect(await texts(a, 1)).toEqual(['here'])
    expect(detached).toEqual([])
  })

  it('PAIR-02 that dials two peers at a time joins one and refuses the other as busy, before that hears of it', async () => {
    const [a, b, c] = track(
      new Pair(),
      new Pair(),
      new Pair({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 })
    )
    const [first, second] = [
      await a.bind(transport.url(), transport.bind),
      await b.bind(transport.url(), transport.bind)
    ]
    const refused = nextEvent(c, 'reject')
    const attached = [a, b].map((one) => recordEvents(one, 'attach'))
    for (const { url } of [first, second]) c.connect(url, transport.connect)
    expect((await refused).reason).toBe('busy')
    await eventually(() => c.peers.length === 1 && a.peers.length + b.peers.length === 1)
    await c.send('to the one')
    expect(await texts(a.peers.length === 1 ? a : b, 1)).toEqual(['to the one'])
    expect(attached.flat()).toHaveLength(1)
  })

  it('PAIR-03 PAIR-04 backs off when refused, keeps what waits, and joins when the first peer leaves', async () => {
    const [a, b, c] = track(new Pair(), new Pair(), new Pair(quick))
    const { listener } = await marry(a, b, transport.url(), transport)
    const retries = recordEvents(c, 'retry')
    const dialer = c.connect(listener.url, transport.connect)
    const kept = c.send('kept')
    await expect(dialer.whenConnected({ timeout: 60 })).rejects.toEqual(code('ETIMEDOUT'))
    await eventually(() => retries.length >= 3)
    expect(retries.slice(0, 3).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    for (const [i, { delay }] of retries.entries()) {
      const base = Math.min(5 * 2 ** i, 40)
      expect(delay).toBeGreaterThanOrEqual(base * 0.75)
      expect(delay).toBeLessThanOrEqual(base * 1.25)
    }
    expect(await isPending(kept)).toBe(true)

    await b.close()
    const pipe = await dialer.whenConnected({ timeout: 5000 })
    expect(pipe.state).toBe('attached')
    await kept
    expect(await texts(a, 1)).toEqual(['kept'])
  })

  it('PAIR-05 makes send wait for a peer, trySend false, and a timeout ETIMEDOUT', async () => {
    const [a, b] = track(new Pair(), new Pair())
    expect(a.trySend('x')).toBe(false)
    const begun = performance.now()
    await expect(a.send('late', { timeout: 40 })).rejects.toEqual(code('ETIMEDOUT'))
    expect(performance.now() - begun).toBeGreaterThanOrEqual(39)
    const sent = [a.send('one'), a.send('two')]
    expect(a.trySend('jumps the queue')).toBe(false)
    await marry(a, b, transport.url(), transport)
    await Promise.all(sent)
    expect(await texts(b, 2)).toEqual(['one', 'two'])
    await turns()
    expect(b.tryRecv()).toBeUndefined()
  })

  it('PAIR-06 stops accepting when the peer does not read and goes on when it does', async () => {
    const size = 16384
    const [a, b] = track(new Pair({ sendBuffer: 4 * size }), new Pair({ recvBuffer: 4 * size }))
    await marry(a, b, transport.url(), transport)
    // Loopback TCP holds up to a few MiB in each direction.
    const accepted = await fill(a, size, 2000)
    expect(accepted).toBeGreaterThanOrEqual(8)
    if (transport.name === 'inproc') expect(accepted).toBeLessThanOrEqual(9)
    expect(a.trySend('one more')).toBe(false)
    const resumed = a.send('after')
    for (let i = 0; i < accepted; i++) expect(numberOf(await b.recv({ timeout: 5000 }))).toBe(i)
    await resumed
    expect(await texts(b, 1)).toEqual(['after'])
  })

  it('PAIR-07 shows readiness in trySend and tryRecv', async () => {
    const [a, b] = track(new Pair({ sendBuffer: 4 }), new Pair({ recvBuffer: 4 }))
    expect(a.trySend('none')).toBe(false)
    expect(b.tryRecv()).toBeUndefined()
    const { pipes } = await marry(a, b, transport.url(), transport)
    expect(a.trySend('one')).toBe(true)
    await eventually(() => String(b.tryRecv()) === 'one')
    expect(b.tryRecv()).toBeUndefined()

    const body = 'x'.repeat(100_000)
    const accepted = await fillBy(() => a.trySend(body))
    expect(a.trySend(body)).toBe(false)
    for (let i = 0; i < accepted; i++) expect((await b.recv({ timeout: 5000 })).length).toBe(body.length)
    await eventually(() => a.trySend('again'))
    expect(await texts(b, 1)).toEqual(['again'])

    await b.close()
    await eventually(() => pipes[0].state === 'closed')
    expect(a.trySend('gone')).toBe(false)
  })

  it('PAIR-08 keeps a waiting recv over the loss of the peer', async () => {
    const [a, b, c] = track(new Pair(), new Pair(), new Pair())
    const { listener } = await marry(a, b, transport.url(), transport)
    const received = a.recv()
    const lost = nextEvent(a, 'detach')
    await b.close()
    await lost
    expect(await isPending(received)).toBe(true)
    await c.connect(listener.url, transport.connect).whenConnected()
    await c.send('from the next')
    expect(String(await received)).toBe('from the next')
  })
})

describe('two Pairs of one process', () => {
  it('PAIR-12 that both bind and connect end up as one pair, and lose no message', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = track(new Pair(quick), new Pair(quick))
      const sent = [a.send('from a'), b.send('from b')]
      const urls = await Promise.all([a, b].map(async (pair) => (await pair.bind(inprocUrl())).url))
      a.connect(urls[1] as string)
      b.connect(urls[0] as string)
      await Promise.all(sent)
      expect(await texts(a, 1)).toEqual(['from b'])
      expect(await texts(b, 1)).toEqual(['from a'])
      expect([a.peers.length, b.peers.length]).toEqual([1, 1])
      expect([a.stats().drops, b.stats().drops]).toEqual([{}, {}])
      await Promise.all([a.close({ linger: 0 }), b.close({ linger: 0 })])
    }
  })

  it('PAIR-13 a client of a primary and a backup gets the message of the backup when the primary has gone', async () => {
    const [primary, backup, client] = track(new Pair(), new Pair(), new Pair(quick))
    const urls = await Promise.all([primary, backup].map(async (pair) => (await pair.bind(inprocUrl())).url))
    const sent = [primary.send('from primary'), backup.send('from backup')]
    for (const url of urls) client.connect(url)
    const [first] = await texts(client, 1)
    const [chosen, other] = first === 'from primary' ? [0, 1] : [1, 0]
    await eventually(() => (client.stats().rejects.busy ?? 0) > 0)
    expect(await isPending(sent[other] as Promise<void>)).toBe(true)
    await ([primary, backup][chosen] as Pair).close()
    await Promise.all(sent)
    expect(await texts(client, 1)).toEqual([['from primary', 'from backup'][other]])
  })

  it('PAIR-05 what a frozen peer does not read waits, and goes to the next when it is closed', async () => {
    const [a, frozen, next] = track(new Pair({ sendBuffer: 4 }), new Pair({ recvBuffer: 4 }), new Pair(quick))
    const { listener } = await marry(a, frozen)
    while (a.trySend('lost'));
    const sent = a.send('kept')
    expect(await isPending(sent)).toBe(true)
    await frozen.close({ linger: 0 })
    next.connect(listener.url)
    await sent
    expect(await texts(next, 1)).toEqual(['kept'])
  })
})

/** Calls `send` once a turn until it has said no for ten turns; how often it said yes. */
async function fillBy(send: () => boolean): Promise<number> {
  let accepted = 0
  for (let refusals = 0; refusals < 10; await turns(1)) {
    if (send()) {
      accepted++
      refusals = 0
    } else refusals++
    if (accepted > 1000) throw new Error('nothing pushed back')
  }
  return accepted
}

describe('Pair against bytes', () => {
  it('PAIR-09 does not send again what it handed to a lost connection', async () => {
    const peer = await listenBytes()
    const pair = track(new Pair(quick))
    const dialer = pair.connect(peer.url)
    const first = await peer.accept()
    await first.greet(0x10)
    await dialer.whenConnected()
    await pair.send('one')
    await pair.send('two')
    const lost = nextEvent(pair, 'detach')
    first.reset()
    await lost
    const second = await peer.accept()
    await second.greet(0x10)
    await dialer.whenConnected()
    await pair.send('three')
    expect(await second.read(13)).toEqual(hex('00 00 00 00 00 00 00 05 74 68 72 65 65'))
    expect(second.unread.length).toBe(0)
  })

  it('PAIR-10 refuses a pair1 peer that connects and names both ids', async () => {
    const pair = track(new Pair())
    const listener = await pair.bind('tcp://127.0.0.1:0')
    const rejected = nextEvent(pair, 'reject')
    const peer = await connectBytes(listener.url)
    peer.send('00 53 50 00 00 11 00 00')
    const { reason, error } = await rejected
    expect(reason).toBe('protocol-mismatch')
    expect(error.message).toContain('0x10')
    expect(error.message).toContain('0x11')
    await peer.closed
    expect(pair.peers).toEqual([])
  })

  it('PAIR-10 refuses a pair1 peer that it connected to and names both ids', async () => {
    const peer = await listenBytes()
    const pair = track(new Pair(quick))
    const rejected = nextEvent(pair, 'reject')
    pair.connect(peer.url)
    const stream = await peer.accept()
    await stream.greet(0x11)
    const { reason, error } = await rejected
    expect(reason).toBe('protocol-mismatch')
    expect(error.message).toContain('0x10')
    expect(error.message).toContain('0x11')
    expect(pair.peers).toEqual([])
  })
})

describe.each(transportCases)('raw Pair over $name', (transport) => {
  it('PAIR-11 puts a header before the body, and receives empty headers with the pipe', async () => {
    const [raw, cooked] = track(new RawPair(), new Pair())
    const { pipes } = await marry(raw, cooked, transport.url(), transport)
    await raw.send({ header: hex('01 02 03 04'), body: hex('05 06') })
    await raw.send({ header: hex('07'), body: hex('08') })
    await raw.send({ body: hex('09') })
    expect(await cooked.recv()).toEqual(hex('01 02 03 04 05 06'))
    expect(await cooked.recv()).toEqual(hex('07 08'))
    expect(await cooked.recv()).toEqual(hex('09'))

    await cooked.send('back')
    const message = await raw.recv()
    expect(String(message.body)).toBe('back')
    expect(message.header.length).toBe(0)
    expect(message.pipe).toBe(pipes[0])
  })
})
