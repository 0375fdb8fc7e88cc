/**
 * Closing right after sending: whatever hubless accepted arrives, as long as the C peer reads. The libraries themselves
 * lose what they have not written when they close; that is theirs.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Bus, Pair, Pub, Push, Rep } from 'hubless'
import { describe, expect, it } from 'vitest'
import { peerBody, peerLine, peerLines } from './peers/body.ts'
import { meetings, ownUrl, pairings, requirePeers, startBound, startPeer, theirUrl } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

const timeout = 5000
const quick = { reconnectInterval: 10, reconnectIntervalMax: 20 }

/** What each run sends: a batch of small messages, or 900 kB at once. */
const loads = [
  ['20 small messages', Array.from({ length: 20 }, (_, n) => peerBody(n, n))],
  ['900 kB', [peerBody(0, 900_000)]]
] as const

function received(peer: PeerProcess): string[] {
  return peer.lines.filter((line) => line.startsWith('msg '))
}

describe.each(meetings)('%s:', (_title, { peer, transport, hubless }) => {
  requirePeers(peer)
  // a peer that dials needs its reconnect interval for every run
  const runs = hubless === 'connects' ? 50 : 3

  it.each(loads)('COM-37 a PULL of the peer gets %s of each PUSH that closes at once', async (_what, bodies) => {
    const url = await theirUrl(transport)
    await using pull =
      hubless === 'connects' ? await startBound(peer, 'pull', '--bind', url) : startPeer(peer, 'pull', '--connect', url)
    for (let run = 0; run < runs; run++) {
      const push = new Push()
      if (hubless === 'connects') push.connect(url, quick)
      else await push.bind(url)
      for (const body of bodies) await push.send(body, { timeout })
      await push.close()
      expect(push.stats().drops).toEqual({})
    }
    await pull.line(`msg ${runs * bodies.length - 1} `)
    const all = Array(runs).fill(bodies).flat()
    expect(received(pull)).toEqual(peerLines('msg', all))
  })
})

describe.each(pairings)('%s:', (_title, { peer, transport }) => {
  requirePeers(peer)

  const senders = [
    ['PAIR', 'pair-recv', () => new Pair()],
    ['PUB', 'sub', () => new Pub()],
    ['BUS', 'bus', () => new Bus()]
  ] as const

  it.each(senders)(
    'COM-37 the peer gets everything that each %s sends before it closes',
    async (_name, command, create) => {
      const url = await theirUrl(transport)
      await using process = await startBound(peer, command, '--bind', url)
      const bodies = loads.flatMap(([, load]) => load)
      for (let run = 0; run < 5; run++) {
        const socket: Pair | Pub | Bus = create()
        await socket.connect(url, quick).whenConnected({ timeout })
        for (const body of bodies) await socket.send(body)
        await socket.close()
      }
      await process.line(`msg ${5 * bodies.length - 1} `)
      expect(received(process)).toEqual(peerLines('msg', Array(5).fill(bodies).flat()))
    }
  )

  it('COM-37 a REQ of the peer gets the reply of a REP that closes at once', async () => {
    const url = await theirUrl(transport)
    const sizes = [10, 900_000, 100]
    await using req = startPeer(peer, 'req', '--size', sizes.join(), '--connect', url)
    for (const [n, size] of sizes.entries()) {
      const rep = new Rep()
      await rep.bind(url)
      await rep.send(await rep.recv({ timeout }))
      await rep.close()
      expect(await req.line(/^(reply|bad)/)).toBe(peerLine('reply', n, peerBody(n, size)))
    }
  })

  it('COM-37 closing waits for a PULL of the peer that reads late', async () => {
    await using push = new Push({ linger: timeout })
    const { url } = await push.bind(ownUrl(transport))
    await using pull = startPeer(peer, 'pull', '--connect', url)
    await push.waitForPeers(1, { timeout })
    pull.kill('SIGSTOP')
    const bodies: Buffer[] = []
    for (let sent = true; sent; ) {
      const body = peerBody(bodies.length, 300_000)
      sent = push.trySend(body)
      if (sent) bodies.push(body)
    }
    const closed = push.close()
    await delay(50)
    pull.kill('SIGCONT')
    await closed
    expect(push.stats().drops).toEqual({})
    await pull.line(`msg ${bodies.length - 1} `)
    expect(received(pull)).toEqual(peerLines('msg', bodies))
  })

  it('COM-38 closing gives up on a peer that never reads when linger has passed, and counts what is left', async () => {
    await using push = new Push()
    const { url } = await push.bind(ownUrl(transport))
    await using pull = startPeer(peer, 'pull', '--connect', url)
    await push.waitForPeers(1, { timeout })
    pull.kill('SIGSTOP')
    for (let idle = 0; idle < 20; idle++) {
      while (push.trySend(peerBody(0, 65536))) idle = 0
      await delay(1)
    }
    const began = performance.now()
    await push.close({ linger: 100 })
    expect(performance.now() - began).toBeGreaterThanOrEqual(98)
    expect(push.stats().drops.closed).toBeGreaterThan(0)
  })
})
