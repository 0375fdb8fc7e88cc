/** What waits on a socket as a whole is bounded, also when those that sent it are gone, and orderly senders lose nothing. */
import { type Connection, type PeerInfo, Pull, Push, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { Intake, type PipeIntake } from '../../src/core/intake.ts'
import { connectBytes } from '../helpers/bytes.ts'
import { numberOf, sized, turns, waiting } from '../helpers/messages.ts'
import {
  eventually,
  marry,
  nextEvent,
  recordEvents,
  type TransportCase,
  track,
  transportCases
} from '../helpers/sockets.ts'

const size = 16_384
/** A small socket, whose bound as a whole is 16 times 64 KiB. */
const options = { recvBuffer: 65_536, sendBuffer: 4 * size }
const bound = 16 * 65_536

/** PUSHes that are connected to one PULL. */
async function pushes(pull: Pull, count: number, { url, bind, connect }: TransportCase): Promise<Push[]> {
  const listener = await pull.bind(url(), bind)
  const all: Push[] = []
  for (let i = 0; i < count; i++) {
    const push = track(new Push(options))
    await push.connect(listener.url, connect).whenConnected({ timeout: 5000 })
    all.push(push)
  }
  await pull.waitForPeers(count)
  return all
}

/** Bytes that wait to be received from all peers of `socket`. */
function held(socket: { readonly peers: readonly PeerInfo[] }): number {
  return socket.peers.reduce((sum, peer) => sum + peer.stats().recvQueue * size, 0)
}

const plain = transportCases.filter(({ name }) => ['inproc', 'tcp', 'ipc', 'ws'].includes(name))

describe.each(plain)('a Pull with many full peers over $name', (transport) => {
  it('COM-55 holds a bounded amount, and every message arrives when it is read', async () => {
    const pull = track(new Pull(options))
    const count = 40
    const each = 40
    const all = await pushes(pull, count, transport)
    const sending = all.map(async (push, p) => {
      for (let i = 0; i < each; i++) await push.send(sized(p * each + i, size))
    })
    await turns(50)
    // A pipe that stops may have a message too many; over WebSocket the rest of a chunk.
    expect(held(pull)).toBeLessThanOrEqual(bound + count * (transport.name === 'ws' ? 65_536 : size))
    const seen: number[] = []
    while (seen.length < count * each) seen.push(numberOf(await pull.recv({ timeout: 5000 })))
    await Promise.all(sending)
    expect(new Set(seen).size).toBe(count * each)
    for (let p = 0; p < count; p++) {
      const own = seen.filter((number) => Math.floor(number / each) === p)
      expect(own).toEqual([...own].sort((a, b) => a - b))
    }
    expect(pull.stats().drops).toEqual({})
  })

  it('COM-55 reads every one of them before it has read any to the end', async () => {
    const pull = track(new Pull(options))
    const count = 24
    const all = await pushes(pull, count, transport)
    const more = new AbortController()
    const sending = all.map(async (push, p) => {
      while (!more.signal.aborted) await push.send(sized(p, size), { signal: more.signal }).catch(() => {})
    })
    const seen = new Set<number>()
    for (let i = 0; i < 2000 && seen.size < count; i++) seen.add(numberOf(await pull.recv({ timeout: 5000 })))
    expect(seen.size).toBe(count)
    more.abort()
    await Promise.all(sending)
  })

  it('COM-55 loses nothing of what senders leave within the bound when they close', async () => {
    const pull = track(new Pull(options))
    const count = 15
    const all = await pushes(pull, count, transport)
    const closing = all.map(async (push, p) => {
      for (let i = 0; i < 8; i++) await push.send(sized(p * 8 + i, size))
      await push.close({ linger: 20_000 })
    })
    await turns(50)
    const seen = new Set<number>()
    while (seen.size < count * 8) seen.add(numberOf(await pull.recv({ timeout: 5000 })))
    await Promise.all(closing)
    expect(pull.stats().drops).toEqual({})
  })
})

describe('peers that leave much and go, again and again', () => {
  const prefix = Buffer.from([0, 0, 0, 0, 0, 0, 0x40, 0])
  const message = Buffer.concat([prefix, Buffer.alloc(size)])

  it('COM-55 fill no more than the bound of the socket; what is beyond is counted', async () => {
    const pull = track(new Pull(options))
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const drops = recordEvents(pull, 'drop')
    for (let i = 0; i < 60; i++) {
      const peer = await connectBytes(url)
      await peer.greet(0x50)
      const gone = nextEvent(pull, 'detach')
      peer.send(Buffer.concat(Array.from({ length: 3 }, () => message)))
      peer.end()
      await gone
    }
    const dropped = pull.stats().drops.overflow ?? 0
    expect(dropped).toBeGreaterThan(0)
    expect(drops.every(({ reason, count, pipe }) => reason === 'overflow' && count === 3 && pipe !== undefined)).toBe(
      true
    )
    // Who stays is read meanwhile.
    const push = track(new Push())
    await push.connect(url).whenConnected()
    await push.send('stays')
    await eventually(() => pull.peers[0]?.stats().recvQueue === 1)
    const kept = waiting(pull)
    expect(kept.filter((text) => text === 'stays')).toHaveLength(1)
    expect((kept.length - 1) * size).toBeLessThanOrEqual(bound)
    expect(kept.length - 1 + dropped).toBe(180)
  })

  it('COM-55 fill no more of a Sub that drops the oldest', async () => {
    const sub = track(new Sub({ ...options, overflow: 'drop-oldest' }))
    sub.subscribe('')
    const { url } = await sub.bind('tcp://127.0.0.1:0')
    for (let i = 0; i < 60; i++) {
      const peer = await connectBytes(url)
      await peer.greet(0x20)
      const gone = nextEvent(sub, 'detach')
      peer.send(Buffer.concat([prefix, sized(i, size), prefix, sized(i, size), prefix, sized(i, size)]))
      peer.end()
      await gone
    }
    const numbers = waitingNumbers(sub)
    expect(numbers.length * size).toBeLessThanOrEqual(bound + size)
    expect(numbers.length + (sub.stats().drops.overflow ?? 0)).toBe(180)
  })
})

function waitingNumbers(sub: Sub): number[] {
  const numbers: number[] = []
  for (let body = sub.tryRecv(); body !== undefined; body = sub.tryRecv()) numbers.push(numberOf(body))
  return numbers
}

describe('messages that are empty', () => {
  it('COM-55 count as well', async () => {
    const pull = track(new Pull({ recvBuffer: 1000 }))
    const push = track(new Push())
    await marry(push, pull, 'tcp://127.0.0.1:0')
    const all = [push]
    for (let i = 0; i < 9; i++) {
      const other = track(new Push())
      await marry(other, pull, 'tcp://127.0.0.1:0')
      all.push(other)
    }
    let sent = 0
    for (let i = 0; i < 5000; i++) for (const one of all) if (one.trySend('')) sent++
    await turns(20)
    const counts = pull.peers.map((peer) => peer.stats().recvQueue)
    expect(counts.reduce((sum, count) => sum + count, 0) * 64).toBeLessThanOrEqual(bound + 64 * all.length)
    let received = 0
    while (received < sent) {
      await pull.recv({ timeout: 5000 })
      received++
    }
    await eventually(() => pull.stats().pipes.every(({ recvQueue }) => recvQueue === 0))
  })
})

class Reader {
  proceeded = 0
  readonly #intake: Intake
  readonly #takes: number

  constructor(intake: Intake, takes = 0) {
    this.#intake = intake
    this.#takes = takes
  }

  proceed(): void {
    this.proceeded++
    this.#intake.charge(this.#takes)
  }
}

/** Charges until it is full; returns how much that was. */
function fill(intake: Intake): number {
  let bytes = 0
  for (; !intake.full; bytes += 10_000) intake.charge(10_000)
  return bytes
}

describe('what waits on a socket as a whole', () => {
  it('is full at a multiple of recvBuffer, and no more once something was received', () => {
    const intake = new Intake(100_000)
    expect(fill(intake)).toBeGreaterThanOrEqual(800_000)
    intake.release(10_000)
    expect(intake.full).toBe(false)
  })

  it('lets pipes go on in the order in which they began to wait, as far as there is room', () => {
    const intake = new Intake(100_000)
    fill(intake)
    const [first, second, third] = [new Reader(intake, 10_000), new Reader(intake), new Reader(intake)]
    for (const reader of [first, second, third]) intake.await(reader)
    intake.release(10_000)
    expect([first.proceeded, second.proceeded, third.proceeded]).toEqual([1, 0, 0])
    intake.release(10_000)
    expect([first.proceeded, second.proceeded, third.proceeded]).toEqual([1, 1, 1])
  })

  it('forgets a pipe that is gone', () => {
    const intake = new Intake(100_000)
    fill(intake)
    const reader = new Reader(intake)
    intake.await(reader)
    intake.forget(reader)
    intake.release(50_000)
    expect(reader.proceeded).toBe(0)
  })
})

describe('what waits from one pipe', () => {
  /** A pipe of a socket, whose connection writes down what it is told. */
  function open(): { readonly pipe: PipeIntake; readonly told: string[] } {
    const told: string[] = []
    const connection = { resumeBelow: 1, pause: () => void told.push('pause'), resume: () => void told.push('resume') }
    return { pipe: new Intake(1000).open(connection as unknown as Connection), told }
  }

  it('is nothing where the protocol takes none from the start, until it does', () => {
    const { pipe, told } = open()
    pipe.block()
    // A connection that has not begun has nothing to pause.
    told.length = 0
    pipe.begin()
    expect(told).toEqual(['pause'])
    pipe.unblock()
    expect(told).toEqual(['pause', 'resume'])
  })

  it('stops reading once, however many reasons there are, and goes on when the last is gone', () => {
    const { pipe, told } = open()
    pipe.begin()
    pipe.unblock()
    expect(told).toEqual([])
    pipe.charge(1000)
    pipe.block()
    expect(told).toEqual(['pause'])
    pipe.release(1000)
    expect(told).toEqual(['pause'])
    pipe.unblock()
    expect(told).toEqual(['pause', 'resume'])
  })
})
