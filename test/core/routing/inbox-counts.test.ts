/** What an inbox charges to its pipes and gives back, what it counts and what it tells, without sockets. */
import { Inbox, type Pipe, type SocketContext } from 'hubless'
import { describe, expect, it, vi } from 'vitest'

/** An inbox of pipes that are named, and everything that it says to them and to its socket. */
function inboxOf({ overfull = false, closed = false } = {}) {
  const log: unknown[][] = []
  const context = {
    options: { recvTimeout: Number.POSITIVE_INFINITY },
    intake: { overfull },
    closed,
    messagesReceived: 0,
    bytesReceived: 0,
    closedError: () => new Error('closed'),
    drop: (reason: string, from?: { name: string }, details?: object) => log.push([reason, from?.name, details])
  }
  const pipe = (name: string, recvPriority = 8): Pipe =>
    ({
      name,
      recvPriority,
      intake: {
        charge: (size: number) => log.push(['charge', name, size]),
        release: (size: number) => log.push(['release', name, size])
      },
      countDrop: (reason: string, count: number) => log.push(['counted', name, reason, count])
    }) as unknown as Pipe
  /** What was said since it was asked last. */
  const said = (): unknown[][] => log.splice(0)
  return { inbox: new Inbox(context as unknown as SocketContext), context, pipe, said }
}

const body = (size: number): Buffer => Buffer.alloc(size, size)
const size = (one: Uint8Array): number => one.length

describe('what waits', () => {
  it('is charged to its pipe with its header, and released when it is received', () => {
    const { inbox, context, pipe, said } = inboxOf()
    const a = pipe('a')
    inbox.push(a, body(3), Buffer.alloc(4))
    expect(said()).toEqual([['charge', 'a', 7]])
    expect(inbox.tryRecv((one, header, from) => [one.length, header.length, from])).toEqual([3, 4, a])
    expect(said()).toEqual([['release', 'a', 7]])
    expect(context).toMatchObject({ messagesReceived: 1, bytesReceived: 3 })
    expect(inbox.tryRecv(size)).toBeUndefined()
  })

  it('is discarded with its pipe, and it says how much that was', () => {
    const { inbox, pipe, said } = inboxOf()
    const [a, b] = [pipe('a'), pipe('b')]
    for (let i = 1; i <= 3; i++) for (const from of [a, b]) inbox.push(from, body(i), Buffer.alloc(4))
    said()
    expect(inbox.discard(a)).toEqual({ count: 3, bytes: 18 })
    expect(said()).toEqual([5, 6, 7].map((one) => ['release', 'a', one]))
    expect(inbox.discard(a)).toEqual({ count: 0, bytes: 0 })
    inbox.detach(b)
    expect(inbox.discard(b)).toEqual({ count: 0, bytes: 0 })
    expect([1, 2, 3, 4].map(() => inbox.tryRecv(size))).toEqual([1, 2, 3, undefined])
  })

  it('is dropped with its pipe when those that are gone have left too much', () => {
    const { inbox, pipe, said } = inboxOf({ overfull: true })
    const [a, b] = [pipe('a'), pipe('b')]
    for (let i = 1; i <= 2; i++) inbox.push(a, body(i))
    said()
    inbox.detach(b)
    expect(said()).toEqual([])
    inbox.detach(a)
    expect(said().at(-1)).toEqual(['overflow', 'a', { count: 2 }])
    expect(inbox.tryRecv(size)).toBeUndefined()
  })

  it('comes to its own lane again when a pipe went and came back', () => {
    const { inbox, pipe } = inboxOf()
    const a = pipe('a')
    inbox.push(a, body(1))
    inbox.detach(a)
    inbox.push(a, body(2))
    expect(inbox.discard(a)).toEqual({ count: 1, bytes: 2 })
    expect(inbox.tryRecv(size)).toBe(1)
  })

  it('is pruned, released and told of when everything is in order', () => {
    const { inbox, pipe, said } = inboxOf()
    const [a, b] = [pipe('a'), pipe('b', 1)]
    for (const [from, one] of [
      [a, 1],
      [a, 2],
      [b, 3],
      [a, 4]
    ] as const)
      inbox.push(from, body(one))
    said()
    const dropped: unknown[] = []
    inbox.prune(
      (one) => one.length % 2 === 0,
      (from, bytes) => dropped.push([from, bytes])
    )
    expect(dropped).toEqual([
      [b, 3],
      [a, 1]
    ])
    expect(said()).toEqual([
      ['release', 'b', 3],
      ['release', 'a', 1]
    ])
    expect([1, 2, 3].map(() => inbox.tryRecv(size))).toEqual([2, 4, undefined])
  })

  it('gives way oldest first: that of the same pipe, or else of the class that is read last', () => {
    const { inbox, pipe, said } = inboxOf()
    const [a, b, none] = [pipe('a', 1), pipe('b', 2), pipe('none')]
    const dropped: unknown[] = []
    const drop = (from: Pipe): boolean => inbox.dropOldest(from, (other, bytes) => dropped.push([other, bytes]))
    expect(drop(none)).toBe(false)
    for (const one of [1, 2]) inbox.push(a, body(one))
    inbox.push(b, body(3))
    said()
    expect([a, none, b, a].map(drop)).toEqual([true, true, true, false])
    expect(dropped).toEqual([
      [a, 1],
      [b, 3],
      [a, 2]
    ])
    expect(said()).toEqual([
      ['release', 'a', 1],
      ['release', 'b', 3],
      ['release', 'a', 2]
    ])
    expect(inbox.tryRecv(size)).toBeUndefined()
  })

  it('is released once when nothing more arrives, and stays readable', () => {
    const { inbox, pipe, said } = inboxOf()
    const a = pipe('a')
    for (const one of [1, 2]) inbox.push(a, body(one), Buffer.alloc(4))
    said()
    inbox.discharge()
    expect(said()).toEqual([
      ['release', 'a', 5],
      ['release', 'a', 6]
    ])
    expect(inbox.tryRecv(size)).toBe(1)
    inbox.clear()
    expect(said()).toEqual([])
    expect(inbox.tryRecv(size)).toBeUndefined()
  })

  it('is released when it is cleared', () => {
    const { inbox, pipe, said } = inboxOf()
    inbox.push(pipe('a'), body(1))
    inbox.push(pipe('b'), body(2))
    said()
    inbox.clear()
    expect(said()).toEqual([
      ['release', 'a', 1],
      ['release', 'b', 2]
    ])
  })

  it('STAT-13 is counted on its pipes and told once when the socket closes, and keeps them from reading', () => {
    const { inbox, pipe, said } = inboxOf()
    const [a, b] = [pipe('a'), pipe('b')]
    for (const one of [1, 2]) inbox.push(a, body(one))
    inbox.push(b, body(3))
    said()
    inbox.close()
    expect(said()).toEqual([
      ['counted', 'a', 'closed', 2],
      ['counted', 'b', 'closed', 1],
      ['closed', undefined, { count: 3 }]
    ])
    inbox.close()
    expect(said()).toEqual([])
  })
})

