/** Who is let in over TLS, on `tls+tcp://` and on `wss://`, and what both sides hear when somebody is not. */
import { createServer } from 'node:https'
import { connect as connectSecure } from 'node:tls'
import { Pair, Pull, Push, type Socket } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex, listenBytes } from '../../helpers/bytes.ts'
import { authority, localTls, openssl } from '../../helpers/certificates.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

const names = 'DNS:localhost,IP:127.0.0.1'
const quick = { reconnectInterval: 10, reconnectIntervalMax: 10 }

describe.skipIf(openssl.skip).each(['tls+tcp', 'wss'])('%s', (scheme) => {
  const url = `${scheme}://127.0.0.1:0`

  /** A PULL that listens and a PUSH that dials it, with these settings of TLS. */
  async function dial(bind: object, connect: object | undefined, host?: string) {
    const [pull, push] = track(new Pull(), new Push(quick))
    const rejects = [recordEvents(pull, 'reject'), recordEvents(push, 'reject')] as const
    const listener = await pull.bind(url, { tls: bind })
    const target = host === undefined ? listener.url : listener.url.replace('127.0.0.1', host)
    const dialer = push.connect(target, connect && { tls: connect })
    return { pull, push, listener, dialer, rejects }
  }

  /** The listener still takes who is welcome. */
  async function goesOn(pull: Socket, listener: { url: string }, ca: string, own: object = {}) {
    const push = track(new Push())
    push.connect(listener.url, { tls: { ca, ...own } })
    await pull.waitForPeers(1, { timeout: 3000 })
  }

  it('TLS-03 TLS-04 the right authority connects, by name and by address; the pipe tells what was negotiated', async () => {
    const { ca, issue } = authority()
    for (const host of ['127.0.0.1', 'localhost']) {
      const { push, pull } = await dial(issue('hub', names), { ca }, host)
      await push.send('secret')
      expect(String(await pull.recv({ timeout: 3000 }))).toBe('secret')
      const { tls } = push.peers[0]?.info ?? {}
      expect(tls).toMatchObject({ protocol: 'TLSv1.3', authorized: true })
      expect(tls?.certificate).toMatchObject({ subject: { CN: 'hub', O: 'hubless' }, issuer: { CN: 'Test authority' } })
      expect(tls?.certificate?.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1')
    }
  })

  it('TLS-03 an unknown authority is refused on both sides and tried again; ca or verification off makes it pass', async () => {
    const { ca, issue } = authority()
    const { pull, push, listener, dialer, rejects } = await dial(issue('hub', names), { ca: authority().ca })
    await eventually(() => rejects[1].length > 1 && rejects[0].length > 0)
    for (const { reason, error } of rejects[1]) {
      expect(reason).toBe('tls')
      expect(error.message).toMatch(/tls: \{ ca \}/)
    }
    expect(new Set(rejects[0].map(({ reason }) => reason))).toEqual(new Set(['tls']))
    expect(push.peers).toEqual([])
    await dialer.close()
    push.connect(listener.url, { tls: { rejectUnauthorized: false } })
    await Promise.all([pull.waitForPeers(1), push.waitForPeers(1)])
    expect(push.peers[0]?.info.tls?.authorized).toBe(false)
    await goesOn(pull, listener, ca)
  })

  it('TLS-03 TLS-04 a wrong host name is refused; servername overrides it', async () => {
    const { ca, issue } = authority()
    const { pull, push, listener, dialer, rejects } = await dial(issue('hub', 'DNS:hub.example'), { ca })
    await eventually(() => rejects[1].length > 0)
    expect(rejects[1][0]).toMatchObject({ reason: 'tls' })
    expect(rejects[1][0]?.error.message).toMatch(/servername/)
    await dialer.close()
    push.connect(listener.url, { tls: { ca, servername: 'hub.example' } })
    await pull.waitForPeers(1)
  })

  it('TLS-05 mutual TLS refuses a client without certificate or with a foreign one, and shows that of a welcome one', async () => {
    const { ca, issue } = authority()
    const bind = { ...issue('hub', names), ca, requestCert: true }
    const foreign = authority('Foreign').issue('intruder')
    for (const own of [{}, foreign]) {
      const { pull, listener, dialer, rejects } = await dial(bind, { ca, ...own })
      await eventually(() => rejects[0].length > 0 && rejects[1].length > 0)
      expect(rejects[0][0]).toMatchObject({ reason: 'tls', error: { code: 'EPROTO' } })
      expect(rejects[0][0]?.error.message).toMatch(/certificate/)
      expect(pull.peers).toEqual([])
      await dialer.close()
      await goesOn(pull, listener, ca, issue('sensor-7', 'DNS:sensor-7.example'))
      expect(pull.peers[0]?.info.tls).toMatchObject({
        authorized: true,
        certificate: { subject: { CN: 'sensor-7' }, subjectAltName: 'DNS:sensor-7.example' }
      })
    }
  })

  it('authorize decides by certificate; a refusal, a throw and a promise of no are unauthorized', async () => {
    const { ca, issue } = authority()
    const tls = { ...issue('hub', names), ca, requestCert: true }
    const pull = track(new Pull())
    const { url: address } = await pull.bind(url, {
      tls,
      authorize: async ({ info }) => {
        const name = info.tls?.certificate?.subject.CN
        if (name === 'thrower') throw new Error('no idea who that is')
        return name === 'friend'
      }
    })
    for (const name of ['stranger', 'thrower']) {
      const push = track(new Push(quick))
      const refused = nextEvent(pull, 'reject')
      const dialer = push.connect(address, { tls: { ca, ...issue(name) } })
      expect((await refused).reason).toBe('unauthorized')
      expect(pull.peers).toEqual([])
      await dialer.close()
    }
    const push = track(new Push())
    push.connect(address, { tls: { ca, ...issue('friend') } })
    await pull.waitForPeers(1)
  })

  it('TLS-07 TLS below 1.2 is refused, and EINVAL as a setting', async () => {
    const { ca, issue } = authority()
    const tls = issue('hub', names)
    const pull = track(new Pull())
    const { url: address } = await pull.bind(url, { tls })
    const refused = nextEvent(pull, 'reject')
    const old = connectSecure({
      port: Number(new URL(address.replace(scheme, 'http')).port),
      ca,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0'
    })
    old.on('error', () => {})
    expect((await refused).reason).toBe('tls')
    await expect(pull.bind(url, { tls: { ...tls, minVersion: 'TLSv1' } })).rejects.toMatchObject({ code: 'EINVAL' })
    expect(() => new Push().connect(address, { tls: { ca, maxVersion: 'TLSv1.1' } })).toThrow(/EINVAL/)
  })

  it('TLS-02 TLS-06 a bind without certificate and garbled certificates and keys are EINVAL', async () => {
    const { cert, key } = localTls().bind.tls
    const pull = track(new Pull())
    for (const tls of [undefined, {}, { cert }, { cert: 'garbage', key }, { cert, key: 'garbage' }]) {
      await expect(pull.bind(url, { tls })).rejects.toMatchObject({ code: 'EINVAL' })
    }
    expect(() => pull.connect(`${scheme}://localhost:1`, { tls: { cert: 'garbage', key } })).toThrow(/EINVAL/)
    expect(() => pull.connect(`${scheme}://localhost:1`, { tls: () => ({ cert: 'garbage', key }) })).toThrow(/EINVAL/)
    expect(pull.stats().endpoints).toEqual([])
  })

  it('TLS-08 HOST-14 a plain client, an HTTP request and garbage are refused as tls; the listener goes on', async () => {
    const { bind, connect } = localTls()
    const pull = track(new Pull())
    const rejects = recordEvents(pull, 'reject')
    const listener = await pull.bind(url, bind)
    for (const bytes of [
      hex('00 53 50 00 00 50 00 00'),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      hex('ff ff ff ff ff ff')
    ]) {
      const before = rejects.length
      const peer = await connectBytes(listener.url)
      peer.send(bytes)
      await peer.closed
      await eventually(() => rejects.length > before)
    }
    expect(rejects.map(({ reason }) => reason)).toEqual(['tls', 'tls', 'tls'])
    await goesOn(pull, listener, connect.tls.ca)
  })

  it('TLS-08 HOST-14 a TLS client of a plain listener is refused on both sides', async () => {
    const [pull, push] = track(new Pull(), new Push(quick))
    const plain = await pull.bind(scheme === 'wss' ? 'ws://127.0.0.1:0' : 'tcp://127.0.0.1:0')
    const [here, there] = [nextEvent(pull, 'reject'), nextEvent(push, 'reject')]
    push.connect(plain.url.replace(/^\w+/, scheme))
    expect((await there).reason).toBe('tls')
    expect((await there).error.message).toMatch(/does not speak TLS|closed the connection/)
    expect(['malformed-hello', 'websocket']).toContain((await here).reason)
  })

  it('TR-04 a silent client and a silent listener are given up after handshakeTimeout', async () => {
    const pull = track(new Pull())
    const { url: address } = await pull.bind(url, { ...localTls().bind, handshakeTimeout: 60 })
    const refused = nextEvent(pull, 'reject')
    const peer = await connectBytes(address)
    expect((await refused).reason).toBe('handshake-timeout')
    await peer.closed

    const push = track(new Push({ handshakeTimeout: 60 }))
    const server = await listenBytes()
    const given = nextEvent(push, 'reject')
    push.connect(server.url.replace('tcp', scheme))
    expect((await given).reason).toBe('handshake-timeout')
  })

  it('HOST-09 a reset in the middle of the TLS handshake is one refusal', async () => {
    const pull = track(new Pull())
    const rejects = recordEvents(pull, 'reject')
    const { url: address } = await pull.bind(url, localTls().bind)
    const peer = await connectBytes(address)
    peer.send('16 03 01 02 00 01')
    peer.reset()
    await eventually(() => rejects.length > 0)
    expect(rejects.map(({ reason }) => reason)).toEqual(['tls'])
  })

  it('certificates are replaced without a restart, on both sides, and connections stay', async () => {
    const { ca, issue } = authority()
    let server = issue('first', names)
    let client = issue('one')
    const pull = track(new Pull())
    let settings = { ...server, ca, requestCert: true }
    const { url: address } = await pull.bind(url, { tls: () => settings })
    const push = track(new Push(quick))
    let own = { ca, ...client }
    const dialer = push.connect(address, { tls: () => own })
    const first = await dialer.whenConnected({ timeout: 3000 })
    expect(first.info.tls?.certificate?.subject.CN).toBe('first')

    server = issue('second', names)
    client = issue('two')
    settings = { ...server, ca, requestCert: true }
    own = { ca, ...client }
    await push.send('over the old one')
    expect(String(await pull.recv({ timeout: 3000 }))).toBe('over the old one')
    const again = nextEvent(push, 'attach')
    const seen = nextEvent(pull, 'attach')
    await pull.peers[0]?.close(0)
    expect((await again).pipe.info.tls?.certificate?.subject.CN).toBe('second')
    expect((await seen).pipe.info.tls?.certificate?.subject.CN).toBe('two')

    // A mistake in a later one leaves the last good certificate in force.
    settings = { ...server, key: 'garbage', ca, requestCert: true }
    const third = nextEvent(push, 'attach')
    await pull.peers[0]?.close(0)
    expect((await third).pipe.info.tls?.certificate?.subject.CN).toBe('second')
    expect(pull.stats().acceptErrors ?? 0).toBeGreaterThan(0)
  })

  it('TLS-09 recvMaxSize, tcpNoDelay, tcpKeepAlive and close right after send work', async () => {
    const { bind, connect } = localTls()
    const [pull, push] = [new Pull(), new Push()]
    const options = { recvMaxSize: 100, tcpNoDelay: false, tcpKeepAlive: 1000 }
    await marry(pull, push, url, { bind: { ...bind, ...options }, connect: { ...connect, ...options } })
    await push.send(Buffer.alloc(100))
    expect(await pull.recv({ timeout: 3000 })).toHaveLength(100)
    const dropped = nextEvent(pull, 'drop')
    await push.send(Buffer.alloc(101))
    expect(await dropped).toMatchObject({ reason: 'too-big', size: 101, limit: 100 })
    await pull.waitForPeers(1, { timeout: 3000 })
    await push.waitForPeers(1, { timeout: 3000 })
    for (let i = 0; i < 50; i++) await push.send(String(i))
    await push.close()
    for (let i = 0; i < 50; i++) expect(String(await pull.recv({ timeout: 3000 }))).toBe(String(i))
  })
})

it.skipIf(openssl.skip)('TLS-01 TR-07 inside TLS the bytes are those of TCP, and no ALPN is needed', async () => {
  const { bind, connect } = localTls()
  const pair = track(new Pair())
  const { url } = await pair.bind('tls+tcp://127.0.0.1:0', bind)
  const stream = connectSecure({ port: Number(url.split(':').at(-1)), ca: connect.tls.ca, host: '127.0.0.1' })
  const received: Buffer[] = []
  stream.on('data', (chunk: Buffer) => received.push(chunk))
  stream.write(hex('00 53 50 00 00 10 00 00  00 00 00 00 00 00 00 03 41 42 43'))
  expect(String(await pair.recv({ timeout: 3000 }))).toBe('ABC')
  await pair.send('DE')
  const expected = hex('00 53 50 00 00 10 00 00  00 00 00 00 00 00 00 02 44 45')
  await eventually(() => Buffer.concat(received).length >= expected.length)
  expect(Buffer.concat(received)).toEqual(expected)
  stream.destroy()
})

describe.skipIf(openssl.skip)('wss on servers of others', () => {
  it('WS-14 listeners that share a port share one tls option', async () => {
    const { bind, connect } = localTls()
    const [one, two] = track(new Pull(), new Pull())
    const { url } = await one.bind('wss://127.0.0.1:0/one', bind)
    const other = url.replace('/one', '/two')
    await expect(two.bind(other, { tls: { ...bind.tls } })).rejects.toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('one tls option')
    })
    await two.bind(other, bind)
    for (const [socket, address] of [
      [one, url],
      [two, other]
    ] as const) {
      await track(new Push()).connect(address, connect).whenConnected({ timeout: 3000 })
      await socket.waitForPeers(1)
    }
  })

  it('WS-15 an HTTPS server of the application needs no tls option to listen on, and who dials still does', async () => {
    const { bind, connect } = localTls()
    const server = createServer(bind.tls)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const [pull, push] = track(new Pull(), new Push(quick))
    const { url } = await pull.bind('wss://*/sp', { ws: { server } })
    expect(() => push.connect(url, { ws: { server }, tls: { minVersion: 'TLSv1' } })).toThrow(/EINVAL/)
    push.connect(url, connect)
    await push.send('over HTTPS')
    expect(String(await pull.recv({ timeout: 3000 }))).toBe('over HTTPS')
    expect(pull.peers[0]?.info.tls?.protocol).toBe('TLSv1.3')
    server.closeAllConnections()
    server.close()
  })
})
