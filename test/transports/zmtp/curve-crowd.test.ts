/** What many strangers leave of themselves in a CURVE server. By itself, because it is about memory, which tools take, too. */
import { Pull, Push } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { expect, it } from 'vitest'
import type { BytePeer } from '../../helpers/bytes.ts'
import { memoryInUse } from '../../helpers/memory.ts'
import { eventually, recordEvents, track } from '../../helpers/sockets.ts'
import { any, connect, greeting } from './peer.ts'
import { relay } from './relay.ts'

const [server, client] = [curveKeyPair(), curveKeyPair()]
const binding = { zmtp: { mechanism: 'curve', curve: server }, authorize: () => true } as const
const dialing = { zmtp: { curve: { ...client, serverKey: server.publicKey } } }
const soon = { timeout: 5000 }

it('Z-23 of a thousand that say HELLO and no more, nothing stays', async () => {
  const pull = track(new Pull())
  const { url } = await pull.bind(any, { ...binding, handshakeTimeout: 2000 })
  const rejects = recordEvents(pull, 'reject')
  const hellos: Buffer[] = []
  const through = await relay(Number(url.split(':').at(-1)), (chunk) => {
    hellos.push(Buffer.from(chunk))
    return chunk
  })
  await track(new Push()).connect(through, dialing).whenConnected(soon)
  const hello = Buffer.concat(hellos).subarray(64, 64 + 202)
  const greet = async (): Promise<BytePeer> => {
    const peer = await connect(url)
    peer.send(Buffer.concat([greeting('CURVE'), hello]))
    await peer.read(64 + 170)
    return peer
  }
  const leave = async (): Promise<void> => (await greet()).reset()
  const crowd = async (): Promise<void> => {
    const silent = await Promise.all(Array.from({ length: 20 }, greet))
    for (let i = 0; i < 24; i++) await Promise.all(Array.from({ length: 20 }, leave))
    await Promise.all(silent.map(({ closed }) => closed))
    await eventually(() => rejects.length === 500)
    expect(rejects.filter(({ reason }) => reason === 'handshake-timeout')).toHaveLength(20)
    rejects.length = 0
  }
  await crowd()
  const before = await memoryInUse()
  await crowd()
  expect((await memoryInUse()) - before).toBeLessThan(250 * 1024)
  expect(pull.peers).toHaveLength(1)
}, 20_000)
