/**
 * Hubless and both C libraries on one socket at a time: a hubless socket bound on every transport, with peers of all
 * three, and a mesh of all three.
 */
import { Bus, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { peerBody } from './peers/body.ts'
import { libraries, ownUrl, requirePeers, startPeer, theirUrl, transportNames } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

const timeout = 5000

/** Binds a socket on every transport. Returns where the n-th peer connects: each to another transport than the last. */
async function bindEverywhere(socket: Socket): Promise<(n: number) => string> {
  const urls: string[] = []
  for (const transport of transportNames) urls.push((await socket.bind(ownUrl(transport))).url)
  return (n) => urls[n % urls.length] ?? ''
}

/** The texts that a peer with `--show` has printed. */
function textsOf(peer: PeerProcess): string[] {
  return peer.lines.filter((line) => line.startsWith('msg ')).map((line) => line.split(' ').slice(4).join(' '))
}

describe('hubless, nanomsg and nng together', () => {
  requirePeers(...libraries)

  it('TR-20 COM-07 BUS-01 a BUS mesh: each node gets the messages of the three others and not its own', async () => {
    await using a = new Bus()
    await using b = new Bus()
    const atA = await bindEverywhere(a)
    const atB = await bindEverywhere(b)
    b.connect(atA(0))
    const nanomsgUrl = await theirUrl('tcp')
    const args = ['--show', '--peers', 3, '--connect', atA(1), '--connect', atB(0)]
    await using nanomsg = startPeer('nanomsg', 'bus', ...args, '--text', 'from nanomsg', '--bind', nanomsgUrl)
    await nanomsg.line('ready')
    await using nng = startPeer('nng', 'bus', ...args, '--text', 'from nng', '--connect', nanomsgUrl)
    for (const node of [a, b]) await node.waitForPeers(3, { timeout })
    await a.send('from a')
    await b.send('from b')
    const texts = { a: 'from a', b: 'from b', nanomsg: 'from nanomsg', nng: 'from nng' }
    const others = (own: keyof typeof texts): string[] => Object.values(texts).filter((text) => text !== texts[own])
    for (const [own, node] of [
      ['a', a],
      ['b', b]
    ] as const) {
      const received: string[] = []
      while (received.length < 3) received.push(`${await node.recv({ timeout })}`)
      expect(received.sort()).toEqual(others(own))
      expect(node.tryRecv()).toBeUndefined()
    }
    for (const [own, node] of [
      ['nanomsg', nanomsg],
      ['nng', nng]
    ] as const) {
      await node.line('msg 2 ')
      expect(textsOf(node).sort()).toEqual(others(own))
    }
  })

  it('TR-20 SUR-01 a survey: the answers of all three, then ETIMEDOUT once at the deadline, then EFSM', async () => {
    await using surveyor = new Surveyor({ deadline: 500 })
    const at = await bindEverywhere(surveyor)
    await using respondent = new Respondent()
    void respondent.serve(() => 'hubless')
    respondent.connect(at(0))
    await using _nanomsg = startPeer('nanomsg', 'respondent', '--text', 'nanomsg', '--connect', at(1))
    await using _nng = startPeer('nng', 'respondent', '--text', 'nng', '--connect', at(0))
    await using _mute = startPeer('nng', 'respondent', '--mute', '--connect', at(1))
    await surveyor.waitForPeers(4, { timeout })
    const began = performance.now()
    await surveyor.send('who?')
    const answers: string[] = []
    for (let i = 0; i < 3; i++) answers.push(`${await surveyor.recv()}`)
    expect(answers.sort()).toEqual(['hubless', 'nanomsg', 'nng'])
    await expect(surveyor.recv()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(performance.now() - began).toBeGreaterThanOrEqual(498)
    await expect(surveyor.recv()).rejects.toMatchObject({ code: 'EFSM' })
  })

  it.each(libraries)('TR-20 RES-03 a survey of %s: the answers of all three', async (library) => {
    await using respondent = new Respondent()
    void respondent.serve(() => 'hubless')
    const own = await respondent.bind(ownUrl('ipc'))
    const urls = [await theirUrl('tcp'), await theirUrl('ipc')]
    await using _nanomsg = startPeer('nanomsg', 'respondent', '--text', 'nanomsg', '--bind', urls[0] ?? '')
    await using _nng = startPeer('nng', 'respondent', '--text', 'nng', '--bind', urls[1] ?? '')
    const to = [own.url, ...urls].flatMap((url) => ['--connect', url])
    const args = ['--text', 'who?', '--peers', 3, '--answers', 3, '--deadline', timeout, '--show']
    await using surveyor = startPeer(library, 'surveyor', ...to, ...args)
    await surveyor.line('end')
    const answers = surveyor.lines.filter((line) => line.startsWith('answer')).map((line) => line.split(' ')[4])
    expect(answers.sort()).toEqual(['hubless', 'nanomsg', 'nng'])
  })

  it('TR-20 PIPE-01 a PUSH hands one message to each PULL in turn', async () => {
    await using push = new Push()
    const at = await bindEverywhere(push)
    await using pull = new Pull()
    await pull.connect(at(0)).whenConnected({ timeout })
    await push.waitForPeers(1, { timeout })
    await using nanomsg = startPeer('nanomsg', 'pull', '--show', '--connect', at(1))
    await push.waitForPeers(2, { timeout })
    await using nng = startPeer('nng', 'pull', '--show', '--connect', at(0))
    await push.waitForPeers(3, { timeout })
    for (let n = 0; n < 30; n++) await push.send(`${n}`)
    const inTurn = (first: number): string[] => Array.from({ length: 10 }, (_, i) => `${first + 3 * i}`)
    const received: string[] = []
    while (received.length < 10) received.push(`${await pull.recv({ timeout })}`)
    expect(received).toEqual(inTurn(0))
    await Promise.all([nanomsg.line('msg 9 '), nng.line('msg 9 ')])
    expect(textsOf(nanomsg)).toEqual(inTurn(1))
    expect(textsOf(nng)).toEqual(inTurn(2))
  })

  it('TR-20 PIPE-04 a PULL gets everything from three PUSHes, in order for each', async () => {
    await using pull = new Pull()
    const at = await bindEverywhere(pull)
    // the size says who sent it
    await using _nanomsg = startPeer('nanomsg', 'push', '--count', 200, '--size', 11, '--connect', at(0))
    await using _nng = startPeer('nng', 'push', '--count', 200, '--size', 12, '--connect', at(1))
    await using push = new Push()
    push.connect(at(0))
    const own = (async () => {
      for (let n = 0; n < 200; n++) await push.send(peerBody(n, 13))
    })()
    const received = new Map<number, Buffer[]>([11, 12, 13].map((size) => [size, []]))
    for (let n = 0; n < 600; n++) {
      const body = await pull.recv({ timeout })
      received.get(body.length)?.push(body)
    }
    await own
    for (const [size, bodies] of received)
      expect(bodies).toEqual(Array.from({ length: 200 }, (_, n) => peerBody(n, size)))
  })

  it('TR-20 PS-01 PS-04 each SUB gets what it subscribed to, and a bound SUB the messages of all PUBs', async () => {
    await using pub = new Pub()
    const at = await bindEverywhere(pub)
    await using nanomsg = startPeer('nanomsg', 'sub', '--topic', 'AB', '--show', '--connect', at(0))
    await using nng = startPeer('nng', 'sub', '--topic', 'ABC', '--topic', 'x', '--show', '--connect', at(1))
    await using sub = new Sub()
    sub.subscribe('')
    sub.connect(at(1))
    await pub.waitForPeers(3, { timeout })
    for (const text of ['A', 'AB', 'abc', 'ABC', 'XABC', 'x', 'ABCD end']) await pub.send(text)
    await Promise.all([nanomsg.line(/ end$/), nng.line(/ end$/)])
    expect(textsOf(nanomsg)).toEqual(['AB', 'ABC', 'ABCD end'])
    expect(textsOf(nng)).toEqual(['ABC', 'x', 'ABCD end'])
    const received: string[] = []
    while (received.at(-1) !== 'ABCD end') received.push(`${await sub.recv({ timeout })}`)
    expect(received).toEqual(['A', 'AB', 'abc', 'ABC', 'XABC', 'x', 'ABCD end'])

    await using bound = new Sub()
    bound.subscribe('')
    const atBound = await bindEverywhere(bound)
    await using _one = startPeer('nanomsg', 'pub', '--text', 'one', '--peers', 1, '--connect', atBound(0))
    await using _two = startPeer('nng', 'pub', '--text', 'two', '--peers', 1, '--connect', atBound(1))
    pub.connect(atBound(0))
    await bound.waitForPeers(3, { timeout })
    await pub.send('three')
    const texts: string[] = []
    while (texts.length < 3) texts.push(`${await bound.recv({ timeout })}`)
    expect(texts.sort()).toEqual(['one', 'three', 'two'])
  })

  it('TR-20 REQ-22 a REQ asks the REPs of all three in turn', async () => {
    await using req = new Req()
    const at = await bindEverywhere(req)
    await using rep = new Rep()
    void rep.serve(() => 'hubless')
    await rep.connect(at(0)).whenConnected({ timeout })
    await req.waitForPeers(1, { timeout })
    await using _nanomsg = startPeer('nanomsg', 'rep', '--text', 'nanomsg', '--connect', at(1))
    await req.waitForPeers(2, { timeout })
    await using _nng = startPeer('nng', 'rep', '--text', 'nng', '--connect', at(0))
    await req.waitForPeers(3, { timeout })
    const replies: string[] = []
    for (let n = 0; n < 6; n++) replies.push(`${await req.request('who?', { timeout })}`)
    expect(replies).toEqual(['hubless', 'nanomsg', 'nng', 'hubless', 'nanomsg', 'nng'])
  })

  it('TR-20 REP-03 a REP answers the REQs of all three at once, each its own', async () => {
    await using rep = new Rep()
    void rep.serve(async ({ body }) => {
      await new Promise((resolve) => setImmediate(resolve))
      return body
    })
    const at = await bindEverywhere(rep)
    const peers: PeerProcess[] = []
    try {
      for (let i = 0; i < 6; i++) {
        const size = `${10 + i},${1000 + i}`
        peers.push(startPeer(libraries[i % 2] ?? 'nng', 'req', '--count', 100, '--size', size, '--connect', at(i)))
      }
      await using req = new Req()
      req.connect(at(0))
      const bodies = Array.from({ length: 100 }, (_, n) => peerBody(n, 50))
      expect(await Promise.all(bodies.map((body) => req.request(body, { timeout })))).toEqual(bodies)
      for (const peer of peers) expect(await peer.line('ok')).toBe('ok 100')
    } finally {
      for (const peer of peers) await peer[Symbol.asyncDispose]()
    }
  })
})
