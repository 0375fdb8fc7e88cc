/** Functions in the place of TLS settings, and keys shared beforehand: what is wrong costs an attempt, and nothing else. */
import type { TLSSocket } from 'node:tls'
import { Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { localTls, openssl } from '../../helpers/certificates.ts'
import { code } from '../../helpers/messages.ts'
import { nextEvent, track } from '../../helpers/sockets.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 5 }

describe.skipIf(openssl.skip).each(['tls+tcp', 'wss'])('%s', (scheme) => {
  const url = `${scheme}://127.0.0.1:0`
  const mistakes: [string, () => never][] = [
    [
      'throws',
      () => {
        throw new Error('the file is being replaced')
      }
    ],
    ['returns nothing', () => undefined as never],
    ['returns no object', () => 'certificate' as never],
    ['returns a garbled key', () => ({ cert: 'garbage', key: 'garbage' }) as never]
  ]

  it.each(mistakes)(
    'HOST-21 a function that %s later is counted on the listener, whose last certificate stays',
    async (_how, mistake) => {
      const { bind, connect } = localTls()
      let current: () => typeof bind.tls = () => bind.tls
      const pull = track(new Pull())
      const listener = await pull.bind(url, { tls: () => current() })
      current = mistake
      const push = track(new Push(quick))
      await push.connect(listener.url, connect).whenConnected({ timeout: 3000 })
      expect(pull.stats().acceptErrors).toBeGreaterThan(0)
    }
  )

  it.each(mistakes)('HOST-21 a function that %s later costs a dialer that attempt', async (_how, mistake) => {
    const { bind, connect } = localTls()
    const pull = track(new Pull())
    const listener = await pull.bind(url, bind)
    let current: () => typeof connect.tls = () => connect.tls
    const push = track(new Push(quick))
    const dialer = push.connect(listener.url, { tls: () => current() })
    await dialer.whenConnected({ timeout: 3000 })
    current = mistake
    const retried = nextEvent(push, 'retry', { where: ({ attempt }) => attempt >= 2 })
    await pull.peers[0]?.close(0)
    await retried
    current = () => connect.tls
    await dialer.whenConnected({ timeout: 3000 })
  })

  it('TLS-05 whether clients need a certificate stays as it was when the listener was bound', async () => {
    const { bind, connect } = localTls()
    const demanding = { ...bind.tls, ca: connect.tls.ca, requestCert: true }
    let settings: object = demanding
    const pull = track(new Pull())
    const listener = await pull.bind(url, { tls: () => settings })
    settings = { ...bind.tls }
    const refused = nextEvent(pull, 'reject')
    track(new Push(quick)).connect(listener.url, connect)
    expect((await refused).reason).toBe('tls')
    expect(pull.peers).toEqual([])
  })

  it('a key shared beforehand needs no certificate; another key is refused', async () => {
    const psk = Buffer.alloc(32, 7)
    const pull = track(new Pull())
    const listener = await pull.bind(url, { tls: { pskCallback: (_socket: TLSSocket, _identity: string) => psk } })
    const dial = (key: Buffer): Push => {
      const push = track(new Push(quick))
      push.connect(listener.url, { tls: { pskCallback: (_hint: string | null) => ({ identity: 'me', psk: key }) } })
      return push
    }
    const refused = nextEvent(pull, 'reject')
    const stranger = dial(Buffer.alloc(32, 8))
    expect((await refused).reason).toBe('tls')
    await stranger.close()
    const push = dial(psk)
    await push.send('secret')
    expect(String(await pull.recv({ timeout: 3000 }))).toBe('secret')
    expect(push.peers[0]?.info.tls?.protocol).toBe('TLSv1.3')
    await expect(pull.bind(url, { tls: { pskCallback: 'no' as never } })).rejects.toThrow(code('EINVAL'))
  })

  it('HOST-21 functions among the settings that throw or answer nonsense fail that handshake alone', async () => {
    const { bind, connect } = localTls()
    const fail = (): never => {
      throw new Error('mistaken')
    }
    const failWithText = (): never => {
      throw 'mistaken'
    }
    const psk = Buffer.alloc(32, 7)
    const shared = { pskCallback: (_hint: string | null) => ({ identity: 'me', psk }) }
    for (const [listening, dialing, sane] of [
      [{ pskCallback: fail }, shared, undefined],
      [{ pskCallback: () => 'text' as never }, shared, undefined],
      [{ pskCallback: (_socket: TLSSocket, _identity: string) => psk }, { pskCallback: fail }, shared],
      [{ ...bind.tls, SNICallback: fail }, { ...connect.tls, servername: 'localhost' }, connect.tls],
      [{ ...bind.tls, ALPNCallback: fail }, { ...connect.tls, ALPNProtocols: ['sp'] }, connect.tls],
      [bind.tls, { ...connect.tls, checkServerIdentity: fail }, connect.tls],
      [bind.tls, { ...connect.tls, checkServerIdentity: failWithText }, connect.tls]
    ] as const) {
      const pull = track(new Pull())
      const { url: address } = await pull.bind(url, { tls: listening })
      const push = track(new Push(quick))
      const refused = nextEvent(push, 'reject')
      const dialer = push.connect(address, { tls: dialing })
      expect((await refused).reason).toBe('tls')
      await dialer.close()
      if (sane !== undefined) await push.connect(address, { tls: sane }).whenConnected({ timeout: 3000 })
    }
  })
})
