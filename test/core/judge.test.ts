/** Refusals by `authorize` say whom they are about, as far as that is known. */
import type { ConnectionInfo } from 'hubless'
import { expect, it } from 'vitest'
import { Judge, type Judging } from '../../src/core/judge.ts'

it.each([
  ['tcp://127.0.0.1:5', 'authorize refused tcp://127.0.0.1:5'],
  ['', 'authorize refused the peer']
])('of a peer at %j: %s', async (remote, message) => {
  const options = { authorize: () => false, handshakeTimeout: 1000, maxAuthorizing: 1 }
  const judge = new Judge({ options } as unknown as Judging)
  const info: ConnectionInfo = { local: '', remote, peerProtocol: 0x10 }
  expect(await judge.ask(info)).toMatchObject({ reason: 'unauthorized', message })
})
