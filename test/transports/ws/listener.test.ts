/** The listening side of the WebSocket upgrade, from literal requests to what the socket hears. */
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pair, Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { acceptOf, ask, connectFrames, frame, key, readHead, upgradeRequest } from './upgrade.ts'

const any = 'ws://127.0.0.1:0'

async function pair(options = {}) {
  const socket = track(new Pair())
  const listener = await socket.bind(any, options)
  return { socket, url: listener.url, listener, rejects: recordEvents(socket, 'reject') }
}

describe('an upgrade request', () => {
  it('WS-08 is answered at once when it is minimal and has no Origin', async () => {
    const { socket, url } = await pair({ handshakeTimeout: 60_000 })
    const peer = await connectBytes(url)
    peer.send(upgradeRequest())
    expect(await readHead(peer)).toBe(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: pair.sp.nanomsg.org\r\n\r\n`
    )
    await socket.waitForPeers(1)
  })

  it('WS-02 finds the subprotocol in a list and is answered with that one name', async () => {
    const { url } = await pair()
    const peer = await connectBytes(url)
    peer.send(upgradeRequest({ headers: { 'Sec-WebSocket-Protocol': 'chat, pair.sp.nanomsg.org,rep.sp.nanomsg.org' } }))
    expect(await readHead(peer)).toMatch(/\r\nSec-WebSocket-Protocol: pair\.sp\.nanomsg\.org\r\n/)
  })

  it.each([
    ['no subprotocol', undefined],
    ['an unknown subprotocol', 'chat'],
    ['an incompatible subprotocol', 'rep.sp.nanomsg.org'],
    ['the right subprotocol in another case', 'Pair.sp.nanomsg.org']
  ])(
    'WS-02 WS-03 WS-04 %s is refused with 400 and one line, and nothing is written after it',
    async (_title, subprotocol) => {
      const { socket, url, rejects } = await pair()
      const answer = await ask(url, upgradeRequest({ headers: { 'Sec-WebSocket-Protocol': subprotocol } }))
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(answer.split('\r\n\r\n')[1]).toMatch(/^this is pair \(0x10\) for pair \(0x10\); the peer .+\n$/)
      expect(rejects.map(({ reason }) => reason)).toEqual(['protocol-mismatch'])
      expect(socket.peers).toEqual([])
      expect(socket.trySend('nobody')).toBe(false)
    }
  )

  it('WS-09 with another method than GET gets 405 and the listener goes on', async () => {
    const { socket, url, rejects } = await pair()
    expect(await ask(url, upgradeRequest({ line: 'POST / HTTP/1.1' }))).toMatch(/^HTTP\/1\.1 405 /)
    const plain = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody'
    expect(await ask(url, Buffer.from(plain))).toMatch(/^HTTP\/1\.1 405 /)
    await connectFrames(url)
    await socket.waitForPeers(1)
    expect(rejects.map(({ reason }) => reason)).toEqual(['websocket', 'websocket'])
  })

  it('WS-09 a plain GET gets 426', async () => {
    const { url } = await pair()
    const answer = await ask(url, Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n'))
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/)
    expect(answer).toMatch(/\r\nUpgrade: websocket\r\n/)
  })

  it('WS-10 may have the first frame in the same segment', async () => {
    const { socket, url } = await pair()
    const peer = await connectBytes(url)
    peer.send(Buffer.concat([upgradeRequest(), frame(0x82, 'ABC')]))
    expect(String(await socket.recv({ timeout: 2000 }))).toBe('ABC')
  })

  it('WS-11 of 8 KiB is served, one beyond the limit gets 431', async () => {
    const { socket, url, rejects } = await pair()
    await connectFrames(url, { headers: { 'X-Long': 'x'.repeat(8000) } })
    await socket.waitForPeers(1)
    expect(await ask(url, upgradeRequest({ headers: { 'X-Long': 'x'.repeat(20_000) } }))).toMatch(/^HTTP\/1\.1 431 /)
    expect(rejects.map(({ reason }) => reason)).toEqual(['websocket'])
  })

  it('WS-11 may have as many bytes as ws: { maxHeaderSize }', async () => {
    const socket = track(new Pair())
    const rejects = recordEvents(socket, 'reject')
    const { url } = await socket.bind('ws://127.0.0.1:0', { ws: { maxHeaderSize: 1000 } })
    expect(await ask(url, upgradeRequest({ headers: { 'X-Long': 'x'.repeat(1000) } }))).toMatch(/^HTTP\/1\.1 431 /)
    expect(rejects.map(({ reason }) => reason)).toEqual(['websocket'])
    await connectFrames(url, { headers: { 'X-Long': 'x'.repeat(500) } })
    await socket.waitForPeers(1)
    const wide = await track(new Pair()).bind('ws://127.0.0.1:0', { ws: { maxHeaderSize: 40_000 } })
    await connectFrames(wide.url, { headers: { 'X-Long': 'x'.repeat(30_000) } })
  })

  it('WS-12 has its header names in any case and Upgrade among other Connection words', async () => {
    const { url } = await pair()
    const lines = [
      'GET / HTTP/1.1',
      'hOST: localhost',
      'UPGRADE: WebSocket',
      'connection: keep-alive, Upgrade',
      `sec-websocket-KEY: ${key}`,
      'SEC-WEBSOCKET-VERSION: 13',
      'sec-websocket-protocol: pair.sp.nanomsg.org'
    ]
    const peer = await connectBytes(url)
    peer.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
    expect(await readHead(peer)).toMatch(/^HTTP\/1\.1 101 /)
  })

  it.each(['12', '8', 'x', undefined])('WS-12 of version %s is refused, naming 13', async (version) => {
    const { url } = await pair()
    const answer = await ask(url, upgradeRequest({ headers: { 'Sec-WebSocket-Version': version } }))
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/)
  })

  it.each([
    ['without key', { 'Sec-WebSocket-Key': undefined }],
    ['with a short key', { 'Sec-WebSocket-Key': 'abc' }],
    ['without Host', { Host: undefined }],
    ['for another protocol', { Upgrade: 'h2c' }]
  ])('%s is refused with 400', async (_title, headers) => {
    const { url } = await pair()
    expect(await ask(url, upgradeRequest({ headers }))).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('WS-27 offering compression is answered without it', async () => {
    const { url } = await pair()
    const peer = await connectBytes(url)
    peer.send(upgradeRequest({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }))
    const head = await readHead(peer)
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head.toLowerCase()).not.toContain('extensions')
  })

  it('HOST-14 that is no HTTP (an SP hello, a TLS hello) is refused with a reason and an HTTP error', async () => {
    const { socket, url, rejects } = await pair()
    expect(await ask(url, hex('00 53 50 00 00 10 00 00'))).toMatch(/^HTTP\/1\.1 400 /)
    expect(await ask(url, hex('16 03 01 00 05 01 00 00 01 00'))).toMatch(/^HTTP\/1\.1 400 /)
    expect(rejects.map(({ reason }) => reason)).toEqual(['websocket', 'websocket'])
    await connectFrames(url)
    await socket.waitForPeers(1)
  })

  it('TR-04 HOST-04 that does not come within handshakeTimeout, or comes in drops, is given up', async () => {
    const { url, rejects } = await pair({ handshakeTimeout: 60 })
    const peer = await connectBytes(url)
    const [...bytes] = upgradeRequest()
    const drops = setInterval(() => peer.send(Buffer.from(bytes.splice(0, 1))), 10)
    await eventually(() => rejects.length === 1)
    clearInterval(drops)
    expect(rejects[0]?.reason).toBe('handshake-timeout')
    await peer.closed
  })

  it('EP-17 that is taken back before it was sent is a refusal', async () => {
    const { url, rejects } = await pair()
    const peer = await connectBytes(url)
    peer.reset()
    await eventually(() => rejects.length === 1)
    expect(rejects[0]?.reason).toBe('closed')
  })
})

describe('paths', () => {
  it('WS-13 any path is accepted unless one was bound; then only that one, exactly', async () => {
    const free = await pair()
    await connectFrames(free.url, { line: 'GET /any/where?x=1 HTTP/1.1' })
    await free.socket.waitForPeers(1)

    const bound = track(new Pair())
    const { url } = await bound.bind(`${any}/exact`)
    expect(url).toMatch(/\/exact$/)
    for (const path of ['/', '/exact/', '/Exact', '/exac']) {
      expect(await ask(url, upgradeRequest({ line: `GET ${path} HTTP/1.1` }))).toMatch(/^HTTP\/1\.1 404 /)
    }
    await connectFrames(url, { line: 'GET /exact?query=1 HTTP/1.1' })
    await bound.waitForPeers(1)
  })

  it('WS-14 two listeners share a port by path, and closing one keeps the other', async () => {
    const [a, b] = track(new Pull(), new Rep())
    const first = await a.bind(`${any}/a`)
    const second = await b.bind(first.url.replace('/a', '/b'))
    const push = track(new Push())
    const req = track(new Req())
    push.connect(first.url)
    req.connect(second.url)
    void b.serve(({ body }) => body)
    await push.send('to a')
    expect(String(await a.recv({ timeout: 2000 }))).toBe('to a')
    expect(String(await req.request('to b', { timeout: 2000 }))).toBe('to b')
    await first.close()
    expect(await ask(second.url, upgradeRequest({ line: 'GET /a HTTP/1.1' }))).toMatch(/^HTTP\/1\.1 404 /)
    expect(String(await req.request('still', { timeout: 2000 }))).toBe('still')
    await expect(b.bind(second.url)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await second.close()
    await b.bind(second.url)
  })

  it('EINVAL for a path with query, fragment, blank or line break', async () => {
    const socket = track(new Pair())
    for (const path of ['/a?b', '/a#b', '/a b', '/ä']) {
      await expect(socket.bind(any + path)).rejects.toMatchObject({ code: 'EINVAL' })
    }
    await expect(socket.bind('ws://127.0.0.1')).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('HOST-12 a line break in a URL, path or header is EINVAL', async () => {
    const socket = track(new Pair())
    expect(() => socket.connect('ws://h/a\r\nX: y')).toThrow(/EINVAL/)
    expect(() => socket.connect('ws://h/', { ws: { headers: { A: 'b\r\nX: y' } } })).toThrow(/EINVAL/)
    expect(() => socket.connect('ws://h/', { ws: { headers: { 'A\nB': 'c' } } })).toThrow(/EINVAL/)
    expect(() => socket.connect('ws://h/', { ws: { headers: { Upgrade: 'x' } } })).toThrow(/EINVAL/)
    await expect(socket.bind(`${any}/a\nb`)).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('HOST-13 option objects with __proto__ neither pass nor pollute', () => {
    const socket = track(new Pair())
    const hostile = JSON.parse('{"__proto__": {"origins": "*"}}')
    expect(() => socket.connect('ws://h/', { ws: hostile })).toThrow(/EINVAL/)
    expect(() => socket.connect('ws://h/', hostile)).toThrow(/EINVAL/)
    expect(({} as { origins?: unknown }).origins).toBeUndefined()
  })
})

describe('an existing HTTP server', () => {
  it('WS-15 keeps its routes and other upgrade handlers, and stays when the listener closes', async () => {
    const server = createServer((_request, response) => response.end('page'))
    server.on('upgrade', (request, stream) => {
      if (request.url === '/other') stream.end('HTTP/1.1 200 other\r\n\r\n')
    })
    const pull = track(new Pull())
    const early = await pull.bind('ws://*/sp', { ws: { server } })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(early.url).toBe(`ws://127.0.0.1:${port}/sp`)
    const sub = track(new Sub())
    const pub = track(new Pub())
    await pub.bind('ws://*/pub', { ws: { server } })
    sub.subscribe('')
    sub.connect(`ws://127.0.0.1:${port}/pub`)

    const push = track(new Push())
    push.connect(early.url)
    await push.send('over the server')
    expect(String(await pull.recv({ timeout: 2000 }))).toBe('over the server')
    await pub.waitForPeers(1)
    await pub.send('news')
    expect(String(await sub.recv({ timeout: 2000 }))).toBe('news')

    const page = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).on('error', reject)
      })
    expect(await page()).toBe(200)
    expect(await ask(early.url, upgradeRequest({ line: 'GET /other HTTP/1.1' }))).toMatch(/^HTTP\/1\.1 200 other/)
    await early.close()
    await pub.close()
    expect(await page()).toBe(200)
    expect(server.listenerCount('upgrade')).toBe(1)
    server.closeAllConnections()
    server.close()
  })
})

