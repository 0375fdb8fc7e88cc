/** The dialing side: what it asks for, which answers it takes, and that it always tries again. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { type BytePeer, hex, listenBytes } from '../../helpers/bytes.ts'
import { marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { acceptOf, readHead } from './upgrade.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 5 }

/** A server at byte level, and a socket that dials it. */
async function dialed<S extends Socket>(socket: S, path = '', options = {}) {
  track(socket)
  const server = await listenBytes()
  const address = server.url.replace('tcp:', 'ws:')
  const dialer = socket.connect(address + path, options)
  return { socket, dialer, server, authority: address.slice(5) }
}

const keyOf = (head: string): string => /\r\nSec-WebSocket-Key: (\S+)\r\n/.exec(head)?.[1] ?? ''

function accept(peer: BytePeer, head: string, changes: Record<string, string | undefined> = {}): void {
  const headers: Record<string, string | undefined> = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptOf(keyOf(head)),
    'Sec-WebSocket-Protocol': /\r\nSec-WebSocket-Protocol: (\S+)\r\n/.exec(head)?.[1],
    ...changes
  }
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  peer.send(Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`))
}

describe('the request', () => {
  it('WS-01 WS-16 WS-27 WS-29 has Host, version 13, path and query as in the URL, own headers, no compression', async () => {
    const options = { ws: { headers: { Authorization: 'Bearer x' } } }
    const { server, authority } = await dialed(new Pair(), '/a/../b%20c?d=e&f=../g', options)
    const head = await readHead(await server.accept())
    expect(head).toMatch(/^GET \/a\/\.\.\/b%20c\?d=e&f=\.\.\/g HTTP\/1\.1\r\n/)
    expect(head).toContain(`\r\nHost: ${authority}\r\n`)
    expect(head).toMatch(/\r\nUpgrade: websocket\r\n/)
    expect(head).toMatch(/\r\nConnection: Upgrade\r\n/)
    expect(head).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/)
    expect(head).toMatch(/\r\nAuthorization: Bearer x\r\n/)
    expect(Buffer.from(keyOf(head), 'base64')).toHaveLength(16)
    expect(head.toLowerCase()).not.toMatch(/extensions|origin/)
  })

  it.each([
    ['pair', (): Socket => new Pair()],
    ['pub', (): Socket => new Sub()],
    ['sub', (): Socket => new Pub()],
    ['rep', (): Socket => new Req()],
    ['req', (): Socket => new Rep()],
    ['push', (): Socket => new Pull()],
    ['pull', (): Socket => new Push()],
    ['respondent', (): Socket => new Surveyor()],
    ['surveyor', (): Socket => new Respondent()],
    ['bus', (): Socket => new Bus()]
  ])('WS-01 asks for the role of the server: %s', async (role, create) => {
    const { server } = await dialed(create())
    const head = await readHead(await server.accept())
    expect(head).toContain(`\r\nSec-WebSocket-Protocol: ${role}.sp.nanomsg.org\r\n`)
    expect(head).toMatch(/^GET \/ HTTP/)
  })

  it('WS-16 the default ports are 80 and 443; errors in a URL are EINVAL', () => {
    const socket = track(new Pair())
    for (const url of ['ws://127.0.0.1/x', 'ws://[::1]', 'wss://localhost', 'ws://127.0.0.1;localhost:81/x']) {
      socket.connect(url, { reconnectInterval: 60_000 })
    }
    for (const url of [
      'ws://',
      'ws://h:',
      'ws://h:0',
      'ws://h:70000',
      'ws://h:x',
      'ws://-h',
      'ws://u@h',
      'ws://h/#x'
    ]) {
      expect(() => socket.connect(url), url).toThrow(/EINVAL/)
    }
  })
})

describe('the answer', () => {
  it('WS-05 WS-17 WS-18 is taken when it is right; frames are masked', async () => {
    const { socket, server } = await dialed(new Pair())
    const peer = await server.accept()
    accept(peer, await readHead(peer))
    await socket.waitForPeers(1)
    await socket.send('ABC')
    const bytes = await peer.read(9)
    expect(bytes.subarray(0, 2)).toEqual(hex('82 83'))
    const mask = bytes.subarray(2, 6)
    expect(String(Buffer.from(bytes.subarray(6).map((byte, i) => byte ^ (mask[i] as number))))).toBe('ABC')
    peer.send(hex('82 03 41 42 43'))
    expect(String(await socket.recv({ timeout: 2000 }))).toBe('ABC')
  })

  it('WS-18 a masked frame from a listener ends the pipe', async () => {
    const { socket, server } = await dialed(new Pair())
    const peer = await server.accept()
    accept(peer, await readHead(peer))
    await socket.waitForPeers(1)
    const ended = nextEvent(socket, 'detach')
    peer.send(hex('82 81 00 00 00 00 41'))
    expect((await ended).reason).toBe('malformed')
  })

  it.each([
    ['lacks Upgrade', { Upgrade: undefined }],
    ['upgrades to something else', { Upgrade: 'h2c' }],
    ['lacks Connection', { Connection: undefined }],
    ['has a wrong Accept', { 'Sec-WebSocket-Accept': acceptOf('x') }],
    ['has the Accept in another case', { 'Sec-WebSocket-Accept': 'LOWER' }],
    ['lacks the subprotocol', { 'Sec-WebSocket-Protocol': undefined }],
    ['names another subprotocol', { 'Sec-WebSocket-Protocol': 'rep.sp.nanomsg.org' }],
    ['compresses unasked', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }]
  ])('WS-05 WS-07 is refused when it %s, and the dialer tries again', async (_title, changes) => {
    const { socket, server } = await dialed(new Pair(quick))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    accept(peer, await readHead(peer), changes)
    expect((await refused).reason).toBe('websocket')
    await server.accept()
    expect(socket.peers).toEqual([])
  })

  it.each([
    ['HTTP/2.0 200', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['an SP hello', '\0SP\0\0\x10\0\0'],
    ['a header without end', `HTTP/1.1 101 x\r\nA: ${'x'.repeat(100_000)}`],
    ['a 101 that ends in the header', 'HTTP/1.1 101 Switching Protocols\r\nUpg']
  ])('WS-06 WS-07 %s is a failed handshake, and the dialer tries again', async (_title, text) => {
    const { socket, server } = await dialed(new Pair(quick))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    await readHead(peer)
    peer.send(Buffer.from(text, 'latin1'))
    peer.end()
    expect(['websocket', 'closed', 'busy']).toContain((await refused).reason)
    await server.accept()
  })

  it.each([
    ['401 Unauthorized', 'unauthorized'],
    ['403 Forbidden', 'unauthorized'],
    ['404 Not Found', 'not-found'],
    ['400 Bad Request', 'protocol-mismatch'],
    ['409 Conflict', 'busy'],
    ['503 Service Unavailable', 'unavailable'],
    ['302 Found', 'websocket']
  ])('WS-30 WS-07 %s is a refusal of its own reason, with the line it came with', async (status, reason) => {
    const { socket, server } = await dialed(new Push(quick))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    await readHead(peer)
    peer.send(Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: 9\r\n\r\nthe line\n`))
    const event = await refused
    expect(event.reason).toBe(reason)
    expect(event.error.message).toContain(`${status}: the line`)
    await server.accept()
  })

  it('WS-06 that is longer than ws: { maxHeaderSize } is refused', async () => {
    const { socket, server } = await dialed(new Pair(quick), '', { ws: { maxHeaderSize: 500 } })
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    accept(peer, await readHead(peer), { 'X-Long': 'x'.repeat(500) })
    expect(await refused).toMatchObject({ reason: 'websocket', error: { message: expect.stringMatching(/too long/) } })
    const next = await server.accept()
    accept(next, await readHead(next))
    await socket.waitForPeers(1)
  })

  it.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n9\r\nthe line\n\r\n0\r\n\r\n', ': the line'],
    ['without a length', '\r\nthe line', ': the line'],
    ['without a line', 'Content-Length: 0\r\n\r\n', '403 no'],
    ['that ends before its line', 'Transfer-Encoding: chunked\r\n\r\n', '403 no']
  ])('WS-30 a refusal %s is understood', async (_title, rest, said) => {
    const { socket, server } = await dialed(new Push(quick))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    await readHead(peer)
    peer.send(Buffer.from(`HTTP/1.1 403 no\r\n${rest}`))
    peer.end()
    expect((await refused).error.message).toMatch(new RegExp(`${said}$`))
  })

  it('WS-30 a refusal whose peer says no more and stays is told with its status, long before the handshake times out', async () => {
    const { socket, server } = await dialed(new Push({ ...quick, handshakeTimeout: 60_000 }))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    await readHead(peer)
    peer.send(Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n'))
    expect(await refused).toMatchObject({
      reason: 'not-found',
      error: { message: expect.stringMatching(/404 Not Found$/) }
    })
  })

  it('may have a header twice, and every cookie is kept by itself', async () => {
    const { socket, server } = await dialed(new Push(quick))
    const peer = await server.accept()
    const extra = 'b\r\nX-Twice: c\r\nSet-Cookie: d=e\r\nSet-Cookie: f=g\r\nSet-Cookie: h=i'
    accept(peer, await readHead(peer), { 'X-Twice': extra })
    await socket.waitForPeers(1)
    const { headers } = socket.peers[0]?.info.ws ?? {}
    expect(headers).toMatchObject({ 'x-twice': 'b, c', 'set-cookie': ['d=e', 'f=g', 'h=i'] })
  })

  it('with more headers than anybody sends is refused', async () => {
    const { socket, server } = await dialed(new Push(quick))
    const refused = nextEvent(socket, 'reject')
    const peer = await server.accept()
    accept(peer, await readHead(peer), Object.fromEntries(Array.from({ length: 97 }, (_, i) => [`X-${i}`, 'x'])))
    expect((await refused).reason).toBe('websocket')
    const next = await server.accept()
    accept(next, await readHead(next), Object.fromEntries(Array.from({ length: 96 }, (_, i) => [`X-${i}`, 'x'])))
    await socket.waitForPeers(1)
  })

  it('may have a provisional one before it, in the same piece', async () => {
    const { socket, server } = await dialed(new Push(quick))
    const peer = await server.accept()
    const request = await readHead(peer)
    peer.send(Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'))
    accept(peer, request)
    await socket.waitForPeers(1)
  })

  it('PAIR-02 to a PAIR may have a Close frame right behind it, which means busy, or a message', async () => {
    const { socket, server } = await dialed(new Pair(quick))
    const refused = nextEvent(socket, 'reject')
    const first = await server.accept()
    const request = await readHead(first)
    // Who is slow to answer is waited for longer.
    await new Promise((resolve) => setTimeout(resolve, 50))
    accept(first, request)
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
    first.send(hex('88 02 03 e9'))
    expect((await refused).reason).toBe('busy')
    const second = await server.accept()
    accept(second, await readHead(second))
    second.send(hex('82 01 41'))
    expect(String(await socket.recv({ timeout: 5000 }))).toBe('A')
  })

  it('TR-04 that does not come within handshakeTimeout is given up', async () => {
    const { socket, server } = await dialed(new Pair({ ...quick, handshakeTimeout: 50 }))
    const refused = nextEvent(socket, 'reject')
    await server.accept()
    expect((await refused).reason).toBe('handshake-timeout')
  })

  it('WS-07 a Close frame of the listener leads to a new attempt', async () => {
    const { socket, server } = await dialed(new Push(quick))
    const ended = nextEvent(socket, 'detach')
    const peer = await server.accept()
    accept(peer, await readHead(peer))
    await socket.waitForPeers(1)
    peer.send(hex('88 02 03 e9'))
    peer.end()
    expect((await ended).reason).toBe('closed-by-peer')
    await server.accept()
  })
})

