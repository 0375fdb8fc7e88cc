/** The handshake at byte level: greetings, READY, and what becomes of damaged ones. */
import { Pair, Pub, Pull, Push, Rep, Req, type Socket, Sub } from 'hubless'
import { Dealer, Router } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { eventually, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { any, command, connect, greeting, ready, served } from './peer.ts'

const text = (value: string): Buffer => Buffer.from(value)

/** Binds a PULL, sends it bytes, and resolves with why it refuses them. */
async function refusal(...bytes: Uint8Array[]): Promise<{ reason: string; message: string }> {
  const pull = track(new Pull())
  const { url } = await pull.bind(any)
  const refused = nextEvent(pull, 'reject')
  const peer = await connect(url)
  for (const chunk of bytes) peer.send(chunk)
  const { reason, error } = await refused
  await peer.closed
  expect(pull.stats().rejects).toEqual({ [reason]: 1 })
  expect(pull.peers).toEqual([])
  return { reason, message: error.message }
}

describe('the greeting', () => {
  it('Z-02 is said in full to a peer that sent ten bytes, and says 3.1 and NULL', async () => {
    const { url } = await track(new Pull()).bind(any)
    const peer = await connect(url)
    peer.send('ff 00 00 00 00 00 00 00 01 7f')
    const said = await peer.read(64)
    expect(said.subarray(0, 16)).toEqual(hex('ff 00 00 00 00 00 00 00 01 7f 03 01 4e 55 4c 4c'))
    expect(said.subarray(16)).toEqual(Buffer.alloc(48))
  })

  it('Z-03 may come byte by byte', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const peer = await connect(url)
    peer.stream.setNoDelay(true)
    for (const byte of Buffer.concat([greeting(), ready('PUSH'), hex('00 02 68 69')])) {
      peer.send(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('hi')
  })

  it('Z-03 may be glued to READY and 100 messages', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const peer = await connect(url)
    const messages = Array.from({ length: 100 }, (_, i) => Buffer.from([0, 1, i]))
    peer.send(Buffer.concat([greeting(), ready('PUSH'), ...messages]))
    for (let i = 0; i < 100; i++) expect(await pull.recv({ timeout: 5000 })).toEqual(Buffer.from([i]))
  })

  it.each(['03 00', '03 01', '03 09', '04 00', 'ff ff'])('Z-06 of version %s is served', async (version) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const attached = nextEvent(pull, 'attach')
    const peer = await connect(url)
    peer.send(Buffer.concat([greeting('NULL', version), ready('PUSH')]))
    const { pipe } = await attached
    expect(pipe.info.zmtp?.version).toBe(version === '03 00' ? '3.0' : '3.1')
  })

  it.each([
    ['1.0', '01 00'],
    ['1.0', 'ff 00 00 00 00 00 00 00 01 7e'],
    ['1.0', 'ff 00 00 00 00 00 00 00 01 7f 00'],
    ['2.0', 'ff 00 00 00 00 00 00 00 01 7f 01 08']
  ])('Z-07 of version %s (%s) is refused, naming it', async (version, bytes) => {
    expect((await refusal(hex(bytes))).message).toContain(version)
  })

  it('Z-11 of an SP peer is refused with a hint', async () => {
    const { reason, message } = await refusal(hex('00 53 50 00 00 50 00 00'))
    expect(reason).toBe('protocol-mismatch')
    expect(message).toContain('without zmtp+')
  })

  it.each(['GET / HTTP/1.1', '\0\0\0'])('of something else (%j) is refused', async (bytes) => {
    expect((await refusal(text(bytes))).reason).toBe('malformed-hello')
  })

  it('without a mechanism is refused', async () => {
    expect((await refusal(greeting('\0NULL'))).reason).toBe('malformed-hello')
    expect((await refusal(greeting('NULL\0X'))).reason).toBe('malformed-hello')
  })

  it('Z-08 of another mechanism is refused, naming both', async () => {
    const { reason, message } = await refusal(greeting('GSSAPI'))
    expect(reason).toBe('protocol-mismatch')
    expect(message).toMatch(/NULL.*GSSAPI/)
  })
})

