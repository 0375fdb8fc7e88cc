/** What waits to be sent to all peers of a listener, and of the process: many that do not read together cost no more than the budget. */
import { totalmem } from 'node:os'
import { Pub, Pull, Push, Rep, Req, Sub, sendBudget } from 'hubless'
import * as raw from 'hubless/raw'
import { afterEach, describe, expect, it } from 'vitest'
import { Allowance } from '../../../src/transports/stream/allowance.ts'
import { code } from '../../helpers/messages.ts'
import { carries, eventually, marry, nextEvent, track, transportCases, zeromqCases } from '../../helpers/sockets.ts'

const streamCases = [...transportCases, ...zeromqCases].filter(({ name }) => name !== 'inproc' && name !== 'thread')
const size = 65_536
const sendBuffer = 16 * size
const budget = 2 * sendBuffer

/** Bytes that wait for each peer. */
const waiting = (socket: Push | Rep): number[] => socket.stats().pipes.map(({ sendQueue }) => sendQueue * size)
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Sends until nobody takes more. */
async function fill(push: Push): Promise<void> {
  for (let full = 0; full < 5; full++) {
    while (push.trySend(Buffer.alloc(size))) full = 0
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe.each(streamCases)('sendBudget over $name', (transport) => {
  it('HOST-26 bounds what waits for peers that do not read together, and comes back when they go', async () => {
    const push = track(new Push({ sendBuffer, sendBudget: budget }))
    const { url } = await push.bind(transport.url(), transport.bind)
    const stuck = Array.from({ length: 8 }, () => track(new Pull({ recvBuffer: 1 })))
    for (const pull of stuck) pull.connect(url, transport.connect)
    await push.waitForPeers(stuck.length)
    await fill(push)
    // Each had one more message in hand, and what a sixteenth of its buffer takes.
    expect(sum(waiting(push))).toBeGreaterThanOrEqual(budget)
    expect(sum(waiting(push))).toBeLessThanOrEqual(budget + stuck.length * 2 * size)

    const reader = track(new Pull())
    await reader.connect(url, transport.connect).whenConnected()
    for (let i = 0; i < 20; i++) {
      const received = reader.recv()
      await push.send(Buffer.alloc(size))
      expect((await received).length).toBe(size)
    }
    await reader.close()
    for (const pull of stuck) await pull.close({ linger: 0 })
    await eventually(() => push.peers.length === 0)

    track(new Pull({ recvBuffer: 1 })).connect(url, transport.connect)
    await push.waitForPeers(1)
    await fill(push)
    expect(sum(waiting(push))).toBeGreaterThanOrEqual(sendBuffer)
  })
})

describe('peers that send requests and read no replies', () => {
  it('HOST-26 lose the answers beyond the budget, counted as queue-full, and one that reads is answered', async () => {
    const rep = track(new Rep({ sendBuffer, sendBudget: budget }))
    rep.serve(() => Buffer.alloc(size))
    const { url } = await rep.bind('tcp://127.0.0.1:0')
    const greedy = Array.from({ length: 8 }, () => track(new raw.Req({ recvBuffer: 1 })))
    for (const req of greedy) await req.connect(url).whenConnected()
    const dropped = nextEvent(rep, 'drop')
    let ended = false
    const asking = greedy.map(async (req) => {
      const header = Buffer.from([0x80, 0, 0, 1])
      while (!ended) await req.send({ header, body: Buffer.alloc(1) }, { timeout: 100 }).catch(() => {})
    })
    expect((await dropped).reason).toBe('queue-full')
    await eventually(() => (rep.stats().drops['queue-full'] ?? 0) > 500, 20_000)
    expect(sum(waiting(rep))).toBeLessThanOrEqual(budget + greedy.length * 2 * size)
    const req = track(new Req())
    req.connect(url)
    expect((await req.request('?')).length).toBe(size)
    ended = true
    await Promise.all(asking)
  })
})

describe('a subscriber that keeps up', () => {
  it('HOST-26 misses nothing where others have used up the budget', async () => {
    const pub = track(new Pub({ sendBuffer, sendBudget: budget }))
    const { url } = await pub.bind('tcp://127.0.0.1:0')
    const stuck = Array.from({ length: 8 }, () => track(new Sub({ recvBuffer: 1 })))
    const sub = track(new Sub())
    for (const each of [...stuck, sub]) {
      each.subscribe('')
      each.connect(url)
    }
    await pub.waitForPeers(stuck.length + 1)
    const count = 2000
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect((await sub.recv()).readUInt32BE(0)).toBe(i)
    })()
    const body = (i: number): Buffer => {
      const bytes = Buffer.alloc(size)
      bytes.writeUInt32BE(i)
      return bytes
    }
    for (let i = 0; i < count; i++) await pub.send(body(i))
    await reading
    expect(pub.stats().drops['queue-full']).toBeGreaterThan(count)
  })
})

