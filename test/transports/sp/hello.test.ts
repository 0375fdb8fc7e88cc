/** The SP hello: eight bytes each way at once, and a named reason for everything that is no hello. */
import { Refusal } from 'hubless'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeHello, encodeHello, shakeHands } from '../../../src/transports/sp/hello.ts'
import type { Greeting } from '../../../src/transports/stream/wire.ts'
import { hex } from '../../helpers/bytes.ts'
import { FakeStream } from '../fake-stream.ts'

const good = hex('00 53 50 00 00 31 00 00')
const pairHello = hex('00 53 50 00 00 10 00 00')

describe('the bytes of a hello', () => {
  it('TR-01 are 00 S P 00, the 16-bit endpoint id and two zero bytes', () => {
    expect(encodeHello(0x31)).toEqual(good)
    expect(encodeHello(0x1234)).toEqual(hex('00 53 50 00 12 34 00 00'))
  })

  it('are read back as the endpoint id, however many bytes follow', () => {
    for (const id of [0, 0x10, 0x70, 0xff, 0x100, 0x1234, 0xffff]) {
      expect(decodeHello(encodeHello(id))).toBe(id)
      expect(decodeHello(Buffer.concat([encodeHello(id), good]))).toBe(id)
    }
  })

  it('are incomplete while they are a beginning', () => {
    for (let length = 0; length < 8; length++) expect(decodeHello(good.subarray(0, length))).toBe(-1)
  })

  it('TR-05 TR-06 are refused from the first wrong byte on, version and reserved bytes included', () => {
    for (const at of [0, 1, 2, 3, 6, 7]) {
      for (let value = 0; value < 256; value++) {
        if (value === good[at]) continue
        const bad = Buffer.from(good)
        bad[at] = value
        for (let length = at + 1; length <= 8; length++) expect(decodeHello(bad.subarray(0, length))).toBeUndefined()
      }
    }
  })
})

type Result = { peer: number; rest: Uint8Array } | Refusal

const identity = (self: number, peer: number) => ({ name: 'one', self, peer, peerName: 'other' })

function shake(options: Partial<Greeting> = {}): { stream: FakeStream; results: Result[] } {
  const stream = new FakeStream()
  Object.assign(stream, { unref: () => stream })
  const results: Result[] = []
  const full: Greeting = {
    protocol: identity(0x30, 0x31),
    role: 'connect',
    options: {} as Greeting['options'],
    address: 'tcp://peer',
    timeout: 1000,
    admit: () => undefined,
    exclusive: false,
    roundTrip: 0,
    ...options
  }
  shakeHands(stream.socket, full, (result) => results.push(result))
  return { stream, results }
}

function refusalOf(results: readonly Result[]): Refusal {
  expect(results).toHaveLength(1)
  expect(results[0]).toBeInstanceOf(Refusal)
  return results[0] as Refusal
}

