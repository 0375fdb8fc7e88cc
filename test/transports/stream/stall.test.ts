/** Connections whose bytes do not move: peers that are frozen, unreachable or do not read. */
import { Pair, Pull, Push } from 'hubless'
import { Link } from 'hubless/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchForStall } from '../../../src/transports/stream/stall.ts'
import {
  eventually,
  marry,
  nextEvent,
  recordEvents,
  track,
  transportCases,
  zeromqCases
} from '../../helpers/sockets.ts'
import { FakeStream } from '../fake-stream.ts'

const streamCases = [...transportCases, ...zeromqCases].filter(({ name }) => name !== 'inproc' && name !== 'thread')
const away = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }

/** Sends until the peer takes no more; returns how many were sent. */
async function fill(push: Push | Pair): Promise<number> {
  let sent = 0
  const body = Buffer.alloc(65_536)
  for (let full = 0; full < 5; ) {
    if (push.trySend(body)) {
      sent++
      full = 0
    } else full++
    await new Promise((resolve) => setImmediate(resolve))
  }
  return sent
}

describe.each(streamCases)('stallTimeout over $name', (transport) => {
  it.each(['binds', 'connects'] as const)('HOST-27 ends a pipe that takes no bytes, of one that %s', async (role) => {
    const push = track(new Push({ stallTimeout: 100, ...away }))
    const pull = track(new Pull({ recvBuffer: 1, ...away }))
    const [listening, dialing] = role === 'binds' ? [push, pull] : [pull, push]
    await marry(listening, dialing, transport.url(), transport)
    const detached = nextEvent(push, 'detach')
    const drops = recordEvents(push, 'drop')
    await fill(push)
    expect(await detached).toMatchObject({ reason: 'stalled', cause: { message: expect.stringMatching(/100 ms/) } })
    expect(drops.map(({ reason }) => reason)).toEqual(['closed'])
    expect(push.stats()).toMatchObject({ brokenConnections: 1, drops: { closed: drops[0]?.count } })
    // Whoever was slow finds what had left, and that it is over.
    const ended = nextEvent(pull, 'detach')
    await pull.recv()
    while (pull.tryRecv() !== undefined);
    for (let over = false; !over; ) {
      over = await Promise.race([ended.then(() => true), pull.recv({ timeout: 5000 }).then(() => false)])
    }
    expect((await ended).reason).not.toBe('stalled')
  })
})

describe('a PAIR whose peer is frozen', () => {
  it('HOST-27 takes the new self of its peer once the old one has stalled', async () => {
    const pair = track(new Pair({ stallTimeout: 100 }))
    const listener = await pair.bind('tcp://127.0.0.1:0')
    await using link = await Link.to(listener)
    const [old, fresh] = track(new Pair(away), new Pair({ reconnectInterval: 20, reconnectIntervalMax: 20 }))
    await old.connect(link.url).whenConnected()
    await pair.waitForPeers(1)
    link.freeze()
    const busy = nextEvent(pair, 'reject')
    const joined = fresh.connect(listener.url).whenConnected()
    expect((await busy).reason).toBe('busy')
    const detached = nextEvent(pair, 'detach')
    await fill(pair)
    expect((await detached).reason).toBe('stalled')
    await joined
    await fresh.send('back')
    expect(String(await pair.recv())).toBe('back')
  })
})

describe('a peer that is slow but moves', () => {
  it('HOST-27 stays, however long a single message takes to leave', async () => {
    const pull = track(new Pull({ recvMaxSize: 2 ** 26 }))
    const push = track(new Push({ stallTimeout: 400 }))
    const ended = recordEvents(push, 'detach')
    const listener = await pull.bind('tcp://127.0.0.1:0')
    await using link = await Link.to(listener, { bandwidth: 16_000_000 })
    await push.connect(link.url).whenConnected()
    const began = performance.now()
    await push.send(Buffer.alloc(32_000_000))
    expect((await pull.recv({ timeout: 20_000 })).length).toBe(32_000_000)
    expect(performance.now() - began).toBeGreaterThan(1000)
    expect(ended).toEqual([])
  })
})

describe('watchForStall', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A stream whose system takes bytes when told to. */
  class Slow extends FakeStream {
    taken = 0
    get bytesWritten(): number {
      return this.taken + this.writableLength
    }
  }

  function watched(timeout: number): { stream: Slow; stalls: () => number } {
    const stream = new Slow()
    stream.stuck = true
    const stalled = vi.fn()
    watchForStall(stream.socket, timeout, stalled)
    return { stream, stalls: () => stalled.mock.calls.length }
  }

  it('tells once, not before the time and at most half of it later', () => {
    const { stream, stalls } = watched(1000)
    stream.write('x')
    vi.advanceTimersByTime(999)
    expect(stalls()).toBe(0)
    vi.advanceTimersByTime(501)
    expect(stalls()).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(stalls()).toBe(1)
  })

  it('says nothing while nothing waits, nor while bytes move', () => {
    const { stream, stalls } = watched(1000)
    vi.advanceTimersByTime(10_000)
    stream.write('x')
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(900)
      stream.taken++
    }
    expect(stalls()).toBe(0)
  })

  it('leaves no timer behind a stream that closed, and has none for Infinity', async () => {
    const { stream } = watched(1000)
    expect(vi.getTimerCount()).toBe(1)
    stream.destroy()
    await eventually(() => vi.getTimerCount() === 0)
    watched(Number.POSITIVE_INFINITY)
    expect(vi.getTimerCount()).toBe(0)
  })
})
