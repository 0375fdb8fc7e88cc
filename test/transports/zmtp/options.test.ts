/** The option `zmtp`: what goes together and what does not, and which mechanism follows from it. */
import { Pair, Req } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { socketTypeOf } from '../../../src/transports/zmtp/socket-types.ts'
import { code } from '../../helpers/messages.ts'
import { marry, track } from '../../helpers/sockets.ts'
import { any } from './peer.ts'

const keys = curveKeyPair()

describe('the option zmtp', () => {
  it.each([
    ['PLAIN without a name', { mechanism: 'plain' }, /username and password/],
    ['CURVE without keys', { mechanism: 'curve' }, /publicKey and secretKey/],
    ['CURVE without that of the listener', { curve: keys }, /serverKey/]
  ] as const)('of a dialer with %s is EINVAL', (_what, zmtp, says) => {
    const connect = (): unknown => track(new Req()).connect('zmtp+tcp://127.0.0.1:1', { zmtp })
    expect(connect).toThrow(code('EINVAL'))
    expect(connect).toThrow(says)
  })

  it.each([{ username: 'ann' }, { password: 'pw' }])(
    'Z-15 with %j alone is PLAIN, and the other is empty',
    async (zmtp) => {
      const [a, b] = [new Pair(), new Pair()]
      const seen: unknown[] = []
      const authorize = ({ info }: { info: { zmtp?: { username?: string; password?: string } } }): boolean => {
        seen.push([info.zmtp?.username, info.zmtp?.password])
        return true
      }
      await marry(a, b, any, { bind: { zmtp: { mechanism: 'plain' }, authorize }, connect: { zmtp } })
      expect(seen).toEqual([[zmtp.username ?? '', zmtp.password ?? '']])
    }
  )

  it.each([
    ['text', 'me'],
    ['bytes', Buffer.from([1, 0])]
  ])('takes an identity of %s', (_what, identity) => {
    const connect = (zmtp: object): unknown => track(new Req()).connect('zmtp+tcp://127.0.0.1:1', { zmtp })
    expect(() => connect({ identity })).not.toThrow()
    for (const wrong of ['', Buffer.from([0, 1]), Buffer.alloc(256, 1), 5]) {
      expect(() => connect({ identity: wrong })).toThrow(code('EINVAL'))
    }
  })
})

it('a pattern that ZeroMQ does not have is ENOTSUP, with what to do instead where that is known', () => {
  for (const [name, says] of [
    ['bus', /PUB and a SUB/],
    ['surveyor', /ask each peer/],
    ['gossip', /does what gossip does/]
  ] as const) {
    const socketType = (): unknown => socketTypeOf({ name, self: 0x70, peer: 0x70, peerName: name })
    expect(socketType).toThrow(code('ENOTSUP'))
    expect(socketType).toThrow(says)
  }
})