describe('READY', () => {
  const identity = '08 49 64 65 6e 74 69 74 79 00 00 00 00'
  const types: [string, () => Socket, string, string][] = [
    ['PAIR', () => new Pair(), 'PAIR', ''],
    ['PUB', () => new Pub(), 'SUB', ''],
    ['SUB', () => new Sub(), 'PUB', ''],
    ['REQ', () => new Req(), 'REP', identity],
    ['REP', () => new Rep(), 'REQ', ''],
    ['PUSH', () => new Push(), 'PULL', ''],
    ['PULL', () => new Pull(), 'PUSH', ''],
    ['DEALER', () => new Dealer(), 'DEALER', identity],
    ['ROUTER', () => new Router(), 'ROUTER', identity]
  ]

  it.each(types)('Z-04 of %s is right to the byte', async (type, create, _peer, more) => {
    const listener = await listenBytes()
    track(create()).connect(`zmtp+${listener.url}`)
    const peer = await listener.accept()
    peer.send(greeting())
    await peer.read(64)
    const property = Buffer.concat([
      hex('0b'),
      text('Socket-Type'),
      hex('00 00 00'),
      Buffer.from([type.length]),
      text(type)
    ])
    const body = Buffer.concat([hex('05'), text('READY'), property, hex(more)])
    expect(await peer.read(2 + body.length)).toEqual(Buffer.concat([hex('04'), Buffer.from([body.length]), body]))
  })

  it.each(types)('Z-01 lets %s attach to its peer', async (_type, create, other) => {
    const listener = await listenBytes()
    const socket = track(create())
    const attached = nextEvent(socket, 'attach')
    socket.connect(`zmtp+${listener.url}`)
    const peer = await listener.accept()
    peer.send(Buffer.concat([greeting(), ready(other)]))
    expect((await attached).pipe.info.zmtp).toEqual({ version: '3.1', mechanism: 'NULL', socketType: other })
  })

  it('Z-09 of a socket that does not fit is refused, naming both', async () => {
    const { reason, message } = await refusal(greeting(), ready('PULL'))
    expect(reason).toBe('protocol-mismatch')
    expect(message).toContain('PULL talks to PUSH; the peer is PULL')
    expect((await refusal(greeting(), ready('STREAM!'))).message).toContain('no socket of ZeroMQ')
    expect((await refusal(greeting(), command('READY'))).message).toContain('no socket of ZeroMQ')
  })

  it('Z-12 names have no case, and what nobody knows is passed over', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const attached = nextEvent(pull, 'attach')
    const peer = await connect(url)
    const odd = '0b 73 6f 63 6b 65 74 2d 74 79 70 65 00 00 00 04 50 55 53 48'
    const more = '05 58 2d 4f 64 64 00 00 00 01 ff 08 49 44 45 4e 54 49 54 59 00 00 00 02 00 01'
    peer.send(Buffer.concat([greeting(), command('READY', hex(odd), hex(more))]))
    expect((await attached).pipe.info.zmtp?.identity).toEqual(hex('00 01'))
  })

  it.each([
    ['bytes left over', command('READY', hex('0b 53 6f'))],
    ['a value that is cut', command('READY', hex('01 41 00 00 00 05 42'))],
    ['a value of 4 GiB', command('READY', hex('01 41 ff ff ff ff 42'))],
    ['a name of no bytes', command('READY', hex('00 00 00 00 00'))],
    ['an identity of 256 bytes', ready('PUSH', { Identity: Buffer.alloc(256, 1) })],
    ['a property twice', ready('PUSH', { 'socket-type': 'PULL' })],
    ['another command', command('HELLO')],
    ['a command without name', hex('04 00')],
    ['a name that is cut', hex('04 02 05 52')],
    ['a message', hex('00 01 41')],
    ['more of a command', hex('05 01 41')],
    ['a command of 2^62 bytes', hex('06 40 00 00 00 00 00 00 00')],
    ['a command of 9000 bytes', command('READY', Buffer.alloc(9000))]
  ])('Z-12 with %s is refused as malformed', async (_what, bytes) => {
    expect((await refusal(greeting(), bytes)).reason).toBe('malformed-hello')
  })

  it('Z-13 in its place an ERROR becomes a reject with its text, and hubless dials again', async () => {
    const listener = await listenBytes()
    const push = track(new Push({ reconnectInterval: 10 }))
    const refused = recordEvents(push, 'reject')
    push.connect(`zmtp+${listener.url}`)
    const texts = ['400', '500', '\x1b[2Jno']
    for (const reason of texts) {
      const peer = await listener.accept()
      peer.send(Buffer.concat([greeting(), command('ERROR', Buffer.from([reason.length]), text(reason))]))
      await peer.closed
    }
    await eventually(() => refused.length === 3)
    expect(refused.map(({ reason }) => reason)).toEqual(['unauthorized', 'unavailable', 'unauthorized'])
    expect(refused[0]?.error.message).toContain('400')
    expect(refused[2]?.error.message).toContain('?[2Jno')
  })
})

describe('time', () => {
  it.each([
    ['says nothing', Buffer.alloc(0)],
    ['stops within its greeting', greeting().subarray(0, 20)],
    ['stops before READY', greeting()],
    ['stops within READY', Buffer.concat([greeting(), ready('PUSH').subarray(0, 9)])]
  ])('Z-10 a peer that %s is cut at handshakeTimeout', async (_what, bytes) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any, { handshakeTimeout: 60 })
    const refused = nextEvent(pull, 'reject')
    const peer = await connect(url)
    peer.send(bytes)
    expect((await refused).reason).toBe('handshake-timeout')
    await peer.closed
  })

  it('Z-10 a dialer cuts a listener that says nothing, too', async () => {
    const listener = await listenBytes()
    const push = track(new Push())
    const retried = nextEvent(push, 'retry')
    push.connect(`zmtp+${listener.url}`, { handshakeTimeout: 60 })
    const peer = await listener.accept()
    await peer.closed
    expect((await retried).cause.code).toBe('ETIMEDOUT')
  })
})

