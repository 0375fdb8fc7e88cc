/** Mechanisms, between hubless and libzmq: PLAIN and CURVE in both roles, and what becomes of those that are not let in. */
import { Pub, Pull, Push, Rep, Req, Sub } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nextEvent, track } from '../../helpers/sockets.ts'
import { ours, pyzmq, theirs, ZmqPeer } from '../peers/zmq.ts'

const any = 'zmtp+tcp://127.0.0.1:0'
const listen = 'tcp://127.0.0.1:*'

let zmq: ZmqPeer

describe.skipIf(pyzmq.skip)('with libzmq', () => {
  beforeAll(async () => {
    zmq = await ZmqPeer.start()
    await zmq.run('codes = {}\nzap(lambda mechanism, credentials: codes.get(credentials[0], "400"))')
  })
  afterAll(() => zmq[Symbol.asyncDispose]())

  describe('PLAIN', () => {
    const server = async (): Promise<string> =>
      ours(
        await zmq.run(
          `codes[b'ann'] = '200'\ns = sock('REP', plain_server=True, zap_domain=b'x')\nout = bind(s, '${listen}')`
        )
      )

    it('Z-14 a REQ with the right password reaches a REP of libzmq', async () => {
      const req = track(new Req())
      req.connect(await server(), { zmtp: { username: 'ann', password: 'secret' } })
      const reply = req.request('hi', { timeout: 5000 })
      await zmq.run('s.send(s.recv().upper())')
      expect(String(await reply)).toBe('HI')
    })

    it('Z-14 one that the ZAP handler refuses is told 400', async () => {
      const req = track(new Req())
      const refused = nextEvent(req, 'reject')
      req.connect(await server(), { zmtp: { username: 'bob', password: 'guess' } })
      const { reason, error } = await refused
      expect(reason).toBe('unauthorized')
      expect(error.message).toContain('400')
    })

    it('Z-15 a REQ of libzmq reaches a REP whose authorize sees name and password', async () => {
      const rep = track(new Rep())
      const seen: unknown[] = []
      const { url } = await rep.bind(any, {
        zmtp: { mechanism: 'plain' },
        // The password is there by name only.
        authorize: ({ info }) => seen.push({ ...info.zmtp, password: info.zmtp?.password }) > 0
      })
      rep.serve(({ body }) => body)
      await zmq.run(
        `s = sock('REQ', plain_username=b'ann', plain_password=b'pw', identity=b'me')\ns.connect('${theirs(url)}')`
      )
      expect(await zmq.run("s.send(b'hi')\nout = s.recv()")).toBe('hi')
      expect(seen).toEqual([
        {
          version: '3.1',
          mechanism: 'PLAIN',
          socketType: 'REQ',
          identity: Buffer.from('me'),
          username: 'ann',
          password: 'pw'
        }
      ])
    })

    it('Z-15 refusing is an ERROR that the monitor of libzmq shows as FAILED_AUTH', async () => {
      const rep = track(new Rep())
      const { url } = await rep.bind(any, { zmtp: { mechanism: 'plain' }, authorize: () => false })
      const refused = nextEvent(rep, 'reject')
      await zmq.run(
        `s = sock('REQ', plain_username=b'ann', plain_password=b'x')\nseen = monitor(s)\ns.connect('${theirs(url)}')`
      )
      expect((await refused).reason).toBe('unauthorized')
      expect(await zmq.run("out = until(seen, 'HANDSHAKE_FAILED_AUTH')")).toBe(400)
    })
  })

  describe('CURVE', () => {
    const [server, client] = [curveKeyPair(), curveKeyPair()]
    const binding = { zmtp: { mechanism: 'curve', curve: server }, authorize: () => true } as const
    const dialing = { zmtp: { curve: { ...client, serverKey: server.publicKey } } }
    const asClient = `curve_serverkey=${bytes(server.publicKey)}, curve_publickey=${bytes(client.publicKey)}, curve_secretkey=${bytes(client.secretKey)}`
    const asServer = `curve_server=True, curve_secretkey=${bytes(server.secretKey)}, curve_publickey=${bytes(server.publicKey)}`

    function bytes(key: string): string {
      return `${JSON.stringify(key)}.encode()`
    }

    beforeEach(() => zmq.run(`import zmq.utils.z85 as z85\ncodes[z85.decode(${bytes(client.publicKey)})] = '200'`))

    it('Z-17 a REQ of libzmq gets its reply from a REP, which knows its key', async () => {
      const rep = track(new Rep())
      const { url } = await rep.bind(any, binding)
      rep.serve(({ body, pipe }) => `${body} ${pipe.info.zmtp?.publicKey}`)
      await zmq.run(`s = sock('REQ', ${asClient})\ns.connect('${theirs(url)}')`)
      expect(await zmq.run("s.send(b'hi')\nout = s.recv()")).toBe(`hi ${client.publicKey}`)
    })

    it('Z-17 a REQ gets its reply from a REP of libzmq', async () => {
      const url = await zmq.run<string>(`s = sock('REP', ${asServer})\nout = bind(s, '${listen}')`)
      const req = track(new Req())
      req.connect(ours(url), dialing)
      const reply = req.request('hi', { timeout: 5000 })
      await zmq.run('s.send(s.recv().upper())')
      expect(String(await reply)).toBe('HI')
    })

    it('Z-18 a client with another server key is refused, and told that keys do not match', async () => {
      const other = curveKeyPair()
      const url = await zmq.run<string>(`s = sock('REP', ${asServer})\nseen = monitor(s)\nout = bind(s, '${listen}')`)
      const req = track(new Req())
      const refused = nextEvent(req, 'reject')
      req.connect(ours(url), { zmtp: { curve: { ...client, serverKey: other.publicKey } } })
      await refused
      const rep = track(new Rep())
      const { url: own } = await rep.bind(any, binding)
      const refusedHere = nextEvent(rep, 'reject')
      await zmq.run(
        `s = sock('REQ', ${asClient.replace(bytes(server.publicKey), bytes(other.publicKey))})\ns.connect('${theirs(own)}')`
      )
      expect((await refusedHere).error.message).toContain('keys do not match')
    })

    it('Z-19 what a client sends whose key authorize refuses is not delivered', async () => {
      const pull = track(new Pull())
      const { url } = await pull.bind(any, { ...binding, authorize: () => false })
      const refused = nextEvent(pull, 'reject')
      await zmq.run(`s = sock('PUSH', ${asClient})\nseen = monitor(s)\ns.connect('${theirs(url)}')\ns.send(b'secret')`)
      expect((await refused).reason).toBe('unauthorized')
      expect(await zmq.run("out = until(seen, 'HANDSHAKE_FAILED_AUTH')")).toBe(400)
      expect(pull.tryRecv()).toBeUndefined()
      expect(pull.stats().messagesReceived).toBe(0)
    })

    it('Z-21 bodies of every kind of length go both ways', async () => {
      const sizes = [0, 1, 222, 223, 65_536, 1_048_576 - 100]
      const push = track(new Push())
      const pull = track(new Pull())
      const at = await zmq.run<string>(`s = sock('PULL', ${asServer})\nout = bind(s, '${listen}')`)
      push.connect(ours(at), dialing)
      for (const size of sizes) await push.send(Buffer.alloc(size, size))
      expect(
        await zmq.run(`m = [s.recv() for _ in range(${sizes.length})]\nout = [[len(b), sum(b)] for b in m]`)
      ).toEqual(sizes.map((size) => [size, size * (size & 255)]))
      const { url: own } = await pull.bind(any, binding)
      await zmq.run(
        `s = sock('PUSH', ${asClient})\ns.connect('${theirs(own)}')\nfor n in ${JSON.stringify(sizes)}: s.send(bytes([n & 255]) * n)`
      )
      for (const size of sizes) {
        const body = await pull.recv({ timeout: 5000 })
        expect(body.equals(Buffer.alloc(size, size & 255)), `${size} bytes`).toBe(true)
      }
    })

    it('Z-21 subscriptions and PINGs travel encrypted, both ways', async () => {
      const pub = track(new Pub())
      const { url } = await pub.bind(any, {
        ...binding,
        zmtp: { ...binding.zmtp, heartbeat: { interval: 20, timeout: 1000 } }
      })
      await zmq.run(
        `s = sock('SUB', heartbeat_ivl=20, heartbeat_timeout=1000, ${asClient})\ns.subscribe(b'a')\ns.connect('${theirs(url)}')`
      )
      await pub.waitForPeers(1, { timeout: 5000 })
      const got = zmq.run('out = [recv(s)[0], recv(s)[0]]')
      const timer = setInterval(() => {
        pub.trySend('b?')
        pub.trySend('a!')
      }, 10)
      expect(await got).toEqual(['a!', 'a!'])
      clearInterval(timer)
      const at = await zmq.run<string>(`s = sock('XPUB', ${asServer})\nout = bind(s, '${listen}')`)
      const sub = track(new Sub())
      sub.subscribe('a')
      sub.connect(ours(at), { zmtp: { ...dialing.zmtp, heartbeat: { interval: 20, timeout: 1000 } } })
      expect(await zmq.run("out = recv(s)\ntime.sleep(0.1)\ns.send_multipart([b'a', b'1', b'2'])")).toEqual(['\x01a'])
      expect(String(await sub.recv({ timeout: 5000 }))).toBe('a12')
      expect(sub.peers).toHaveLength(1)
    })

    it('Z-24 a NULL peer fails in the greeting, and nothing is downgraded', async () => {
      const rep = track(new Rep())
      const { url } = await rep.bind(any, binding)
      const refused = nextEvent(rep, 'reject')
      await zmq.run(`s = sock('REQ')\nseen = monitor(s)\ns.connect('${theirs(url)}')`)
      const { reason, error } = await refused
      expect(reason).toBe('protocol-mismatch')
      expect(error.message).toMatch(/CURVE.*NULL/)
    })

    it('Z-08 Z-24 a CURVE dialer names both mechanisms when it meets NULL', async () => {
      const url = await zmq.run<string>(`s = sock('REP')\nseen = monitor(s)\nout = bind(s, '${listen}')`)
      const req = track(new Req())
      const refused = nextEvent(req, 'reject', { where: ({ reason }) => reason === 'protocol-mismatch' })
      req.connect(ours(url), { ...dialing, reconnectIntervalMax: 0 })
      expect((await refused).error.message).toMatch(/CURVE.*NULL/)
      expect(await zmq.run("out = until(seen, 'HANDSHAKE_FAILED_PROTOCOL')")).toBe(0x11000002)
    })
  })
})