describe('an existing HTTP server whose emit is not its own', () => {
  const open = async (): Promise<Server> => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  /** Puts a function over `emit` that writes down what it hears. */
  const cover = (server: Server): { readonly heard: unknown[]; readonly emit: Server['emit'] } => {
    const heard: unknown[] = []
    const { emit } = server
    const covered = (...args: Parameters<Server['emit']>): boolean => {
      heard.push(args[0])
      return Reflect.apply(emit, server, args) as boolean
    }
    server.emit = covered as Server['emit']
    return { heard, emit: server.emit }
  }

  it('WS-15 has it back as it was when the last listener closes', async () => {
    const server = await open()
    const { emit } = cover(server)
    const { url, listener, socket } = await pair({ ws: { server } })
    expect(server.emit).not.toBe(emit)
    await connectFrames(url)
    await socket.waitForPeers(1)
    await listener.close()
    expect(server.emit).toBe(emit)
    server.closeAllConnections()
    server.close()
  })

  it('WS-15 keeps what was put over ours, which then takes nothing any more', async () => {
    const server = await open()
    const { url, listener } = await pair({ ws: { server } })
    const { emit, heard } = cover(server)
    await listener.close()
    expect(server.emit).toBe(emit)
    server.on('upgrade', (_request, stream) => stream.end('HTTP/1.1 200 theirs\r\n\r\n'))
    expect(await ask(url, upgradeRequest())).toMatch(/^HTTP\/1\.1 200 theirs/)
    expect(heard).toContain('upgrade')
    server.closeAllConnections()
    server.close()
  })

  it('WS-13 answers upgrades of unknown paths with 404 where nobody else does', async () => {
    const server = await open()
    const socket = track(new Pair())
    const { url } = await socket.bind('ws://*/sp', { ws: { server } })
    expect(await ask(url, upgradeRequest({ line: 'GET /none HTTP/1.1' }))).toMatch(/^HTTP\/1\.1 404 /)
    await connectFrames(url, { line: 'GET /sp HTTP/1.1' })
    await socket.waitForPeers(1)
    server.closeAllConnections()
    server.close()
  })
})

