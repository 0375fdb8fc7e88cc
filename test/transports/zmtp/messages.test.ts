/** Frames and commands after the handshake, at byte level. */
import { Pub, Pull, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/transports/zmtp/frames.ts'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { eventually, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { any, command, connect, greeting, ready, served } from './peer.ts'

const soon = { timeout: 5000 }

/** What becomes of a connection that sends this after its handshake. */
async function ending(bytes: string | Uint8Array, pull = new Pull()): Promise<{ reason: string; cause: string }> {
  const { peer } = await served(pull)
  const left = nextEvent(pull, 'detach')
  peer.send(bytes)
  const { reason, cause } = await left
  return { reason, cause: cause instanceof Error ? cause.message : '' }
}

describe('frames', () => {
  it('Z-26 of three bytes in long form, and reserved flags, are taken as libzmq takes them', async () => {
    const { pull, peer } = await served()
    peer.send('02 00 00 00 00 00 00 00 03 61 62 63  f8 01 64')
    expect(String(await pull.recv(soon))).toBe('abc')
    expect(String(await pull.recv(soon))).toBe('d')
  })

  it.each([
    ['a size with bit 63', '02 80 00 00 00 00 00 00 00'],
    ['more of a command', '05 05 04 50 49 4e 47'],
    ['a command inside a message', '01 01 61 04 05 04 50 49 4e 47'],
    ['a command without name', '04 01 00'],
    ['a command of a megabyte', '06 00 00 00 00 00 10 00 00']
  ])('Z-27 with %s are malformed and close the connection', async (_what, bytes) => {
    expect((await ending(bytes)).reason).toBe('malformed')
  })

  it('Z-28 above recvMaxSize are refused by their header, alone and in sum', async () => {
    const alone = new Pull({ recvMaxSize: 100 })
    const dropped = recordEvents(alone, 'drop')
    expect((await ending('02 00 00 00 00 40 00 00 00', alone)).reason).toBe('too-big')
    expect(dropped).toMatchObject([{ reason: 'too-big', size: 0x40000000, limit: 100 }])
    const sum = new Pull({ recvMaxSize: 5 })
    expect((await ending('01 03 61 62 63 00 03', sum)).reason).toBe('too-big')
    const fits = await served(new Pull({ recvMaxSize: 5 }))
    fits.peer.send('00 05 31 32 33 34 35')
    expect(String(await fits.pull.recv(soon))).toBe('12345')
  })

  it('Z-29 arrive the same, however they are cut', async () => {
    const small = Buffer.concat(Array.from({ length: 10_000 }, (_, i) => Buffer.from([0, 2, i >> 8, i & 255])))
    const { pull, peer } = await served()
    peer.send(small)
    for (let i = 0; i < 10_000; i++) expect((await pull.recv(soon)).readUInt16BE()).toBe(i)
    const large = Buffer.concat([hex('02 00 00 00 00 00 00 27 10'), Buffer.alloc(10_000, 7)])
    peer.stream.setNoDelay(true)
    for (let at = 0; at < large.length; at += 7) peer.send(large.subarray(at, at + 7))
    expect((await pull.recv(soon)).equals(Buffer.alloc(10_000, 7))).toBe(true)
  })

  it('Z-30 that never end in a message are cut', async () => {
    const row = Buffer.alloc(2 * 20_000)
    for (let at = 0; at < row.length; at += 2) row[at] = 1
    const { reason, cause } = await ending(row)
    expect(reason).toBe('malformed')
    expect(cause).toContain('16384 frames')
  })

  it('Z-31 of a message that is cut deliver nothing of it', async () => {
    const { pull, peer } = await served(new Pull())
    const dropped = recordEvents(pull, 'drop')
    const left = nextEvent(pull, 'detach')
    peer.send('01 01 61 00 05 62')
    peer.end()
    await left
    expect(dropped).toMatchObject([{ reason: 'truncated' }])
    expect(pull.tryRecv()).toBeUndefined()
  })

  it('Z-54 several are joined where that is asked for, and refused with their number otherwise', async () => {
    const pull = track(new Pull({ zmtp: { multipart: 'join' } }))
    const { peer } = await served(pull)
    peer.send('01 01 61 01 00 00 02 62 63')
    expect(String(await pull.recv(soon))).toBe('abc')
    const refusing = await served()
    const dropped = nextEvent(refusing.pull, 'drop')
    refusing.peer.send('01 01 61 01 00 00 02 62 63  00 01 64')
    expect(await dropped).toMatchObject({
      reason: 'malformed',
      size: 3,
      cause: { message: expect.stringContaining('3 frames') }
    })
    expect(String(await refusing.pull.recv(soon))).toBe('d')
  })
})

describe('commands', () => {
  const pong = (context: string): Buffer => command('PONG', hex(context))

  /** A peer that has read what the handshake said. */
  async function connected(): Promise<Awaited<ReturnType<typeof served>>> {
    const all = await served()
    await all.peer.read(64 + 2 + 25 + 1)
    return all
  }

  it('Z-56 PING is answered with its context, of which sixteen bytes come back', async () => {
    const { peer } = await connected()
    peer.send(command('PING', hex('00 00')))
    peer.send(command('PING', hex('00 00 61 62')))
    peer.send(command('PING', hex('00 00'), Buffer.alloc(300, 9)))
    expect(await peer.read(7)).toEqual(pong(''))
    expect(await peer.read(9)).toEqual(pong('61 62'))
    expect(await peer.read(23)).toEqual(pong('09'.repeat(16)))
  })

  it('Z-56 a PING that asks for 300 ms and is followed by silence ends the connection', async () => {
    const { pull, peer } = await connected()
    const left = nextEvent(pull, 'detach')
    peer.send(command('PING', hex('00 03')))
    const { reason, cause } = await left
    expect(reason).toBe('connection-error')
    expect(String(cause)).toContain('300 ms')
  })

  it('Z-57 our own PING asks for 65.5 seconds at most', async () => {
    const pull = new Pull({ zmtp: { heartbeat: { interval: 20, timeout: 100_000 } } })
    const { peer } = await served(pull)
    await peer.read(64 + 2 + 25 + 1)
    expect(await peer.read(9)).toEqual(command('PING', hex('02 8f')))
  })

  it.each(['50 4f 4e 47', '4a 4f 49 4e', '4c 45 41 56 45', '57 48 41 54'])('Z-58 %s is passed over', async (name) => {
    const { pull, peer } = await connected()
    peer.send(command(hex(name).toString(), hex('61')))
    peer.send('00 01 61')
    expect(String(await pull.recv(soon))).toBe('a')
  })

  it('ERROR after the handshake ends the connection', async () => {
    const ended = await ending(command('ERROR', hex('03 34 30 30')))
    expect(ended).toEqual({ reason: 'malformed', cause: 'the peer reports an error' })
  })

  it.each(['04 05 04 50 49 4e 47', '04 06 04 50 49 4e 47 00'])('Z-58 a short PING (%s) is malformed', async (bytes) => {
    expect((await ending(bytes)).cause).toContain('PING')
  })

  it('a flood of PINGs that reads no answer costs no memory', async () => {
    const { pull, peer } = await connected()
    peer.stream.pause()
    const flood = Buffer.concat(Array.from({ length: 5000 }, () => command('PING', hex('00 00'), Buffer.alloc(16))))
    for (let i = 0; i < 20; i++) peer.send(flood)
    peer.send('00 01 61')
    expect(String(await pull.recv({ timeout: 9000 }))).toBe('a')
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(200e6)
  })
})

describe('subscriptions', () => {
  /** A bound PUB and a client that has shaken hands as SUB with this version. */
  async function subscriber(version = '03 01'): Promise<{ pub: Pub; peer: Awaited<ReturnType<typeof connect>> }> {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const attached = nextEvent(pub, 'attach')
    const peer = await connect(url)
    peer.send(Buffer.concat([greeting('NULL', version), ready('SUB')]))
    await attached
    await peer.read(64 + 2 + 24 + 1)
    return { pub, peer }
  }

  /** Sends until one of these gets through, and resolves with what arrives first. */
  async function first(pub: Pub, peer: Awaited<ReturnType<typeof connect>>, ...bodies: string[]): Promise<string> {
    await eventually(() => {
      for (const body of bodies) pub.trySend(body)
      return peer.unread.length > 0
    })
    return String((await peer.read(4)).subarray(2))
  }

  it.each([
    ['commands', '04 0b 09 53 55 42 53 43 52 49 42 45 62'],
    ['messages', '00 02 01 62']
  ])('Z-05 Z-49 are understood as %s', async (_how, bytes) => {
    const { pub, peer } = await subscriber()
    peer.send(bytes)
    expect(await first(pub, peer, 'a1', 'b1')).toBe('b1')
  })

  it('Z-49 two of one prefix need two cancellations', async () => {
    const { pub, peer } = await subscriber()
    const [on, off] = [command('SUBSCRIBE', hex('61')), command('CANCEL', hex('61'))]
    peer.send(Buffer.concat([on, on, off, hex('00 02 01 62')]))
    expect(await first(pub, peer, 'b1')).toBe('b1')
    expect(await first(pub, peer, 'a1')).not.toBe('')
    peer.send(Buffer.concat([off, command('PING', hex('00 00'))]))
    await eventually(() => peer.unread.includes('PONG'))
    const sent = pub.stats().pipes[0]?.messagesSent
    pub.trySend('a2')
    expect(pub.stats().pipes[0]?.messagesSent).toBe(sent)
  })

  it.each(['03 00', '03 01'])('Z-05 Z-53 to a publisher of %s are said in its form', async (version) => {
    const listener = await listenBytes()
    const sub = track(new Sub())
    sub.connect(`zmtp+${listener.url}`)
    sub.subscribe('abc')
    const peer = await listener.accept()
    peer.send(Buffer.concat([greeting('NULL', version), ready('PUB')]))
    await peer.read(64 + 2 + 24 + 1)
    const [subscribe, cancel] =
      version === '03 00'
        ? [hex('00 04 01 61 62 63'), hex('00 04 00 61 62 63')]
        : [command('SUBSCRIBE', hex('61 62 63')), command('CANCEL', hex('61 62 63'))]
    expect(await peer.read(subscribe.length)).toEqual(subscribe)
    await sub.waitForPeers(1)
    sub.unsubscribe('abc')
    expect(await peer.read(cancel.length)).toEqual(cancel)
  })

  it('Z-49 of many peers bring each the same messages, small and large', async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const subs = Array.from({ length: 3 }, () => track(new Sub()))
    for (const sub of subs) {
      sub.subscribe('')
      sub.connect(url)
    }
    for (const sub of subs) {
      await eventually(() => pub.trySend('begin') && sub.tryRecv() !== undefined)
    }
    const bodies = [1, 0, 255, 256, 9000, 100].map((size, i) => Buffer.alloc(size, 65 + i))
    for (let round = 0; round < 3; round++) for (const body of bodies) await pub.send(body)
    for (const sub of subs) {
      let body = await sub.recv(soon)
      while (String(body) === 'begin') body = await sub.recv(soon)
      for (const [i, expected] of [...bodies, ...bodies, ...bodies].entries()) {
        if (i > 0) body = await sub.recv(soon)
        expect(body.equals(expected), `message ${i}`).toBe(true)
      }
    }
  })

  it('Z-53 beyond the limits end the connection and say why', async () => {
    const { pub, peer } = await subscriber()
    const left = nextEvent(pub, 'detach')
    peer.send(Buffer.concat([hex('02 00 00 00 00 00 01 00 02'), hex('01'), Buffer.alloc(65_537)]))
    const { reason, cause } = await left
    expect(reason).toBe('malformed')
    expect(String(cause)).toContain('65536 bytes')
    const many = await subscriber()
    const gone = nextEvent(many.pub, 'detach')
    const topics = Array.from({ length: 100_001 }, (_, i) => encodeFrame(0, Buffer.from(`\x01topic ${i}`)))
    many.peer.send(Buffer.concat(topics))
    expect(String((await gone).cause)).toContain('100000 subscriptions')
  })

  it('a message with a topic that nobody asked for is let go without a trace', async () => {
    const listener = await listenBytes()
    const sub = track(new Sub())
    const dropped = recordEvents(sub, 'drop')
    sub.subscribe('abc')
    sub.connect(`zmtp+${listener.url}`)
    const peer = await listener.accept()
    // a prefix matches in the first frame only
    peer.send(Buffer.concat([greeting(), ready('PUB'), hex('01 02 61 62 00 01 63  01 03 61 62 63 00 01 64')]))
    expect(String(await sub.recv(soon))).toBe('abcd')
    expect(dropped).toEqual([])
  })
})
