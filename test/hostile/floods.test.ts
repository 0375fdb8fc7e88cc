/** Peers that send too much: of nothing, of what nobody asked for, of what is refused, or to who reads too slowly. */
import { once } from 'node:events'
import { Incoming, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { takeBacktrace } from '../../src/protocols/backtrace.ts'
import { type BytePeer, connectBytes } from '../helpers/bytes.ts'
import { memoryInUse } from '../helpers/memory.ts'
import { numberOf, sized, turns } from '../helpers/messages.ts'
import { eventually, nextEvent, recordEvents, track } from '../helpers/sockets.ts'

const patience = { timeout: 10_000 }

function frame(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32BE(body.length, 4)
  return Buffer.concat([prefix, body])
}

/** Binds the socket and connects a peer of endpoint id `id` to it. */
async function attacked(socket: Socket, id: number): Promise<{ url: string; peer: BytePeer }> {
  const { url } = await track(socket).bind('tcp://127.0.0.1:0')
  const attached = nextEvent(socket, 'attach')
  const peer = await connectBytes(url)
  await peer.greet(id)
  await attached
  return { url, peer }
}

/** Sends `chunk` again and again as fast as it is taken, until told to stop. */
function flood(peer: BytePeer, chunk: Buffer): { stop(): void } {
  let over = false
  const { stream } = peer
  const go = async (): Promise<void> => {
    while (!over && !stream.destroyed) if (!stream.write(chunk)) await once(stream, 'drain').catch(() => {})
  }
  void go()
  return {
    stop: () => {
      over = true
      peer.destroy()
    }
  }
}

/** How late a timer of 5 ms came at worst. */
async function worstDelay(during: Promise<unknown>): Promise<number> {
  let worst = 0
  let last = performance.now()
  const ticking = setInterval(() => {
    worst = Math.max(worst, performance.now() - last)
    last = performance.now()
  }, 5)
  await during
  clearInterval(ticking)
  return worst
}

describe('a flood', { timeout: 30_000 }, () => {
  const empty = Buffer.alloc(64 * 1024)

  it.each([
    ['a reader', () => new Pull(), 0x50],
    ['who does not read', () => new Pull(), 0x50],
    ['who receives nothing', () => new Push(), 0x51],
    ['who finds them malformed', () => new Rep(), 0x30]
  ] as const)(
    'HOST-06 of empty messages to %s leaves other pipes, timers and the event loop served',
    async (who, make, id) => {
      const socket = make() as Socket
      const { url, peer } = await attacked(socket, id)
      const flooding = flood(peer, empty)
      const heard = new Set<number>()
      const exchange = async (): Promise<void> => {
        if (socket instanceof Pull) {
          const push = track(new Push())
          push.connect(url)
          for (let i = 0; i < 50; i++) await push.send(sized(i, 100), patience)
          // Read in turn with the flood.
          while (heard.size < 50) {
            const body = await socket.recv(patience)
            if (body.length > 0) heard.add(numberOf(body))
          }
        } else if (socket instanceof Push) {
          const pull = track(new Pull())
          pull.connect(url)
          await socket.waitForPeers(2, patience)
          for (let i = 0; heard.size < 50 && i < 200; i++) {
            socket.trySend(sized(i, 100))
            const body = await pull.recv({ timeout: 50 }).catch(() => undefined)
            if (body !== undefined) heard.add(numberOf(body))
          }
        } else {
          void (socket as Rep).serve(({ body }) => body)
          const req = track(new Req())
          req.connect(url)
          for (let i = 0; i < 50; i++) heard.add(numberOf(await req.request(sized(i, 100), patience)))
        }
      }
      if (who === 'who does not read') await turns(50)
      expect(await worstDelay(exchange())).toBeLessThan(1500)
      expect(heard.size).toBe(50)
      flooding.stop()
    }
  )

  it.each([
    ['replies', () => new Req(), 0x31],
    ['answers', () => new Surveyor(), 0x63]
  ] as const)('HOST-08 of %s with unknown ids keeps memory flat and is counted', async (_what, make, id) => {
    const socket = make() as Socket
    const { peer } = await attacked(socket, id)
    const replies = 100_000
    const chunk = Buffer.concat(
      Array.from({ length: 1000 }, (_, i) => frame(Buffer.of(0x80, 0, i >> 8, i & 0xff), Buffer.alloc(20)))
    )
    const send = async (count: number): Promise<void> => {
      const before = socket.stats().drops['late-reply'] ?? 0
      for (let i = 0; i < count; i += 1000) if (!peer.stream.write(chunk)) await once(peer.stream, 'drain')
      await eventually(() => socket.stats().drops['late-reply'] === before + count)
    }
    await send(replies)
    const before = await memoryInUse()
    await send(replies)
    expect((await memoryInUse()) - before).toBeLessThan(2_000_000)
    expect(socket.stats().drops).toEqual({ 'late-reply': 2 * replies })
    expect(socket.peers).toHaveLength(1)
  })

  it('HOST-18 of messages that are dropped costs bounded memory in events and counters', async () => {
    const pub = new Pub()
    let events = 0
    pub.on('drop', ({ count }) => {
      events += count
    })
    const { peer } = await attacked(pub, 0x21)
    const chunk = Buffer.concat(Array.from({ length: 1000 }, () => frame(Buffer.alloc(10))))
    const send = async (count: number): Promise<void> => {
      const before = events
      for (let i = 0; i < count; i += 1000) if (!peer.stream.write(chunk)) await once(peer.stream, 'drain')
      await eventually(() => events === before + count)
    }
    await send(100_000)
    const before = await memoryInUse()
    await send(100_000)
    expect((await memoryInUse()) - before).toBeLessThan(2_000_000)
    expect(pub.stats().drops).toEqual({ unexpected: 200_000 })
  })

  it('HOST-18 of refused connections costs bounded memory in events and counters', async () => {
    const pull = track(new Pull())
    let events = 0
    pull.on('reject', () => {
      events++
    })
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const storm = async (count: number): Promise<void> => {
      const target = events + count
      for (let i = 0; i < count; i += 50) {
        const peers = await Promise.all(Array.from({ length: 50 }, () => connectBytes(url)))
        for (const peer of peers) peer.send('ff')
        await Promise.all(peers.map((peer) => peer.closed))
        for (const peer of peers) peer.destroy()
      }
      await eventually(() => events === target)
    }
    await storm(500)
    const before = await memoryInUse()
    await storm(1000)
    // The helper keeps a little of each of its connections until the test is over.
    expect((await memoryInUse()) - before).toBeLessThan(1000 * 5000)
    expect(pull.stats()).toMatchObject({ rejects: { 'malformed-hello': 1500 }, acceptedConnections: 1500 })
  })
})

describe('a stack of 1 MiB without end', () => {
  const stack = Buffer.alloc(1 << 20)

  it('HOST-07 is looked at no further than the TTL', () => {
    for (const ttl of [1, 8, 255]) {
      const message = new Incoming().set(stack, 0, stack.length)
      expect(takeBacktrace(message, ttl, 5)).toEqual({ fault: 'ttl' })
      expect(message.size).toBeGreaterThanOrEqual(stack.length - 4 * (ttl + 1))
    }
  })

  it.each([
    ['rep', () => new Rep(), 0x30],
    ['respondent', () => new Respondent(), 0x62]
  ] as const)('HOST-07 is refused by %s, counted, and the pipe stays', async (_name, make, id) => {
    const socket = make() as Rep
    const { peer } = await attacked(socket, id)
    const dropped = recordEvents(socket, 'drop')
    peer.send(Buffer.concat([frame(stack), frame(Buffer.from([0x80, 0, 0, 1]), Buffer.from('good'))]))
    expect(String(await socket.recv(patience))).toBe('good')
    expect(dropped).toMatchObject([{ reason: 'ttl', size: 1 << 20, limit: 8 }])
    expect(socket.peers).toHaveLength(1)
  })
})

describe('a reader of a byte now and then', () => {
  it('HOST-16 keeps the sender within sendBuffer, and its closing within linger', async () => {
    const push = new Push({ sendBuffer: 200_000 })
    const { peer } = await attacked(push, 0x51)
    peer.stream.removeAllListeners('data')
    peer.stream.pause()
    const reading = setInterval(() => peer.stream.read(1), 20)
    const before = await memoryInUse()
    let accepted = 0
    for (let quiet = 0; quiet < 30; quiet++) {
      for (; push.trySend(Buffer.alloc(10_000)); quiet = 0) accepted++
      await turns(1)
    }
    expect(accepted).toBeGreaterThanOrEqual(20)
    // What the system holds for the peer is in its memory, not in ours.
    expect((await memoryInUse()) - before).toBeLessThan(200_000 + 2_000_000)
    const [began, lost] = [performance.now(), nextEvent(push, 'drop')]
    await push.close({ linger: 150 })
    const took = performance.now() - began
    clearInterval(reading)
    expect(took).toBeGreaterThanOrEqual(148)
    expect(took).toBeLessThan(2500)
    expect((await lost).reason).toBe('closed')
  })
})