describe('Origin', () => {
  const hosts = ['app.example.com']
  const from = (origin: string, host = 'app.example.com:8080') =>
    upgradeRequest({ headers: { Origin: origin, Host: host } })

  it('WS-28 of another host name is refused with 403 and a reject event, of the same one it passes', async () => {
    const { socket, url, rejects } = await pair({ ws: { hosts } })
    for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
      expect(await ask(url, from(origin))).toMatch(/^HTTP\/1\.1 403 /)
    }
    expect(rejects.map(({ reason }) => reason)).toEqual(['unauthorized', 'unauthorized', 'unauthorized'])
    const peer = await connectBytes(url)
    peer.send(from('https://app.example.com'))
    await socket.waitForPeers(1)
  })

  it.each([
    ["'*'", '*', true],
    ['a list with the origin', ['https://evil.example'], true],
    ['a list with the host name', ['evil.example'], true],
    ['a list without it', ['http://evil.example', 'app.example.com'], false],
    ['a function that says yes', (origin: string) => origin === 'https://evil.example', true],
    [
      'a function that throws',
      () => {
        throw new Error('no')
      },
      false
    ]
  ] as const)('WS-28 follows %s', async (_title, origins, passes) => {
    const { url } = await pair({ ws: { origins, hosts } })
    const peer = await connectBytes(url)
    peer.send(from('https://evil.example'))
    expect(await readHead(peer)).toMatch(passes ? /^HTTP\/1\.1 101 / : /^HTTP\/1\.1 403 /)
  })

  it.each([
    ['file://', ['file://']],
    ['null', ['null']],
    ['https://app.example.com', ['https://app.example.com/']],
    ['capacitor://localhost', ['capacitor://localhost']]
  ])('WS-28 %s passes where it is listed', async (origin, origins) => {
    const { url } = await pair({ ws: { origins, hosts } })
    const peer = await connectBytes(url)
    peer.send(from(origin))
    expect(await readHead(peer)).toMatch(/^HTTP\/1\.1 101 /)
  })
})