it('Z-09 both sides learn that their sockets do not fit, unless somebody decides who may come in', async () => {
  const pull = track(new Pull())
  const { url } = await pull.bind(any)
  const sub = track(new Sub())
  const [here, there] = [nextEvent(pull, 'reject'), nextEvent(sub, 'reject')]
  sub.connect(url)
  expect((await here).error.message).toContain('the peer is SUB')
  expect((await there).error.message).toContain('the peer is PULL')
  const guarded = track(new Pull())
  const { url: closed } = await guarded.bind(any, { authorize: () => true })
  const told = nextEvent(sub, 'reject', { where: ({ endpoint }) => endpoint.url === closed })
  sub.connect(closed)
  expect((await told).reason).toBe('closed')
})

it('Z-33 a second PAIR of hubless learns that the first is there', async () => {
  const [pair, first, second] = track(new Pair(), new Pair(), new Pair())
  const { url } = await pair.bind(any)
  await first.connect(url).whenConnected({ timeout: 5000 })
  const busy = nextEvent(second, 'reject')
  second.connect(url)
  expect((await busy).reason).toBe('busy')
})

it('Z-33 a second PAIR is hung up on before READY', async () => {
  const pair = track(new Pair())
  const { url } = await pair.bind(any)
  const attached = nextEvent(pair, 'attach')
  const first = await connect(url)
  first.send(Buffer.concat([greeting(), ready('PAIR')]))
  await attached
  const busy = nextEvent(pair, 'reject')
  const second = await connect(url)
  second.send(Buffer.concat([greeting(), ready('PAIR')]))
  expect((await busy).reason).toBe('busy')
  expect((await second.closed).length).toBeLessThanOrEqual(64)
})

it('Z-60 ten thousand connections that end at every stage of the handshake leave nothing behind', async () => {
  const { pull, url } = await served()
  const whole = Buffer.concat([greeting(), ready('PUSH')])
  let refused = 0
  pull.on('reject', () => refused++)
  const leave = async (cut: number): Promise<void> => {
    const peer = await connect(url)
    peer.send(whole.subarray(0, cut))
    peer.end()
    await peer.closed
  }
  let left = 0
  const leaveAtEach = async (): Promise<void> => {
    await Promise.all(Array.from(whole.keys(), leave))
    left += whole.length
    await eventually(() => refused === left)
  }
  for (let i = 0; i < 10; i++) await leaveAtEach()
  const [memory, resources] = [await memoryInUse(), process.getActiveResourcesInfo().length]
  while (left < 10_000) await leaveAtEach()
  expect(pull.peers).toHaveLength(1)
  await eventually(() => process.getActiveResourcesInfo().length <= resources)
  expect((await memoryInUse()) - memory).toBeLessThan(1048576)
}, 30_000)

describe('PLAIN', () => {
  it.each(['', 'x'.repeat(255)])('Z-16 takes names and passwords of 0 and 255 bytes', async (text) => {
    const [pull, push] = track(new Pull(), new Push())
    const seen: unknown[] = []
    const { url } = await pull.bind(any, {
      zmtp: { mechanism: 'plain' },
      authorize: ({ info }) => seen.push([info.zmtp?.username, info.zmtp?.password]) > 0
    })
    await push.connect(url, { zmtp: { username: text, password: text } }).whenConnected({ timeout: 5000 })
    expect(seen).toEqual([[text, text]])
  })

  it('Z-16 takes none of 256 bytes', () => {
    const push = track(new Push())
    const connecting = (username: string) =>
      push.connect('zmtp+tcp://127.0.0.1:1', { zmtp: { username, password: '' } })
    expect(() => connecting('ü'.repeat(128))).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  it.each([
    ['no name', command('HELLO')],
    ['a name that is cut', command('HELLO', hex('05 61'))],
    ['no password', command('HELLO', hex('01 61'))],
    ['bytes left over', command('HELLO', hex('01 61 01 62 63'))],
    ['INITIATE first', command('INITIATE')],
    ['READY', ready('PUSH')]
  ])('Z-12 refuses a client that says %s', async (_what, bytes) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any, { zmtp: { mechanism: 'plain' }, authorize: () => true })
    const refused = nextEvent(pull, 'reject')
    const peer = await connect(url)
    peer.send(Buffer.concat([greeting('PLAIN'), bytes]))
    expect((await refused).reason).toBe('malformed-hello')
  })
})