describe('the sendBudget of the process', () => {
  const { bytes } = sendBudget
  afterEach(() => {
    sendBudget.bytes = bytes
  })

  it('HOST-28 bounds what waits on all sockets together, dialed or not, and one that reads is served as before', async () => {
    const before = sendBudget.reached
    sendBudget.bytes = 4 * sendBuffer
    const sockets = Array.from({ length: 12 }, () => track(new Push({ sendBuffer })))
    for (const [i, push] of sockets.entries()) {
      const pull = track(new Pull({ recvBuffer: 1 }))
      if (i % 2 === 0) await marry(push, pull, 'tcp://127.0.0.1:0')
      else await marry(pull, push, 'tcp://127.0.0.1:0')
    }
    for (const push of sockets) await fill(push)
    const all = sum(sockets.map((push) => sum(waiting(push))))
    expect(all).toBeGreaterThanOrEqual(2 * sendBuffer)
    // One more message each.
    expect(all).toBeLessThanOrEqual(sendBudget.bytes + sockets.length * size)
    // Beside the bodies there are prefixes.
    expect(Math.floor(sendBudget.waiting / size)).toBe(all / size)
    expect(sendBudget.reached).toBeGreaterThan(before)

    const [reader, push] = [new Pull(), new Push({ sendBuffer })]
    await marry(reader, push, 'tcp://127.0.0.1:0')
    for (let i = 0; i < 20; i++) {
      await push.send(Buffer.alloc(size))
      expect((await reader.recv()).length).toBe(size)
    }
    await Promise.all([...sockets, push].map((socket) => socket.close({ linger: 0 })))
    await eventually(() => sendBudget.waiting === 0)
  })

  it('HOST-28 drops what is published beyond it, counted as queue-full', async () => {
    sendBudget.bytes = 2 * size
    const pub = new Pub({ sendBuffer })
    const sub = new Sub({ recvBuffer: 1 })
    sub.subscribe('')
    await marry(pub, sub, 'tcp://127.0.0.1:0')
    // Until what the systems of both sides hold is full, too.
    for (let i = 0; i < 400; i++) await pub.send(Buffer.alloc(size))
    expect(pub.stats().drops['queue-full']).toBeGreaterThan(0)
    expect(sendBudget.waiting).toBeLessThanOrEqual(sendBudget.bytes + 2 * size)
  })

  it.each(streamCases.filter((transport) => carries(transport, 'pub/sub')))(
    'HOST-28 costs a subscriber that keeps up nothing over $name, although all of it is used',
    async (transport) => {
      sendBudget.bytes = 1
      const [pub, sub] = [new Pub({ sendBuffer }), new Sub()]
      sub.subscribe('')
      await marry(pub, sub, transport.url(), transport)
      const reading = (async () => {
        for (let i = 0; i < 300; i++) expect((await sub.recv({ timeout: 5000 })).readUInt32BE(0)).toBe(i)
      })()
      for (let i = 0; i < 300; i++) {
        const body = Buffer.alloc(i % 3 === 0 ? size : 100)
        body.writeUInt32BE(i)
        await pub.send(body)
      }
      await reading
      expect(pub.stats().drops).toEqual({})
    }
  )

  it('is a quarter of the memory there is, and no nonsense', () => {
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(totalmem() / 4)
    for (const bad of [0, -1, 1.5, Number.NaN, '1', null]) {
      expect(() => Object.assign(sendBudget, { bytes: bad })).toThrow(code('EINVAL'))
    }
    sendBudget.bytes = Infinity
    expect(sendBudget.bytes).toBe(Infinity)
  })
})

describe('an allowance', () => {
  const open = (sending: { waiting: number } | undefined, budget?: number): Allowance =>
    new Allowance({
      sendBuffer: 2560,
      options: { sendBudget: budget } as never,
      door: sending && { sending, arrive: () => undefined, depart: () => {} }
    })

  it('is 64 times the buffer for all, where nothing is said; then each has a sixteenth, and beyond twice of it a 256th', () => {
    const all = 64 * 2560
    const sending = { waiting: all - 1 }
    const allowance = open(sending)
    expect(allowance.bytes).toBe(2560)
    allowance.wait(1)
    expect(allowance.bytes).toBe(2560)
    allowance.wait(2)
    expect(allowance.bytes).toBe(160)
    sending.waiting = 2 * all
    allowance.wait(3)
    expect(allowance.bytes).toBe(10)
    expect(open(sending).bytes).toBe(10)
    allowance.wait(1)
    allowance.end()
  })

  it('gives back what it had when it ends, and counts nothing afterwards', () => {
    const sending = { waiting: 0 }
    const before = sendBudget.waiting
    const [one, other] = [open(sending, 100), open(sending, 100)]
    one.wait(90)
    other.wait(5)
    expect(sendBudget.waiting).toBe(before + 95)
    one.end()
    expect([sending.waiting, sendBudget.waiting]).toEqual([5, before + 5])
    one.wait(1000)
    one.end()
    other.end()
    expect([sending.waiting, sendBudget.waiting]).toEqual([0, before])
  })

  it('concerns nobody who dials', async () => {
    expect(open(undefined, 1).bytes).toBe(2560)
    const [pull, push] = [new Pull({ recvBuffer: 1 }), new Push({ sendBuffer, sendBudget: 1 })]
    await marry(pull, push, 'tcp://127.0.0.1:0')
    await fill(push)
    expect(sum(waiting(push))).toBeGreaterThanOrEqual(sendBuffer)
  })
})