describe('Host', () => {
  const asking = (host: string, origin?: string) => upgradeRequest({ headers: { Host: host, Origin: origin } })
  const accepted = async (url: string, request: Buffer): Promise<boolean> => {
    const peer = await connectBytes(url)
    peer.send(request)
    const head = await readHead(peer)
    peer.destroy()
    return head.startsWith('HTTP/1.1 101 ')
  }

  it.each(['localhost', 'LOCALHOST:8080', 'app.localhost:1', '127.0.0.1', '127.8.9.1:80', '[::1]:5555'])(
    'HOST-22 %s may be asked for over loopback',
    async (host) => {
      const { url } = await pair()
      expect(await accepted(url, asking(host))).toBe(true)
    }
  )

  it.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '10.0.0.1',
    '127.0.0.1.evil.example',
    '[::2]',
    ''
  ])(
    'HOST-22 %j may not be asked for over loopback, even where the Origin agrees and origins allow all',
    async (host) => {
      for (const options of [{}, { ws: { origins: '*' as const } }]) {
        const { url, rejects } = await pair(options)
        expect(await ask(url, asking(host, `http://${host}`))).toMatch(/^HTTP\/1\.1 403 /)
        expect(await ask(url, asking(host))).toMatch(/^HTTP\/1\.1 403 /)
        expect(rejects.map(({ reason }) => reason)).toEqual(['unauthorized', 'unauthorized'])
      }
    }
  )

  it('HOST-22 hosts lists others, and loopback stays', async () => {
    const hosts = ['App.example.com', '10.0.0.1', 'fd00::1']
    for (const host of ['app.example.com:8080', '10.0.0.1', '[fd00::1]:80', 'localhost']) {
      const { url } = await pair({ ws: { hosts } })
      expect(await accepted(url, asking(host)), host).toBe(true)
    }
    const { url } = await pair({ ws: { hosts } })
    expect(await ask(url, asking('other.example.com'))).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('HOST-22 holds on a server of the application too', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { url } = await pair({ ws: { server } })
    expect(await ask(url, asking('evil.example', 'http://evil.example'))).toMatch(/^HTTP\/1\.1 403 /)
    expect(await accepted(url, asking('localhost'))).toBe(true)
    server.closeAllConnections()
    server.close()
  })
})

