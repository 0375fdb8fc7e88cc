/** ZeroMQ over WebSockets, with the libzmq of the npm package `zeromq`: that of Debian has none. */
import { Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { afterEach, describe, expect, it } from 'vitest'
import type * as ZeroMQ from 'zeromq'
import { eventually, nextEvent, track } from '../../helpers/sockets.ts'
import { freePort, requirePeer } from '../peers/tools.ts'

const zeromq = await import('zeromq').catch(() => undefined)
const peer = requirePeer('zeromq', zeromq && 'zeromq', 'the npm package zeromq')
const zmq = zeromq as typeof ZeroMQ
const any = 'zmtp+ws://127.0.0.1:0'
const soon = { timeout: 5000 }

const open = new Set<{ close(): void }>()
const opened = <T extends { close(): void }>(socket: T): T => {
  open.add(socket)
  return socket
}
afterEach(() => {
  for (const socket of open) socket.close()
  open.clear()
})

describe.skipIf(peer.skip)('with libzmq over WebSocket', () => {
  const theirs = (url: string): string => url.replace('zmtp+', '')

  it('Z-63 a REQ of libzmq gets its reply from a REP', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    rep.serve(({ body }) => `<${body}>`)
    const request = opened(new zmq.Request({ linger: 0, receiveTimeout: 5000 }))
    request.connect(theirs(url))
    await request.send('hi')
    expect(String((await request.receive())[0])).toBe('<hi>')
    expect(rep.peers[0]?.info.zmtp?.socketType).toBe('REQ')
  })

  it('Z-63 a REQ gets its reply from a REP of libzmq', async () => {
    const reply = opened(new zmq.Reply({ linger: 0, receiveTimeout: 5000 }))
    const url = `ws://127.0.0.1:${await freePort()}`
    await reply.bind(url)
    const req = track(new Req())
    req.connect(`zmtp+${url}`)
    const answer = req.request('hi', soon)
    await reply.send(`<${(await reply.receive())[0]}>`)
    expect(String(await answer)).toBe('<hi>')
  })

  it('Z-64 PLAIN in both roles', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any, {
      zmtp: { mechanism: 'plain' },
      authorize: ({ info }) => info.zmtp?.username === 'ann' && info.zmtp.password === 'pw'
    })
    rep.serve(({ body }) => `<${body}>`)
    const request = opened(
      new zmq.Request({ linger: 0, receiveTimeout: 5000, plainUsername: 'ann', plainPassword: 'pw' })
    )
    request.connect(theirs(url))
    await request.send('hi')
    expect(String((await request.receive())[0])).toBe('<hi>')
    const refused = nextEvent(rep, 'reject')
    const req = track(new Req())
    req.connect(url, { zmtp: { username: 'ann', password: 'no' } })
    expect((await refused).reason).toBe('unauthorized')
    const allowed = track(new Req())
    allowed.connect(url, { zmtp: { username: 'ann', password: 'pw' } })
    expect(String(await allowed.request('ho', soon))).toBe('<ho>')
  })

  it('Z-73 CURVE in both roles, whatever the size', async () => {
    const [server, client] = [curveKeyPair(), curveKeyPair()]
    const sizes = [0, 1, 222, 223, 8158, 8159, 8160, 8192, 65_536, 1_000_000]
    const rep = track(new Rep())
    const { url } = await rep.bind(any, {
      zmtp: { curve: server },
      authorize: ({ info }) => info.zmtp?.publicKey === client.publicKey
    })
    rep.serve(({ body }) => body)
    const request = opened(
      new zmq.Request({
        linger: 0,
        receiveTimeout: 5000,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
        curveServerKey: server.publicKey
      })
    )
    request.connect(theirs(url))
    const reply = opened(
      new zmq.Reply({
        linger: 0,
        receiveTimeout: 5000,
        curveServer: true,
        curvePublicKey: server.publicKey,
        curveSecretKey: server.secretKey
      })
    )
    const at = `ws://127.0.0.1:${await freePort()}`
    await reply.bind(at)
    const req = track(new Req())
    req.connect(`zmtp+${at}`, { zmtp: { curve: { ...client, serverKey: server.publicKey } } })
    for (const size of sizes) {
      const body = Buffer.alloc(size, size)
      await request.send(body)
      expect((await request.receive())[0]?.equals(body), `${size} bytes to a REP`).toBe(true)
      const answer = req.request(body, soon)
      await reply.send((await reply.receive())[0] as Buffer)
      expect((await answer).equals(body), `${size} bytes to libzmq`).toBe(true)
    }
    const refused = nextEvent(rep, 'reject')
    const stranger = track(new Req())
    stranger.connect(url, { zmtp: { curve: { ...curveKeyPair(), serverKey: server.publicKey } } })
    expect((await refused).reason).toBe('unauthorized')
  })

  it('Z-65 large messages leave in one frame', async () => {
    const pull = opened(new zmq.Pull({ linger: 0, receiveTimeout: 5000 }))
    const url = `ws://127.0.0.1:${await freePort()}`
    await pull.bind(url)
    const push = track(new Push())
    push.connect(`zmtp+${url}`)
    const body = Buffer.alloc(4 * 1048576, 7)
    await push.send(body)
    await push.send('')
    const [got] = (await pull.receive()) as [Buffer]
    expect(got.equals(body)).toBe(true)
    expect((await pull.receive())[0]).toHaveLength(0)
  })

  it('Z-66 SUB and PUB in both directions', async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const subscriber = opened(new zmq.Subscriber({ linger: 0, receiveTimeout: 5000 }))
    subscriber.subscribe('a')
    subscriber.connect(theirs(url))
    const timer = setInterval(() => {
      pub.trySend('b1')
      pub.trySend('a1')
    }, 5)
    const got = await subscriber.receive().finally(() => clearInterval(timer))
    expect(String(got[0])).toBe('a1')
    const publisher = opened(new zmq.XPublisher({ linger: 0, receiveTimeout: 5000 }))
    const at = `ws://127.0.0.1:${await freePort()}`
    await publisher.bind(at)
    const sub = track(new Sub())
    sub.subscribe('a')
    sub.connect(`zmtp+${at}`)
    expect((await publisher.receive())[0]).toEqual(Buffer.from('\x01a'))
    await publisher.send('b1')
    await publisher.send(['a', '1'])
    expect(String(await sub.recv(soon))).toBe('a1')
  })
})

