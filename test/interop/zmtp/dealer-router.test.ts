/** Dealer and Router with those of libzmq, and with each other. */
import { Pull, Rep } from 'hubless'
import { Dealer, Router } from 'hubless/zmtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { ours, pyzmq, theirs, ZmqPeer } from '../peers/zmq.ts'

const any = 'zmtp+tcp://127.0.0.1:0'
const listen = 'tcp://127.0.0.1:*'
const soon = { timeout: 5000 }
const texts = (frames: readonly Uint8Array[]): string[] => frames.map(String)

describe.skipIf(pyzmq.skip)('with libzmq', () => {
  let zmq: ZmqPeer
  beforeAll(async () => {
    zmq = await ZmqPeer.start()
  })
  afterAll(() => zmq[Symbol.asyncDispose]())

  it('Z-71 a Dealer talks frames with a ROUTER, which knows it by its identity', async () => {
    const url = await zmq.run<string>(`s = sock('ROUTER')\nout = bind(s, '${listen}')`)
    const dealer = track(new Dealer())
    dealer.connect(ours(url), { zmtp: { identity: 'me' } })
    await dealer.send(['one', '', 'x'.repeat(300)])
    await dealer.send('lone')
    expect(await zmq.run('out = [s.recv_multipart(), s.recv_multipart()]')).toEqual([
      ['me', 'one', '', 'x'.repeat(300)],
      ['me', 'lone']
    ])
    await zmq.run("s.send_multipart([b'me', b'', b'a' * 70000, b'b'])\ns.send_multipart([b'me', b'alone'])")
    expect(texts(await dealer.recv(soon))).toEqual(['', 'a'.repeat(70_000), 'b'])
    expect(texts(await dealer.recv(soon))).toEqual(['alone'])
  })

  it('Z-71 a Router answers a DEALER and a REQ by name, and says of others that they cannot be reached', async () => {
    const router = track(new Router())
    const { url } = await router.bind(any)
    await zmq.run(`d = sock('DEALER', identity=b'dee')\nd.connect('${theirs(url)}')\nd.send_multipart([b'1', b'2'])`)
    const [peer, ...frames] = await router.recv(soon)
    expect([String(peer), ...texts(frames)]).toEqual(['dee', '1', '2'])
    await zmq.run(`r = sock('REQ')\nr.connect('${theirs(url)}')\nr.send(b'hi')`)
    const [anonymous, delimiter, body] = (await router.recv(soon)) as [Buffer, Buffer, Buffer]
    expect([anonymous[0], anonymous.length, delimiter.length, String(body)]).toEqual([0, 5, 0, 'hi'])
    await router.send([anonymous, '', 'ho'])
    await router.send(['dee', 'a', 'b'])
    expect(await zmq.run('out = [r.recv_multipart(), d.recv_multipart()]')).toEqual([['ho'], ['a', 'b']])
    await expect(router.send(['nobody', 'x'])).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(() => router.trySend(['nobody', 'x'])).toThrow(/first frame is the name/)
  })

  it('Z-71 a peer that comes back under its name takes the place of its old connection', async () => {
    const router = track(new Router())
    const { url } = await router.bind(any)
    await zmq.run(`a = sock('DEALER', identity=b'dee')\na.connect('${theirs(url)}')\na.send(b'a')`)
    await router.recv(soon)
    const left = nextEvent(router, 'detach')
    await zmq.run(`b = sock('DEALER', identity=b'dee', reconnect_ivl=-1)\nb.connect('${theirs(url)}')\nb.send(b'b')`)
    await router.recv(soon)
    await left
    await router.send(['dee', 'to b'])
    expect(await zmq.run('out = recv(b)')).toEqual(['to b'])
  })
})

it('Z-71 Dealer and Router exchange frames, and a Dealer reaches a Rep with an empty frame first', async () => {
  const [router, dealer] = [new Router(), new Dealer()]
  await marry(router, dealer, any)
  await dealer.send(['a', 'b'])
  const [peer, ...frames] = (await router.recv(soon)) as [Buffer, ...Buffer[]]
  await router.send([peer, ...frames.reverse()])
  expect(texts(await dealer.recv(soon))).toEqual(['b', 'a'])
  const rep = new Rep()
  rep.serve(({ body }) => `<${body}>`)
  const asking = new Dealer()
  await marry(rep, asking, any)
  await asking.send(['tag', '', 'hi'])
  expect(texts(await asking.recv(soon))).toEqual(['tag', '', '<hi>'])
})

it.each([
  ['Dealer', () => new Dealer(), () => new Router(), ['', 'hi']],
  ['Router', () => new Router(), () => new Dealer(), ['hi']]
] as const)('Z-71 STAT-13 a %s that closes counts what nobody received', async (_name, open, opposite, frames) => {
  const [a, b] = [open(), opposite()]
  await marry(a, b, any, { bind: { zmtp: { identity: 'a' } } })
  const named = b instanceof Router ? ['a', ...frames] : [...frames]
  for (let i = 0; i < 3; i++) await b.send(named)
  await eventually(() => a.stats().pipes[0]?.messagesReceived === 3)
  const drops = recordEvents(a, 'drop')
  await a.close()
  expect(drops).toEqual([expect.objectContaining({ reason: 'closed', count: 3 })])
})

it('Z-71 go over schemes of ZeroMQ only', async () => {
  const dealer = track(new Dealer())
  await expect(dealer.bind('tcp://127.0.0.1:0')).rejects.toMatchObject({ code: 'ENOTSUP' })
  expect(() => dealer.connect('inproc://x')).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
  const retried = nextEvent(dealer, 'retry')
  dealer.connect(() => 'tcp://127.0.0.1:1')
  expect((await retried).cause.message).toContain('zmtp+tcp')
  await expect(dealer.send([])).rejects.toMatchObject({ code: 'EINVAL' })
})

it('Z-71 take each other only', async () => {
  const router = track(new Router())
  const { url } = await router.bind(any)
  const refused = nextEvent(router, 'reject')
  track(new Pull()).connect(url)
  expect((await refused).error.message).toContain('ROUTER talks to REQ and DEALER and ROUTER; the peer is PULL')
})