describe('strangers', () => {
  it('HOST-21 read fixed words, and the event has what authorize or origins threw', async () => {
    const secret = 'postgres://app:secret@10.1.2.3/users'
    const fail = (): never => {
      throw new Error(secret)
    }
    for (const options of [{ authorize: fail }, { ws: { origins: fail } }]) {
      const { url, rejects } = await pair(options)
      const answer = await ask(url, upgradeRequest({ headers: { Origin: 'http://localhost' } }))
      expect(answer).toMatch(/^HTTP\/1\.1 403 /)
      expect(answer).not.toContain('secret')
      expect(String(rejects[0]?.error.cause)).toContain(secret)
    }
  })

  it('HOST-23 get one answer to requests in one write, and are counted once', async () => {
    for (const request of ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /none HTTP/1.1\r\n\r\n']) {
      const { url, rejects, listener } = await pair()
      const answer = await ask(url, Buffer.from(request.repeat(5000)))
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
      expect(rejects).toHaveLength(1)
      expect(listener.state).toBe('listening')
    }
  })

  it('keep no more than a bounded number of headers; more are refused with 431', async () => {
    const { socket, url } = await pair()
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, 'x']))
    expect(await ask(url, upgradeRequest({ headers: many(1200) }))).toMatch(/^HTTP\/1\.1 431 /)
    await connectFrames(url, { headers: many(90) })
    await socket.waitForPeers(1)
    const headers = socket.peers[0]?.info.ws?.headers ?? {}
    expect(Object.keys(headers)).toHaveLength(96)
    expect(Object.isFrozen(headers)).toBe(true)
  })

  it.each([
    ['HTTP/1.0', 'GET / HTTP/1.0', 400],
    ['HTTP/2.0', 'GET / HTTP/2.0', 400],
    ['no version', 'GET /', 400],
    ['two Host headers', 'GET / HTTP/1.1\r\nHost: localhost', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nA: b\r\n c', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\n: b', 400]
  ])('that ask with %s are refused', async (_title, line, status) => {
    const { url } = await pair()
    expect(await ask(url, upgradeRequest({ line }))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  it('WS-13 that ask for an empty path, as nng does, are served', async () => {
    const { socket, url } = await pair()
    await connectFrames(url, { line: 'GET  HTTP/1.1' })
    await socket.waitForPeers(1)
    expect(socket.peers[0]?.info.ws?.url).toBe('/')
  })
})

describe('a ws server of the application on the same HTTP server', () => {
  it.each(['first', 'second'])('WS-15 serves its path and we serve ours when it comes %s', async (order) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const own = (): WebSocketServer => new WebSocketServer({ server, path: '/own' })
    const early = order === 'first' ? own() : undefined
    const { socket, url, listener } = await pair({ ws: { server } })
    await listener.close()
    const bound = await socket.bind('ws://*/sp', { ws: { server } })
    const application = early ?? own()
    const heard = new Promise((resolve) => application.once('connection', resolve))
    await connectFrames(bound.url, { line: 'GET /sp HTTP/1.1' })
    await socket.waitForPeers(1)
    await connectFrames(url, { line: 'GET /own HTTP/1.1' })
    await heard
    await socket.close()
    expect(Object.hasOwn(server, 'emit')).toBe(false)
    application.close()
    server.closeAllConnections()
    server.close()
  })
})