const upgrade =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n'

describe('ZWS', () => {
  /** A WebSocket as a browser has it, which offers this and notes what comes. */
  async function browser(url: string, ...protocols: string[]): Promise<{ socket: WebSocket; got: Buffer[] }> {
    const { WebSocket } = await import('ws')
    const socket = new WebSocket(url.replace('zmtp+', ''), protocols) as unknown as WebSocket
    opened(socket)
    const got: Buffer[] = []
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => got.push(Buffer.from(data as ArrayBuffer))
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = reject
    })
    return { socket, got }
  }

  it('Z-65 Z-66 a page asks a REP with ZWS2.0, in fragments, too', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    rep.serve(({ body }) => `<${body}>`)
    const { socket, got } = await browser(url, 'ZWS2.0')
    socket.send(Buffer.from([0]))
    const sending = socket as unknown as { send(bytes: Buffer, options: { fin: boolean }): void }
    sending.send(Buffer.from([1]), { fin: true })
    sending.send(Buffer.from([0, 0x68]), { fin: false })
    sending.send(Buffer.from([0x69]), { fin: true })
    await eventually(() => got.length === 3)
    expect(got.map(String)).toEqual(['\0', '\x01', '\0<hi>'])
  })

  it.skipIf(peer.skip)('Z-66 a page and a REQ of libzmq ask at one listener at the same time', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const waiting: (() => void)[] = []
    rep.serve(
      ({ body }) =>
        new Promise((resolve) => {
          waiting.push(() => resolve(`<${body}>`))
          if (waiting.length === 2) for (const answer of waiting) answer()
        })
    )
    const request = opened(new zmq.Request({ linger: 0, receiveTimeout: 5000 }))
    request.connect(url.replace('zmtp+', ''))
    await request.send('library')
    const { socket, got } = await browser(url, 'ZWS2.0')
    for (const bytes of [[0], [1], [0, 0x70]]) socket.send(Buffer.from(bytes))
    expect(String((await request.receive())[0])).toBe('<library>')
    await eventually(() => got.length === 3)
    expect(String(got[2])).toBe('\0<p>')
  })

  it('Z-66 a page subscribes with messages', async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const { socket, got } = await browser(url, 'ZWS2.0')
    socket.send(Buffer.concat([Buffer.from([0])]))
    socket.send(Buffer.from([0, 1, 0x61]))
    await eventually(() => pub.trySend('b') && pub.trySend('a') && got.length > 1)
    expect(got[1]).toEqual(Buffer.from([0, 0x61]))
  })

  it.each([[['rep.sp.nanomsg.org']], [[]]])('Z-67 who asks for %j is told both subprotocols', async (protocols) => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const refused = nextEvent(rep, 'reject')
    const text = await fetch(url.replace('zmtp+ws', 'http'), {}).then(
      (answer) => answer.status,
      () => 0
    )
    expect(text).toBe(426)
    await refused
    const again = nextEvent(rep, 'reject', { where: ({ reason }) => reason === 'protocol-mismatch' })
    await expect(browser(url, ...protocols)).rejects.toBeDefined()
    expect((await again).error.message).toContain('ZWS2.0/NULL and ZWS2.0')
  })

  it('Z-67 an SP REQ is told, too', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const req = track(new Req())
    const retried = nextEvent(req, 'retry')
    req.connect(url.replace('zmtp+', ''))
    expect((await retried).cause.message).toContain('ZWS2.0/NULL and ZWS2.0')
  })

  it('Z-10 a READY of more than 8 KiB is refused', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const refused = nextEvent(pull, 'reject')
    const { connectBytes } = await import('../../helpers/bytes.ts')
    const peer = await connectBytes(url.replace('zmtp+', ''))
    peer.send(Buffer.from(upgrade))
    peer.send(Buffer.from([0x82, 0xfe, 0x20, 0x02, 0, 0, 0, 0, 2, ...Buffer.alloc(8193, '\x05READY')]))
    expect((await refused).error.message).toContain('8193 bytes')
  })

  it.each([
    ['no frame', [9, 1]],
    ['a command before its end', [2, 0]],
    ['a message without a mechanism', [0, 1]]
  ])('Z-10 %s in the handshake is refused', async (_what, bytes) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const refused = nextEvent(pull, 'reject')
    const { connectBytes } = await import('../../helpers/bytes.ts')
    const peer = await connectBytes(url.replace('zmtp+', ''))
    peer.send(Buffer.from(upgrade))
    peer.send(Buffer.from([0x82, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes]))
    expect((await refused).reason).toBe('malformed-hello')
  })

  it('carries messages between two of hubless', async () => {
    const [push, pull] = track(new Push(), new Pull())
    const { url } = await pull.bind(any)
    push.connect(url)
    for (let i = 0; i < 2000; i++) await push.send(`${i}`)
    for (let i = 0; i < 2000; i++) expect(String(await pull.recv(soon))).toBe(`${i}`)
  })
})