describe('a call that waits', () => {
  it('gets what arrives next, which is counted and not charged', async () => {
    const { inbox, context, pipe, said } = inboxOf()
    expect(inbox.awaited).toBe(false)
    const received = [inbox.recv(size), inbox.recv(size)]
    expect(inbox.awaited).toBe(true)
    const memory = new ArrayBuffer(10)
    inbox.take(pipe('a'), { body: () => body(5), memory } as never, Buffer.alloc(4))
    inbox.push(pipe('b'), body(6))
    expect(await Promise.all(received)).toEqual([5, 6])
    expect(inbox.awaited).toBe(false)
    expect(said()).toEqual([])
    expect(context).toMatchObject({ messagesReceived: 2, bytesReceived: 11 })
  })

  it('waits on when what arrives cannot be read, and one that does not wait passes over it', async () => {
    const { inbox, context, pipe, said } = inboxOf()
    const cause = new Error('not mine')
    const open = (one: Uint8Array): number | undefined => {
      if (one.length === 1) throw cause
      return one.length === 2 ? undefined : one.length
    }
    const a = pipe('a')
    const lost = [
      ['codec', 'a', { size: 1, cause }],
      ['codec', 'a', 2]
    ]
    const received = inbox.recv(open)
    for (const one of [1, 2]) inbox.push(a, body(one))
    expect(said()).toEqual(lost)
    inbox.push(a, body(3))
    expect(await received).toBe(3)
    for (const one of [1, 2, 4]) inbox.push(a, body(one))
    expect(inbox.tryRecv(open)).toBe(4)
    expect(said().filter(([what]) => what === 'codec')).toEqual(lost)
    expect(context).toMatchObject({ messagesReceived: 2, bytesReceived: 7 })
  })

  it('leaves what arrives to the next when reading it takes the call back, and to nobody when that closed the socket', async () => {
    for (const closed of [false, true]) {
      const { inbox, context, pipe, said } = inboxOf({ closed })
      const controller = new AbortController()
      const open = (one: Uint8Array): number => {
        controller.abort(new Error('taken back'))
        return one.length
      }
      const received = inbox.recv(open, { signal: controller.signal })
      inbox.push(pipe('a'), body(5))
      await expect(received).rejects.toMatchObject({ message: 'taken back' })
      expect(said()).toEqual([closed ? ['closed', 'a', 5] : ['charge', 'a', 5]])
      expect(inbox.tryRecv(size)).toBe(closed ? undefined : 5)
      expect(context.messagesReceived).toBe(closed ? 0 : 1)
    }
  })

  it('rejects when the socket closes', async () => {
    const { inbox } = inboxOf()
    const received = inbox.recv(size)
    inbox.close()
    await expect(received).rejects.toMatchObject({ message: 'closed' })
  })

  it('says that nothing came in time', async () => {
    const { inbox } = inboxOf()
    await expect(inbox.recv(size, { timeout: 0 })).rejects.toThrow('recv within 0 ms')
  })

  it('is checked before anything is taken', () => {
    const { inbox, pipe } = inboxOf()
    inbox.push(pipe('a'), body(1))
    const open = vi.fn(size)
    expect(() => inbox.recv(open, { timeout: -1 })).toThrow('timeout')
    expect(open).not.toHaveBeenCalled()
  })
})

