/**
 * Damaged streams for every pattern over every transport with bytes: whatever a peer sends after, in place of or in the
 * middle of something valid, nothing throws, no socket stops, and a good peer works afterwards.
 */
import fc from 'fast-check'
import type { Socket } from 'hubless'
import * as raw from 'hubless/raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BytePeer, hex, listenBytes } from '../helpers/bytes.ts'
import { patternCases } from '../helpers/patterns.ts'
import { type HandMade, openPeer, peerOf, type Talk } from '../helpers/peers.ts'
import { eventually, type TransportCase, track, transportCases } from '../helpers/sockets.ts'
import { cuts, damage, pieces } from './damage.ts'

/** Messages that mean something to some pattern: texts, replies with an id, requests with a backtrace. */
const bodies = ['', '61 62 63', '80 00 00 01 61', '00 00 00 05 80 00 00 02 62', '00 00 00 01', 'ff ff ff ff'].map(hex)

const errors: unknown[] = []
const note = (error: unknown): void => void errors.push(error)

beforeEach(() => {
  errors.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
})

async function speak(peer: BytePeer, bytes: Buffer, where: readonly number[]): Promise<void> {
  for (const piece of pieces(bytes, where)) {
    if (piece.length > 0) peer.send(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  peer.end()
  await peer.closed
  peer.destroy()
}

/** What arrived is taken, so that it neither piles up nor is mistaken for the good message. */
function drain(socket: Socket): void {
  const { tryRecv } = socket as Socket & { tryRecv(): unknown }
  try {
    while (tryRecv.call(socket) !== undefined);
  } catch {
    // Patterns that do not receive, or not now.
  }
}

/** Damage to the whole stream, or more often to the messages behind a good greeting. */
const spoiled = fc
  .tuple(damage, fc.constantFrom(true, false, false))
  .map(([spoil, whole]) => ({ greeting, frames }: Talk): Buffer => {
    if (whole) return spoil(Buffer.concat([greeting, frames]))
    return Buffer.concat([greeting, spoil(frames)])
  })

const runs = (transport: TransportCase): number => (isSecure(transport) ? 6 : 15)

function isSecure({ name }: TransportCase): boolean {
  return name === 'tls+tcp' || name === 'wss'
}

async function attack(transport: TransportCase, make: HandMade, target: Socket, listen: boolean): Promise<void> {
  const { protocol: own, identity } = target
  const options = listen ? transport.bind : transport.connect
  const who = { server: listen ? own : identity.peerName, peer: identity.peer }
  const scheme = transport.url().replace(/:\/\/.*/, '')
  const server = listen ? undefined : await listenBytes(transport.name === 'ipc' ? 'ipc' : 'tcp')
  const endpoint =
    server === undefined
      ? await target.bind(transport.url(), options)
      : target.connect(server.url.replace(/^[a-z]+/, scheme), options)
  await fc.assert(
    fc.asyncProperty(spoiled, cuts, async (spoil, where) => {
      if (server === undefined) await speak(await openPeer(endpoint.url), spoil(make.request(who, bodies)), where)
      else {
        const peer = await server.accept()
        await eventually(() => make.ready(peer.unread))
        await speak(peer, spoil(make.response(who, bodies, peer.unread)), where)
      }
      drain(target)
      expect(errors).toEqual([])
      expect(target.state).toBe('open')
      await eventually(() => target.peers.length === 0)
    }),
    { numRuns: runs(transport), endOnFailure: true }
  )
  await endpoint.close()
  drain(target)
}

const timing = { reconnectInterval: 1, reconnectIntervalMax: 1, handshakeTimeout: 1000 }

for (const transport of transportCases) {
  const make = peerOf(transport)
  if (make === undefined) continue
  const dialing = isSecure(transport) ? [true] : [true, false]

  describe(`damaged streams over ${transport.name}`, { timeout: 30_000 }, () => {
    for (const { name, open } of patternCases) {
      it(`HOST-02 harm no side of ${name}, which talk to each other afterwards`, async () => {
        const { a, b, transfer } = open(timing)
        track(a, b)
        for (const listen of dialing) for (const target of [a, b]) await attack(transport, make, target, listen)
        const { url } = await a.bind(transport.url(), transport.bind)
        b.connect(url, transport.connect)
        await Promise.all([a.waitForPeers(1, { timeout: 5000 }), b.waitForPeers(1, { timeout: 5000 })])
        expect(String(await transfer('good'))).toBe('good')
        expect(errors).toEqual([])
      })
    }

    const { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } = raw
    it.each([Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor])(
      'HOST-02 harm no %o',
      async (RawSocket) => {
        const target = track<Socket>(new RawSocket(timing))
        if (target instanceof Sub) target.subscribe('')
        for (const listen of dialing) await attack(transport, make, target, listen)
        expect(errors).toEqual([])
      }
    )
  })
}
