/**
 * Peers that are turned away, by hubless and by the C libraries: a second peer of a PAIR, and a peer of another pattern.
 * Both sides go on with the peers that are right.
 */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, type Socket, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, nextEvent, recordEvents } from '../helpers/sockets.ts'
import {
  meetings,
  meetingsOf,
  ownUrl,
  pairings,
  requirePeers,
  startBound,
  startPeer,
  theirUrl
} from './peers/matrix.ts'

const timeout = 5000

describe.each(pairings)('a second peer of a PAIR, %s:', (_title, { peer, transport }) => {
  requirePeers(peer)

  it('PAIR-03 PAIR-04 a C peer refuses it: hubless backs off, loses nothing, and is taken when the first has left', async () => {
    const url = await theirUrl(transport)
    await using _busy = await startBound(peer, 'pair-echo', '--bind', url)
    await using first = new Pair()
    await first.connect(url).whenConnected({ timeout })

    await using second = new Pair()
    const rejects = recordEvents(second, 'reject')
    const retries = recordEvents(second, 'retry')
    const attaches = recordEvents(second, 'attach')
    const dialer = second.connect(url, { reconnectInterval: 20, reconnectIntervalMax: 80 })
    const sent = second.send('kept')
    await eventually(() => retries.length === 4)
    expect(rejects.map(({ reason, endpoint }) => [reason, endpoint])).toEqual(Array(4).fill(['busy', dialer]))
    for (const [i, delay] of [20, 40, 80, 80].entries()) {
      expect(retries[i]?.delay).toBeGreaterThanOrEqual(delay * 0.75)
      expect(retries[i]?.delay).toBeLessThanOrEqual(delay * 1.25)
    }
    expect(attaches).toEqual([])
    expect(second.trySend('not now')).toBe(false)

    await first.send('undisturbed')
    expect(`${await first.recv({ timeout })}`).toBe('undisturbed')
    await first.close()
    await dialer.whenConnected({ timeout })
    await sent
    expect(`${await second.recv({ timeout })}`).toBe('kept')
  })

  it('PAIR-04 hubless refuses a C peer, and takes it when the first has left', async () => {
    await using pair = new Pair()
    const { url } = await pair.bind(ownUrl(transport))
    await using first = startPeer(peer, 'pair-echo', '--connect', url)
    await pair.waitForPeers(1, { timeout })
    const rejected = nextEvent(pair, 'reject')
    await using second = startPeer(peer, 'pair', '--text', 'my turn', '--connect', url)
    expect((await rejected).reason).toBe('busy')
    await pair.send('undisturbed')
    expect(`${await pair.recv({ timeout })}`).toBe('undisturbed')
    first.kill('SIGKILL')
    expect(`${await pair.recv({ timeout })}`).toBe('my turn')
    expect(await second.line('peers')).toBe('peers 1')
  })
})

const patterns = {
  Bus: () => new Bus(),
  Pair: () => new Pair(),
  Pub: () => new Pub(),
  Pull: () => new Pull(),
  Push: () => new Push(),
  Rep: () => new Rep(),
  Req: () => new Req(),
  Sub: () => new Sub(),
  Surveyor: () => new Surveyor()
} satisfies Record<string, () => Socket>

/** A hubless pattern, a C peer of another one, the ids of both, and who would be right for either. */
const mismatches = [
  ['Sub', 'rep', '0x21', '0x31', { forHubless: 'pub', forPeer: 'Req' }],
  ['Rep', 'sub', '0x31', '0x21', { forHubless: 'req', forPeer: 'Pub' }],
  ['Push', 'push', '0x50', '0x50', { forHubless: 'pull', forPeer: 'Pull' }],
  ['Req', 'respondent', '0x30', '0x63', { forHubless: 'rep', forPeer: 'Surveyor' }],
  ['Pair', 'bus', '0x10', '0x70', { forHubless: 'pair-echo', forPeer: 'Bus' }],
  ['Bus', 'pair-echo', '0x70', '0x10', { forHubless: 'bus', forPeer: 'Pair' }]
] as const

describe.each(meetings)('a peer of another pattern, %s:', (_title, { peer, transport, hubless }) => {
  requirePeers(peer)

  it.each(mismatches)(
    'COM-04 %s and %s refuse each other and take the right ones',
    async (own, wrong, id, other, right) => {
      await using socket = patterns[own]()
      const rejected = nextEvent(socket, 'reject')
      const attached = nextEvent(socket, 'attach')
      const ownListener = await socket.bind(ownUrl(transport))
      const peerUrl = await theirUrl(transport)
      // each has an address of its own for the right one, whoever dials the wrong one
      const meeting = hubless === 'binds' ? ['--connect', ownListener.url] : []
      await using process = await startBound(peer, wrong, '--bind', peerUrl, ...meeting, '--peers', 9)
      if (hubless === 'connects') socket.connect(peerUrl)

      const { reason, error } = await rejected
      expect(reason).toBe('protocol-mismatch')
      expect(error.message).toContain(`(${id})`)
      expect(error.message).toContain(`the peer is ${other}`)

      await using rightSocket = patterns[right.forPeer]()
      await rightSocket.connect(peerUrl).whenConnected({ timeout })
      expect(await process.line('peers')).toBe('peers 1')
      await using _rightPeer = startPeer(peer, right.forHubless, '--connect', ownListener.url, '--peers', 9)
      expect((await attached).pipe.endpoint).toBe(ownListener)
    }
  )
})

describe.each(meetingsOf(['nngcat']))('a pair1 peer, %s:', (_title, { transport, hubless }) => {
  requirePeers('nngcat')

  it('PAIR-10 is refused', async () => {
    await using pair = new Pair()
    const rejected = nextEvent(pair, 'reject')
    const url = hubless === 'binds' ? (await pair.bind(ownUrl(transport))).url : await theirUrl(transport)
    await using _tool = startPeer('nngcat', '--pair1', hubless === 'binds' ? '--dial' : '--listen', url, '--raw')
    if (hubless === 'connects') pair.connect(url, { reconnectInterval: 10 })
    const { reason, error } = await rejected
    expect(reason).toBe('protocol-mismatch')
    expect(error.message).toContain('pair (0x10)')
    expect(error.message).toContain('the peer is 0x11')
    expect(pair.peers).toEqual([])
  })
})