describe('shaking hands', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

  it('TR-01 sends its hello at once, without waiting for the other', () => {
    const { stream } = shake()
    expect(Buffer.concat(stream.written)).toEqual(hex('00 53 50 00 00 30 00 00'))
    stream.destroy()
    return turn()
  })

  it('TR-02 takes a hello that arrives byte by byte', async () => {
    const { stream, results } = shake()
    for (const byte of good) {
      expect(results).toEqual([])
      stream.push(Buffer.of(byte))
      await turn()
    }
    expect(results).toEqual([{ peer: 0x31, rest: Buffer.alloc(0) }])
  })

  it('takes a peer whose endpoint id is 0', async () => {
    const { stream, results } = shake()
    stream.push(encodeHello(0))
    await turn()
    expect(results).toEqual([{ peer: 0, rest: Buffer.alloc(0) }])
  })

  it('TR-02 keeps what arrives with the hello, and reads no further', async () => {
    const { stream, results } = shake()
    stream.push(Buffer.concat([good, Buffer.from('message')]))
    await turn()
    stream.push(Buffer.from('more'))
    await turn()
    expect(results).toEqual([{ peer: 0x31, rest: Buffer.from('message') }])
    expect(stream.isPaused()).toBe(true)
    expect(stream.read()).toEqual(Buffer.from('more'))
  })

  it('leaves nothing of its own on the stream', async () => {
    const listeners = (stream: FakeStream): number[] =>
      ['data', 'end', 'close', 'error'].map((event) => stream.listenerCount(event))
    const { stream } = shake()
    const before = listeners(new FakeStream())
    stream.push(good)
    await turn()
    expect(listeners(stream)).toEqual(before)
  })

  it('TR-05 says what arrived in place of a hello', async () => {
    const { stream, results } = shake()
    stream.push(Buffer.from('GET / HTTP/1.1\r\n'))
    await turn()
    const { reason, message, address } = refusalOf(results)
    expect(reason).toBe('malformed-hello')
    expect(message).toBe('47 45 54 20 2f 20 48 54 is not an SP hello')
    expect(address).toBe('tcp://peer')
    expect(stream.destroyed).toBe(true)
  })

  it('TR-05 points a ZeroMQ peer to the wire that serves it', async () => {
    const { stream, results } = shake()
    stream.push(hex('ff 00'))
    await turn()
    expect(refusalOf(results).message).toMatch(/^ff 00 is not an SP hello; a ZeroMQ peer is served at zmtp\+tcp/)
  })

  it('TR-05 refuses a connection that ends after any part of a hello', async () => {
    for (let length = 0; length < 8; length++) {
      const { stream, results } = shake()
      if (length > 0) stream.push(good.subarray(0, length))
      stream.push(null)
      await turn()
      const { reason, message } = refusalOf(results)
      expect(reason).toBe(length === 0 ? 'closed' : 'malformed-hello')
      expect(message).toContain(length > 0 ? `ended after ${length} of 8` : 'before its SP hello')
    }
  })

  it('hears that the peer has ended while its own half is open', async () => {
    const { stream, results } = shake()
    stream.allowHalfOpen = true
    stream.push(null)
    await turn()
    expect(refusalOf(results).reason).toBe('closed')
  })

  it('keeps the error of a connection that breaks, and reports once', async () => {
    const { stream, results } = shake()
    const error = new Error('read ECONNRESET')
    stream.destroy(error)
    await turn()
    expect(refusalOf(results)).toMatchObject({ reason: 'closed', cause: error })
    expect(refusalOf(results).message).toContain('read ECONNRESET')
  })

  it('does not mind what becomes of a connection that it refused', async () => {
    const { stream, results } = shake()
    stream.push(Buffer.from('GET'))
    await turn()
    stream.emit('error', new Error('write EPIPE'))
    expect(refusalOf(results).reason).toBe('malformed-hello')
  })

  it('a listener that takes many sends its hello at once as well', async () => {
    const { stream } = shake({ role: 'bind' })
    expect(Buffer.concat(stream.written)).toEqual(hex('00 53 50 00 00 30 00 00'))
    stream.destroy()
    await turn()
  })

  it('TR-04 refuses a silent peer after the timeout and not before', async () => {
    const { stream, results } = shake({ timeout: 1000 })
    stream.push(good.subarray(0, 7))
    await vi.advanceTimersByTimeAsync(999)
    expect(results).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    const { reason, message } = refusalOf(results)
    expect([reason, message]).toEqual(['handshake-timeout', 'no SP hello within 1000 ms'])
    expect(stream.destroyed).toBe(true)
  })

  it('HOST-04 does not give a peer more time for each byte', async () => {
    const { stream, results } = shake({ timeout: 500 })
    for (const byte of good) {
      stream.push(Buffer.of(byte))
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(refusalOf(results).reason).toBe('handshake-timeout')
  })

  it.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])('waits as long as a timeout of %d ms says', async (timeout) => {
    const { stream, results } = shake({ timeout })
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(results).toEqual([])
    stream.push(good)
    await turn()
    expect(results).toHaveLength(1)
  })

  describe('with somebody to approve of the peer', () => {
    it('answers the hello only after the approval, and keeps what came with it', async () => {
      let approve: (refusal?: Refusal) => void = () => {}
      const { stream, results } = shake({ role: 'bind', approve: () => new Promise((resolve) => (approve = resolve)) })
      stream.push(Buffer.concat([good, Buffer.from('message')]))
      await turn()
      expect(stream.written).toEqual([])
      approve()
      await turn()
      expect(Buffer.concat(stream.written)).toEqual(hex('00 53 50 00 00 30 00 00'))
      expect(results).toEqual([{ peer: 0x31, rest: Buffer.from('message') }])
    })

    it('sends no hello to a peer that is refused', async () => {
      const cause = new Error('unknown')
      const approve = vi.fn(async () => new Refusal('unauthorized', 'no', '', cause))
      const { stream, results } = shake({ role: 'bind', approve })
      stream.push(good)
      await turn()
      expect(approve).toHaveBeenCalledWith({ peerProtocol: 0x31 })
      expect(refusalOf(results)).toMatchObject({ reason: 'unauthorized', message: 'no', cause })
      expect(stream.written).toEqual([])
      expect(stream.destroyed).toBe(true)
    })

    it('says nothing to a silent peer, however long it listens', async () => {
      for (const exclusive of [true, false]) {
        const { stream } = shake({ role: 'bind', exclusive, approve: async () => undefined })
        await vi.advanceTimersByTimeAsync(900)
        expect(stream.written).toEqual([])
        stream.destroy()
        await turn()
      }
    })

    it('reports once when the approval comes after the timeout', async () => {
      let approve: (refusal?: Refusal) => void = () => {}
      const { stream, results } = shake({ role: 'bind', approve: () => new Promise((resolve) => (approve = resolve)) })
      stream.push(good)
      await vi.advanceTimersByTimeAsync(1000)
      approve()
      await turn()
      expect(refusalOf(results).reason).toBe('handshake-timeout')
      expect(stream.written).toEqual([])
    })

    it('reads nothing from the peer meanwhile', async () => {
      const { stream } = shake({ role: 'bind', approve: () => new Promise(() => {}) })
      stream.push(good)
      await turn()
      for (let i = 0; i < 10; i++) {
        stream.push(Buffer.alloc(1000))
        await turn()
      }
      expect(stream.readableLength).toBe(10_000)
      stream.destroy()
      await turn()
    })
  })

  describe('of a listener that takes one peer', () => {
    const listener = { protocol: identity(0x10, 0x10), role: 'bind', exclusive: true } as const
    const busy = new Refusal('busy', 'has one', '')

    it('PAIR-02 hears the hello of the peer before it says its own, and asks then whether it is still free', async () => {
      const answers = [undefined, undefined]
      const admit = vi.fn(() => answers.shift())
      const { stream, results } = shake({ ...listener, admit })
      await turn()
      expect(stream.written).toEqual([])
      stream.push(pairHello)
      await turn()
      expect(Buffer.concat(stream.written)).toEqual(pairHello)
      expect(results).toEqual([{ peer: 0x10, rest: Buffer.alloc(0) }])
      expect(admit).toHaveBeenCalledTimes(2)
    })

    it('PAIR-02 says nothing when somebody else was faster', async () => {
      const answers = [undefined, busy]
      const { stream, results } = shake({ ...listener, admit: () => answers.shift() })
      stream.push(pairHello)
      await turn()
      expect(stream.written).toEqual([])
      expect(refusalOf(results)).toBe(busy)
      expect(stream.writableEnded).toBe(true)
      stream.push(null)
      await turn()
    })

    it('hangs up at once when it has a peer', async () => {
      const { stream, results } = shake({ ...listener, admit: () => busy })
      expect(refusalOf(results)).toBe(busy)
      expect(stream.written).toEqual([])
      stream.push(null)
      await turn()
    })

    it('says its hello after 100 ms to who only listens, as probes do', async () => {
      const { stream, results } = shake(listener)
      await vi.advanceTimersByTimeAsync(99)
      expect(stream.written).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      expect(Buffer.concat(stream.written)).toEqual(pairHello)
      stream.push(pairHello)
      await turn()
      expect(stream.written).toHaveLength(1)
      expect(results).toHaveLength(1)
    })

    it('asks again after an approval that took its time', async () => {
      const answers = [undefined, busy]
      const admit = (): Refusal | undefined => answers.shift()
      const { stream, results } = shake({ ...listener, admit, approve: async () => undefined })
      stream.push(pairHello)
      await turn()
      expect(refusalOf(results)).toBe(busy)
      expect(stream.written).toEqual([])
      stream.push(null)
      await turn()
    })
  })

  it('a dialer asks whether it is free right before it says who it is', () => {
    const busy = new Refusal('busy', 'has one', '')
    const { stream, results } = shake({ admit: () => busy })
    expect(refusalOf(results)).toBe(busy)
    expect(stream.written).toEqual([])
    stream.destroy()
    return turn()
  })

  describe('with a peer that takes one connection', () => {
    const exclusive = { protocol: identity(0x10, 0x10), exclusive: true, roundTrip: 20 }

    it('waits before it joins', async () => {
      const { stream, results } = shake(exclusive)
      expect(Buffer.concat(stream.written)).toEqual(pairHello)
      stream.push(pairHello)
      await vi.advanceTimersByTimeAsync(49)
      expect(results).toEqual([])
      // the fake setImmediate takes a millisecond
      await vi.advanceTimersByTimeAsync(2)
      expect(results).toEqual([{ peer: 0x10, rest: Buffer.alloc(0) }])
    })

    it('waits twice as long as the hello took on top of that, and 250 ms at most', async () => {
      for (const [took, patience] of [
        [400, 250],
        [30, 110]
      ] as const) {
        const { stream, results } = shake(exclusive)
        await vi.advanceTimersByTimeAsync(took)
        stream.push(pairHello)
        await vi.advanceTimersByTimeAsync(patience - 1)
        expect(results).toEqual([])
        await vi.advanceTimersByTimeAsync(2)
        expect(results).toEqual([{ peer: 0x10, rest: Buffer.alloc(0) }])
      }
    })

    it('joins at once when the peer sends a message', async () => {
      const { stream, results } = shake(exclusive)
      stream.push(pairHello)
      await turn()
      stream.push(Buffer.from('message'))
      await turn()
      expect(results).toEqual([{ peer: 0x10, rest: Buffer.from('message') }])
    })

    it('takes a connection that closes as busy, before and after the hello', async () => {
      for (const sent of [Buffer.alloc(0), pairHello]) {
        const { stream, results } = shake(exclusive)
        if (sent.length > 0) stream.push(sent)
        await turn()
        stream.push(null)
        await turn()
        expect(refusalOf(results)).toMatchObject({ reason: 'busy', message: expect.stringContaining('takes one peer') })
      }
    })

    it('takes a connection that breaks as busy, and one that ends inside a hello as damaged', async () => {
      const broken = shake(exclusive)
      broken.stream.destroy(new Error('read ECONNRESET'))
      const cut = shake(exclusive)
      cut.stream.push(pairHello.subarray(0, 5))
      cut.stream.push(null)
      await turn()
      expect([broken, cut].map(({ results }) => refusalOf(results).reason)).toEqual(['busy', 'malformed-hello'])
    })

    it('takes a connection that closes in the moment it would join as busy', async () => {
      const { stream, results } = shake(exclusive)
      stream.push(pairHello)
      await turn()
      vi.advanceTimersByTime(50)
      stream.destroy()
      await turn()
      await vi.advanceTimersByTimeAsync(2)
      expect(refusalOf(results).reason).toBe('busy')
    })

    it('does not wait for a peer of another protocol', async () => {
      const { stream, results } = shake(exclusive)
      stream.push(good)
      await turn()
      expect(results).toEqual([{ peer: 0x31, rest: Buffer.alloc(0) }])
    })

    it('does not call a hello that came in time late', async () => {
      const { stream, results } = shake({ ...exclusive, timeout: 20 })
      stream.push(pairHello)
      await vi.advanceTimersByTimeAsync(60)
      expect(results).toEqual([{ peer: 0x10, rest: Buffer.alloc(0) }])
    })
  })
})
