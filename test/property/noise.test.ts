/** Noise on every listener and dialer: nothing throws, no socket stops, and a good peer is heard afterwards. */
import fc from 'fast-check'
import { Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { type BytePeer, connectBytes, listenBytes } from '../helpers/bytes.ts'
import { plainUrl } from '../helpers/peers.ts'
import { recordEvents, track, transportCases, zeromqCases } from '../helpers/sockets.ts'
import { cuts, noise, pieces } from './damage.ts'

const patience = { timeout: 5000 }
const runs = { numRuns: 40 }

/** Says it all and hangs up; resolves when the other side has closed too. */
async function speak(peer: BytePeer, bytes: Buffer, where: readonly number[]): Promise<void> {
  for (const piece of pieces(bytes, where)) {
    if (piece.length > 0) peer.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  peer.end()
  await peer.closed
}

describe.each([...transportCases, ...zeromqCases].filter(({ name }) => name !== 'inproc' && name !== 'thread'))(
  'noise over $name',
  (transport) => {
    it('HOST-01 harms no listener, and a good peer is heard afterwards', async () => {
      const pull = track(new Pull({ handshakeTimeout: 1000 }))
      const listener = await pull.bind(transport.url(), transport.bind)
      const attached = recordEvents(pull, 'attach')
      await fc.assert(
        fc.asyncProperty(noise, cuts, async (bytes, where) => {
          await speak(await connectBytes(plainUrl(listener.url)), bytes, where)
          expect([pull.state, listener.state]).toEqual(['open', 'listening'])
        }),
        runs
      )
      expect(attached).toEqual([])
      const push = track(new Push())
      push.connect(listener.url, transport.connect)
      await push.send('good', patience)
      expect(String(await pull.recv(patience))).toBe('good')
    })

    it('HOST-01 harms no dialer, which connects to a good peer afterwards', async () => {
      const server = await listenBytes(transport.name.endsWith('ipc') ? 'ipc' : 'tcp')
      const scheme = transport.url().replace(/:\/\/.*/, '')
      const url = server.url.replace(/^[a-z]+/, scheme)
      const push = track(new Push({ handshakeTimeout: 1000, reconnectInterval: 1, reconnectIntervalMax: 1 }))
      const dialer = push.connect(url, transport.connect)
      await fc.assert(
        fc.asyncProperty(noise, cuts, async (bytes, where) => {
          await speak(await server.accept(), bytes, where)
          expect(push.state).toBe('open')
          expect(dialer.state).not.toBe('closed')
        }),
        runs
      )
      server.close()
      const pull = track(new Pull())
      await pull.bind(url, transport.bind)
      await push.send('good', patience)
      expect(String(await pull.recv(patience))).toBe('good')
    })
  }
)