describe('binding while the last listener of the port closes', () => {
  it('EP-13 waits for nothing and listens', async () => {
    const [a, b] = track(new Pull(), new Pull())
    const first = await a.bind(`${any}/a`)
    const second = b.bind(first.url.replace('/a', '/b'))
    await first.close()
    const { url } = await second
    await track(new Push()).connect(url).whenConnected({ timeout: 3000 })
  })
})

describe('peers', () => {
  it('WS-29 show the URL and headers of their request, and can be refused by authorize with 403', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any, { authorize: ({ info }) => info.ws?.headers['x-token'] === 'good' })
    const push = track(new Push({ reconnectInterval: 5 }))
    const refused = nextEvent(push, 'reject')
    const bad = push.connect(`${url}/in?a=1`, { ws: { headers: { 'X-Token': 'bad' } } })
    expect((await refused).reason).toBe('unauthorized')
    expect((await refused).error.message).toContain('403')
    await bad.close()
    push.connect(`${url}/in?a=1`, { ws: { headers: { 'X-Token': 'good' } } })
    await pull.waitForPeers(1)
    expect(pull.peers[0]?.info.ws).toMatchObject({ url: '/in?a=1', headers: { 'x-token': 'good' } })
  })

  it('PAIR-02 a second one is refused with busy on both sides', async () => {
    const [a, b, c] = track(new Pair(), new Pair(), new Pair())
    const { listener } = await marry(a, b, any)
    const [here, there] = [nextEvent(a, 'reject'), nextEvent(c, 'reject')]
    c.connect(listener.url)
    expect([(await here).reason, (await there).reason]).toEqual(['busy', 'busy'])
  })
})
