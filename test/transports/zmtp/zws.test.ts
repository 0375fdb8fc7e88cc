/** ZeroMQ over WebSocket, between two of hubless: every mechanism, with heartbeats, and the patterns that say more than bodies. */
import { type EndpointOptions, Pair, Pub, Rep, Req, Sub } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { connectFrames, frame } from '../ws/upgrade.ts'

const any = 'zmtp+ws://127.0.0.1:0'
const soon = { timeout: 5000 }
const [server, client] = [curveKeyPair(), curveKeyPair()]
const heartbeat = { interval: 20, timeout: 1000 }

const mechanisms: readonly (readonly [string, EndpointOptions, EndpointOptions])[] = [
  ['NULL', { zmtp: { heartbeat } }, { zmtp: { heartbeat } }],
  [
    'PLAIN',
    { zmtp: { mechanism: 'plain', heartbeat }, authorize: ({ info }) => info.zmtp?.password === 'pw' },
    { zmtp: { username: 'ann', password: 'pw', heartbeat } }
  ],
  [
    'CURVE',
    { zmtp: { curve: server, heartbeat }, authorize: ({ info }) => info.zmtp?.publicKey === client.publicKey },
    { zmtp: { curve: { ...client, serverKey: server.publicKey }, heartbeat } }
  ]
]

describe.each(mechanisms)('%s over WebSocket', (_name, bind, connect) => {
  it('carries bodies of every kind of length both ways, while both ask for signs of life', async () => {
    const [a, b] = [new Pair(), new Pair()]
    const gone = [recordEvents(a, 'detach'), recordEvents(b, 'detach')]
    await marry(a, b, any, { bind, connect })
    const began = performance.now()
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
      await a.send(Buffer.alloc(size, 1))
      await b.send(await b.recv(soon))
      expect((await a.recv(soon)).length).toBe(size)
    }
    await eventually(() => performance.now() - began > 100)
    expect(gone).toEqual([[], []])
  })

  it('takes no message that is larger than allowed, and says how large it was', async () => {
    const [a, b] = [new Pair({ recvMaxSize: 1000 }), new Pair()]
    await marry(a, b, any, { bind, connect })
    const dropped = nextEvent(a, 'drop')
    const ended = nextEvent(a, 'detach')
    await b.send(Buffer.alloc(1001))
    expect(await dropped).toMatchObject({ reason: 'too-big', limit: 1000 })
    expect((await ended).reason).toBe('too-big')
  })
})

it('a REQ without ids has one request a connection under way, and each gets its own reply', async () => {
  const [rep, req] = [new Rep(), new Req()]
  void rep.serve(async ({ body }) => `<${body}>`)
  await marry(rep, req, any, { connect: { zmtp: { requestId: false } } })
  const replies = await Promise.all(['a', 'b', 'c'].map((body) => req.request(body, soon)))
  expect(replies.map(String)).toEqual(['<a>', '<b>', '<c>'])
})

it('a SUB is sent what it asked for, and no more once it took that back', async () => {
  const [pub, sub] = [new Pub(), new Sub()]
  sub.subscribe('a/')
  await marry(pub, sub, any)
  while (sub.tryRecv() === undefined) await pub.send('a/1')
  await pub.send('b/1')
  await pub.send('a/2')
  let last = ''
  while (last !== 'a/2') last = String(await sub.recv(soon))
  sub.unsubscribe('a/')
  sub.subscribe('c/')
  while (!String(sub.tryRecv() ?? '').startsWith('c/')) await pub.send('c/1')
})

it('a second PAIR is hung up on, and joins when the first is gone', async () => {
  const [pair, first, second] = track(new Pair(), new Pair(), new Pair({ reconnectInterval: 5 }))
  const { url } = await pair.bind(any)
  await first.connect(url).whenConnected(soon)
  await pair.waitForPeers(1)
  const refused = nextEvent(pair, 'reject')
  second.connect(url)
  expect((await refused).reason).toBe('busy')
  await first.close()
  await second.waitForPeers(1, soon)
})

describe('a peer that speaks out of turn over WebSocket', () => {
  it.each([
    ['ZWS2.0/NULL', [0, 65], 'a message before the handshake was done'],
    ['ZWS2.0', [2, 5, 82, 69, 65, 68, 89], 'a command where an identity must come']
  ])('in %s is refused', async (subprotocol, bytes, why) => {
    const pair = track(new Pair())
    const { url } = await pair.bind(any)
    const refused = nextEvent(pair, 'reject')
    const peer = await connectFrames(url.replace('zmtp+', ''), { headers: { 'Sec-WebSocket-Protocol': subprotocol } })
    peer.send(frame(0x82, Buffer.from(bytes)))
    const { reason, error } = await refused
    expect([reason, error.message]).toEqual(['malformed-hello', expect.stringContaining(why)])
    await peer.closed
  })
})