describe('a pipe that is held', () => {
  /** One with that name that has no room. */
  const fullOne = (made: Pipe): Pipe => Object.assign(made, { full: true })

  it('is passed over until it is released, then it has its turn by priority', () => {
    const { inbox, pipe } = inboxOf()
    const [a, b] = [fullOne(pipe('a', 1)), pipe('b', 2)]
    inbox.push(a, body(1))
    inbox.hold(a, true)
    inbox.push(b, body(2))
    inbox.push(a, body(3))
    inbox.push(b, body(4))
    expect([1, 2, 3].map(() => inbox.tryRecv(size))).toEqual([2, 4, undefined])
    inbox.push(b, body(5))
    inbox.hold(a, false)
    expect([1, 2, 3, 4].map(() => inbox.tryRecv(size))).toEqual([1, 3, 5, undefined])
  })

  it('may be held before anything came from it, and again', () => {
    const { inbox, pipe } = inboxOf()
    const a = fullOne(pipe('a'))
    for (let i = 1; i <= 2; i++) {
      inbox.hold(a, true)
      expect(inbox.tryRecv(size)).toBeUndefined()
      inbox.push(a, body(i))
      expect(inbox.tryRecv(size)).toBeUndefined()
      inbox.hold(a, false)
      expect(inbox.tryRecv(size)).toBe(i)
      expect(inbox.tryRecv(size)).toBeUndefined()
    }
  })

  it('gives calls that wait what came meanwhile, oldest first, and keeps the rest', async () => {
    const { inbox, context, pipe, said } = inboxOf()
    const a = fullOne(pipe('a'))
    const header = Buffer.alloc(4)
    inbox.hold(a, true)
    const got = [inbox.recv(size), inbox.recv(size)]
    for (let i = 1; i <= 3; i++) inbox.push(a, body(i), header)
    expect(said()).toEqual([5, 6, 7].map((one) => ['charge', 'a', one]))
    expect(context.messagesReceived).toBe(0)
    inbox.hold(a, false)
    expect(await Promise.all(got)).toEqual([1, 2])
    expect(said()).toEqual([5, 6].map((one) => ['release', 'a', one]))
    expect(context).toMatchObject({ messagesReceived: 2, bytesReceived: 3 })
    expect(inbox.tryRecv((one, head) => [one.length, head.length])).toEqual([3, 4])
  })

  it('leaves calls waiting where nothing came meanwhile', async () => {
    const { inbox, pipe, said } = inboxOf()
    const a = fullOne(pipe('a'))
    inbox.hold(a, true)
    const got = inbox.recv(size)
    inbox.hold(a, false)
    expect(said()).toEqual([])
    inbox.push(a, body(2))
    expect(await got).toBe(2)
  })

  it('leaves calls that wait to the others', async () => {
    const { inbox, pipe } = inboxOf()
    const [a, b] = [fullOne(pipe('a')), pipe('b')]
    inbox.hold(a, true)
    const got = inbox.recv(size)
    inbox.push(a, body(1))
    inbox.push(b, body(2))
    expect(await got).toBe(2)
  })

  it('is one that was held: a full one that was not gives to calls that wait', async () => {
    const { inbox, pipe, said } = inboxOf()
    const got = inbox.recv(size)
    inbox.push(fullOne(pipe('a')), body(1))
    expect(await got).toBe(1)
    expect(said()).toEqual([])
  })

  it('is discarded, cleared, discharged and counted like any other', () => {
    const { inbox, pipe, said } = inboxOf()
    const [a, b] = [fullOne(pipe('a')), fullOne(pipe('b'))]
    for (const one of [a, b]) {
      inbox.push(one, body(1))
      inbox.hold(one, true)
      inbox.push(one, body(2))
    }
    said()
    expect(inbox.discard(a)).toEqual({ count: 2, bytes: 3 })
    expect(said()).toEqual([1, 2].map((one) => ['release', 'a', one]))
    inbox.discharge()
    expect(said()).toEqual([1, 2].map((one) => ['release', 'b', one]))
    inbox.close()
    expect(said()).toEqual([
      ['counted', 'b', 'closed', 2],
      ['closed', undefined, { count: 2 }]
    ])
    inbox.hold(b, false)
    expect(inbox.tryRecv(size)).toBeUndefined()
  })
})
