/** What is special about the C libraries over WebSocket: sizes, and refusals. Patterns and tools are in their own files. */
import { Pull, Push, Rep, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { nextEvent, recordEvents } from '../helpers/sockets.ts'
import { peerBody, peerLine } from './peers/body.ts'
import { libraries, meet, ownUrl, requirePeers, startBound, startPeer, theirUrl } from './peers/matrix.ts'

const timeout = 5000
const mib = 1048576

const largest = [
  ['nanomsg', [mib - 1, mib]],
  ['nng', [mib, mib + 1, 4 * mib]]
] as const

describe.each(largest)('large bodies and %s over ws:', (peer, sizes) => {
  requirePeers(peer)

  it.each(['binds', 'connects'] as const)(
    'WS-19 TR-13 go to it, in fragments of 1 MiB, when hubless %s',
    async (hubless) => {
      await using push = new Push()
      await using pull = await meet(
        push,
        { peer, transport: 'ws', hubless },
        'pull',
        '--count',
        sizes.length,
        '--maxsize',
        -1
      )
      for (const [n, size] of sizes.entries()) {
        const body = peerBody(n, size)
        await push.send(body, { timeout })
        expect(await pull.line(`msg ${n} `)).toBe(peerLine('msg', n, body))
      }
    }
  )

  it.each(['binds', 'connects'] as const)('WS-20 TR-13 come from it when hubless %s', async (hubless) => {
    await using pull = new Pull({ recvMaxSize: 4 * mib })
    const list = sizes.join(',')
    await using _push = await meet(
      pull,
      { peer, transport: 'ws', hubless },
      'push',
      '--count',
      sizes.length,
      '--size',
      list
    )
    for (const [n, size] of sizes.entries()) {
      expect((await pull.recv({ timeout })).equals(peerBody(n, size))).toBe(true)
    }
  })
})

describe.each(libraries)('refusals and %s over ws:', (peer) => {
  requirePeers(peer)

  it('WS-04 a peer of another pattern that dials is refused, and the right one is taken', async () => {
    await using rep = new Rep()
    const refused = nextEvent(rep, 'reject')
    const { url } = await rep.bind(ownUrl('ws'))
    await using _sub = startPeer(peer, 'sub', '--connect', url)
    expect(await refused).toMatchObject({ reason: 'protocol-mismatch' })
    expect((await refused).error.message).toMatch(/pub \(0x20\)/)
    await using _req = startPeer(peer, 'req', '--count', 1, '--connect', url)
    await rep.waitForPeers(1, { timeout })
  })

  it('WS-07 hubless is refused by a listener of another pattern and keeps trying', async () => {
    const url = await theirUrl('ws')
    await using _rep = await startBound(peer, 'rep', '--bind', url)
    // nanomsg's refusal lacks the blank line that ends it, and leaves the connection open.
    await using sub = new Sub({ reconnectInterval: 10, reconnectIntervalMax: 20, handshakeTimeout: 200 })
    const rejects = recordEvents(sub, 'reject')
    const refused = nextEvent(sub, 'retry', { where: ({ attempt }) => attempt >= 3 })
    sub.connect(url)
    await refused
    const reason = peer === 'nanomsg' ? 'handshake-timeout' : 'protocol-mismatch'
    expect(rejects.slice(0, 2).map((event) => event.reason)).toEqual([reason, reason])
    expect(sub.peers).toEqual([])
    await using req = new Req()
    await req.connect(url).whenConnected({ timeout })
  })
})
