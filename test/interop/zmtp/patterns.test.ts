/** Every pattern that both families have, between hubless and libzmq, in both directions of dialing. */
import { Pair, Pub, Pull, Push, Rep, Req, type Socket, Sub } from 'hubless'
import 'hubless/zmtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, nextEvent, tempPath, track } from '../../helpers/sockets.ts'
import { ours, pyzmq, theirs, ZmqPeer } from '../peers/zmq.ts'

let zmq: ZmqPeer

const urls = { tcp: () => 'tcp://127.0.0.1:0', ipc: () => `ipc://${tempPath()}` }

describe.skipIf(pyzmq.skip)('with libzmq', () => {
  beforeAll(async () => {
    zmq = await ZmqPeer.start()
  })
  afterAll(() => zmq[Symbol.asyncDispose]())

  /** Connects a socket called `s` in Python, or binds it, and waits until both have met. */
  async function meet(
    socket: Socket,
    binds: 'hubless' | 'libzmq',
    kind: string,
    scheme: 'tcp' | 'ipc',
    more = ''
  ): Promise<void> {
    track(socket)
    const attached = nextEvent(socket, 'attach')
    if (binds === 'hubless') {
      const { url } = await socket.bind(ours(urls[scheme]()))
      await zmq.run(`s = sock('${kind}')\ns.connect('${theirs(url)}')\n${more}`)
    } else {
      const at = scheme === 'tcp' ? 'tcp://127.0.0.1:*' : urls.ipc()
      const url = await zmq.run<string>(`s = sock('${kind}')\nout = bind(s, '${at}')\n${more}`)
      socket.connect(ours(url))
    }
    await attached
  }

  const cases = (['hubless', 'libzmq'] as const).flatMap((binds) =>
    (['tcp', 'ipc'] as const).map((scheme) => ({ binds, scheme }))
  )

  describe.each(cases)('over $scheme, bound by $binds,', ({ binds, scheme }) => {
    it('Z-32 Z-61 PAIR echoes 10,000 messages in order', async () => {
      const pair = new Pair()
      await meet(pair, binds, 'PAIR', scheme)
      const echoed = zmq.run('for i in range(10000): s.send(s.recv())')
      const received = (async () => {
        for (let i = 0; i < 10_000; i++) expect(String(await pair.recv({ timeout: 5000 }))).toBe(`message ${i}`)
      })()
      for (let i = 0; i < 10_000; i++) await pair.send(`message ${i}`)
      await Promise.all([echoed, received])
    })

    it('Z-25 Z-61 bodies of every kind of length go both ways through PUSH and PULL', async () => {
      const sizes = [0, 1, 255, 256, 65_535, 65_536, 1_000_000]
      const push = new Push()
      await meet(push, binds, 'PULL', scheme)
      for (const size of sizes) await push.send(Buffer.alloc(size, size))
      const got = await zmq.run<number[][]>(
        `m = [s.recv() for _ in range(${sizes.length})]\nout = [[len(b), sum(b)] for b in m]`
      )
      expect(got).toEqual(sizes.map((size) => [size, size * (size & 255)]))
      const pull = new Pull()
      await meet(pull, binds, 'PUSH', scheme)
      await zmq.run(`for n in ${JSON.stringify(sizes)}: s.send(bytes([n & 255]) * n)`)
      for (const size of sizes) {
        const body = await pull.recv({ timeout: 5000 })
        expect(body.equals(Buffer.alloc(size, size & 255)), `${size} bytes`).toBe(true)
      }
    })

    it('Z-25 a body of 64 MiB goes both ways', async () => {
      const size = 64 * 1048576
      const rep = new Rep({ recvMaxSize: size, sendBuffer: size })
      rep.serve(({ body }) => body.reverse())
      await meet(rep, binds, 'REQ', scheme)
      const code = `b = bytes(range(256)) * ${size / 256}\ns.send(b)\nout = s.recv() == b[::-1]`
      expect(await zmq.run(code)).toBe(true)
    })

    it('Z-37 Z-61 a REQ of libzmq gets its reply', async () => {
      const rep = new Rep()
      rep.serve(({ body }) => `<${body}>`)
      await meet(rep, binds, 'REQ', scheme)
      expect(await zmq.run("s.send(b'one')\na = s.recv()\ns.send(b'')\nout = [a, s.recv()]")).toEqual(['<one>', '<>'])
    })

    it('Z-38 Z-61 a REQ gets its replies from a REP of libzmq, 64 at once each its own', async () => {
      const req = new Req()
      await meet(req, binds, 'REP', scheme)
      const serving = zmq.run("for i in range(64): s.send(b'<' + s.recv() + b'>')")
      const replies = await Promise.all(Array.from({ length: 64 }, (_, i) => req.request(`r${i}`, { timeout: 5000 })))
      expect(replies.map(String)).toEqual(Array.from({ length: 64 }, (_, i) => `<r${i}>`))
      await serving
    })

    it('Z-49 Z-61 a SUB of libzmq gets its prefixes from a PUB, and no other message leaves', async () => {
      const pub = new Pub()
      await meet(pub, binds, 'SUB', scheme, "s.subscribe(b'a'); s.subscribe(b'bb')")
      await zmq.run('drain(s, 50)')
      await eventually(() => pub.trySend('a?') && pub.stats().messagesSent > 0)
      const before = pub.peers[0]?.stats().messagesSent as number
      for (const body of ['a1', 'b1', 'bb1', 'c1', 'a2']) await pub.send(body)
      const got = await zmq.run<string[][]>("out = [f for f in drain(s) if f != [b'a?']]")
      expect(got).toEqual([['a1'], ['bb1'], ['a2']])
      expect((pub.peers[0]?.stats().messagesSent as number) - before).toBe(3)
      expect(pub.stats().drops).toEqual({})
    })

    it('Z-48 Z-61 a SUB gets from a PUB of libzmq what it subscribed to', async () => {
      const sub = new Sub()
      sub.subscribe('a')
      sub.subscribe('a')
      await meet(sub, binds, 'XPUB', scheme)
      expect(await zmq.run('out = recv(s)')).toEqual(['\x01a'])
      await zmq.run("for m in [b'a1', b'b1', b'a2']: s.send(m)")
      expect(String(await sub.recv({ timeout: 5000 }))).toBe('a1')
      expect(String(await sub.recv({ timeout: 5000 }))).toBe('a2')
      sub.subscribe('b')
      expect(sub.unsubscribe('a')).toBe(true)
      expect(sub.unsubscribe('a')).toBe(true)
      expect(await zmq.run('out = drain(s, 100)')).toEqual([['\x01b'], ['\x00a']])
      expect(sub.stats().drops).toEqual({})
    })
  })
})