describe('a URL factory', () => {
  it('is asked anew at every attempt, and its errors are failed attempts', async () => {
    const [push, pull] = track(new Push(quick), new Pull())
    const { url } = await pull.bind('ws://127.0.0.1:0')
    const retries = recordEvents(push, 'retry')
    let calls = 0
    const dialer = push.connect(async () => {
      calls++
      if (calls === 1) throw new Error('no token')
      if (calls === 2) return 'nonsense'
      return `${url}/?attempt=${calls}`
    })
    await pull.waitForPeers(1)
    expect(retries.map(({ cause }) => cause.code)).toEqual(['EIO', 'EINVAL'])
    expect(pull.peers[0]?.info.ws?.url).toBe('/?attempt=3')
    expect(dialer.url).toBe(`${url}/?attempt=3`)
    const back = nextEvent(pull, 'attach')
    await pull.peers[0]?.close(0)
    expect((await back).pipe.info.ws?.url).toBe('/?attempt=4')
  })
})

it('EP-20 EP-21 WS-29 both pipes show addresses, and the request or its answer', async () => {
  const [a, b] = [new Pair(), new Pair()]
  const { pipes } = await marry(a, b, 'ws://127.0.0.1:0/chat')
  expect(pipes[0].address).toBe(pipes[1].info.local)
  expect(pipes[1].address).toBe(pipes[0].info.local)
  expect(pipes[0].info.ws).toMatchObject({ url: '/chat', headers: { upgrade: 'websocket' } })
  expect(pipes[1].info.ws).toMatchObject({ url: '/chat', headers: { 'sec-websocket-protocol': 'pair.sp.nanomsg.org' } })
})
