/** What waits to be sent to all peers of a listener: many that do not read together cost no more than the budget. */
import { Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { Allowance, type SendLimit } from '../../../src/transports/stream/allowance.ts'
import { eventually, marry, nextEvent, track, transportCases, zeromqCases } from '../../helpers/sockets.ts'

const streamCases = [...transportCases, ...zeromqCases].filter(({ name }) => name !== 'inproc' && name !== 'thread')
const size = 65_536
const sendBuffer = 16 * size
const sendBudget = 2 * sendBuffer

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
    const push = track(new Push({ sendBuffer, sendBudget }))
    const { url } = await push.bind(transport.url(), transport.bind)
    const stuck = Array.from({ length: 8 }, () => track(new Pull({ recvBuffer: 1 })))
    for (const pull of stuck) pull.connect(url, transport.connect)
    await push.waitForPeers(stuck.length)
    await fill(push)
    // Each had one more message in hand, and what a sixteenth of its buffer takes.
    expect(sum(waiting(push))).toBeGreaterThanOrEqual(sendBudget)
    expect(sum(waiting(push))).toBeLessThanOrEqual(sendBudget + stuck.length * 2 * size)

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
    const rep = track(new Rep({ sendBuffer, sendBudget }))
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
    expect(sum(waiting(rep))).toBeLessThanOrEqual(sendBudget + greedy.length * 2 * size)
    const req = track(new Req())
    req.connect(url)
    expect((await req.request('?')).length).toBe(size)
    ended = true
    await Promise.all(asking)
  })
})

describe('a subscriber that keeps up', () => {
  it('HOST-26 misses nothing where others have used up the budget', async () => {
    const pub = track(new Pub({ sendBuffer, sendBudget }))
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

describe('an allowance', () => {
  const open = (sending: { waiting: number } | undefined, sendBudget?: number): Allowance =>
    new Allowance({
      sendBuffer: 160,
      options: { sendBudget } as never,
      door: sending && { sending, arrive: () => undefined, depart: () => {} }
    })

  it('is 64 times the buffer for all, where nothing is said', () => {
    const sending = { waiting: 64 * 160 - 159 }
    const allowance: SendLimit = open(sending)
    expect([allowance.full(159), allowance.full(160)]).toEqual([false, true])
    sending.waiting++
    expect(allowance.full(10)).toBe(false)
    sending.waiting += 160
    expect([allowance.full(9), allowance.full(10)]).toEqual([false, true])
  })

  it('gives back what it had when it ends, and counts nothing afterwards', () => {
    const sending = { waiting: 0 }
    const [one, other] = [open(sending, 100), open(sending, 100)]
    one.full(90)
    other.full(5)
    one.end()
    expect(sending.waiting).toBe(5)
    one.full(1000)
    one.end()
    expect(sending.waiting).toBe(5)
  })

  it('concerns nobody who dials', async () => {
    expect(open(undefined, 1).full(159)).toBe(false)
    const [pull, push] = [new Pull({ recvBuffer: 1 }), new Push({ sendBuffer, sendBudget: 1 })]
    await marry(pull, push, 'tcp://127.0.0.1:0')
    await fill(push)
    expect(sum(waiting(push))).toBeGreaterThanOrEqual(sendBuffer)
  })
})
