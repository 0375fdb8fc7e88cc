/** `authorize` has the same say over every transport and at either end: who it does not let in sends and gets nothing. */
import { type Authorize, type Peer, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { marry, nextEvent, recordEvents, track, transportCases, zeromqCases } from '../helpers/sockets.ts'

const refusals: readonly (readonly [string, () => unknown])[] = [
  ['false', () => false],
  ['a promise of false', async () => false],
  ['nothing', () => undefined],
  ['1', () => 1],
  ['an object', () => ({})],
  [
    'a throw',
    () => {
      throw new Error('no')
    }
  ],
  ['a rejection', () => Promise.reject(new Error('no'))]
]

describe.each([...transportCases, ...zeromqCases])('authorize over $name', (transport) => {
  it.each(['bind', 'connect'] as const)('EP-29 of %s lets in whom it is true for, told who that is', async (role) => {
    const seen: Peer[] = []
    const authorize: Authorize = async (peer) => seen.push(peer) > 0
    const options = { [role]: { ...transport[role], authorize } }
    const { listener, dialer, pipes } = await marry(new Pull(), new Push(), transport.url(), {
      ...transport,
      ...options
    })
    const own = role === 'bind' ? pipes[0] : pipes[1]
    expect(seen).toHaveLength(1)
    expect(seen[0]?.endpoint).toBe(role === 'bind' ? listener : dialer)
    expect([seen[0]?.address, seen[0]?.peerProtocol]).toEqual([own.address, own.peerProtocol])
  })

  it.each(refusals)('EP-29 of bind keeps out for %s: a reject, and no message', async (_what, no) => {
    const [pull, push] = track(new Pull(), new Push({ reconnectInterval: 5 }))
    const attached = recordEvents(pull, 'attach')
    const refused = nextEvent(pull, 'reject')
    const { url } = await pull.bind(transport.url(), { ...transport.bind, authorize: no as Authorize })
    push.connect(url, transport.connect)
    // It is there before the verdict, and again while it is tried again.
    void push.send('smuggled', { timeout: 1000 }).catch(() => {})
    expect(await refused).toMatchObject({ reason: 'unauthorized' })
    await nextEvent(pull, 'reject')
    expect(attached).toEqual([])
    expect([pull.tryRecv(), pull.peers, pull.stats().messagesReceived]).toEqual([undefined, [], 0])
    expect(pull.stats().rejects.unauthorized).toBeGreaterThanOrEqual(2)
  })

  it('EP-29 of connect keeps out too', async () => {
    const [pull, push] = track(new Pull(), new Push())
    const { url } = await pull.bind(transport.url(), transport.bind)
    const attached = recordEvents(push, 'attach')
    const refused = nextEvent(push, 'reject')
    push.connect(url, { ...transport.connect, authorize: () => false })
    expect(await refused).toMatchObject({ reason: 'unauthorized' })
    expect([attached, push.peers, push.trySend('x')]).toEqual([[], [], false])
  })

  it('EP-29 that never answers is a handshake that takes too long, and the next peer is served', async () => {
    const [pull, silent, push] = track(new Pull(), new Push(), new Push())
    let asked = 0
    const authorize: Authorize = () => (asked++ === 0 ? new Promise<boolean>(() => {}) : true)
    const refused = nextEvent(pull, 'reject')
    const { url } = await pull.bind(transport.url(), { ...transport.bind, authorize, handshakeTimeout: 500 })
    silent.connect(url, { ...transport.connect, reconnectInterval: 60_000 })
    expect(await refused).toMatchObject({ reason: 'handshake-timeout' })
    push.connect(url, transport.connect)
    await push.send('x')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('x')
  })
})
