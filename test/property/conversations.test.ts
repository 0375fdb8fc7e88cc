/**
 * Valid conversations with damage: what two real sockets say to each other is changed on its way, over every transport with
 * bytes and in either direction. Nothing throws, no socket stops, no connection is left over, and a good peer is served after
 * each. What is only cut into other pieces arrives as it was sent.
 */
import fc from 'fast-check'
import { type Body, type BodyInput, Rep, Req, type Socket } from 'hubless'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patternCases } from '../helpers/patterns.ts'
import { carries, eventually, track, transportCases, zeromqCases } from '../helpers/sockets.ts'
import { cutOnly, type Middleman, plans, standBefore } from './middleman.ts'

const errors: unknown[] = []
const note = (error: unknown): void => void errors.push(error)
const events = ['uncaughtException', 'unhandledRejection', 'warning']
const middlemen: Middleman[] = []

beforeEach(() => {
  errors.length = 0
  for (const event of events) process.on(event, note)
})

afterEach(() => {
  for (const event of events) process.off(event, note)
  for (const middleman of middlemen.splice(0)) middleman.close()
})

/** Texts, and what looks like the header of some pattern. */
const bodies = ['', 'text', '\x80\x00\x00\x01a', 'x'.repeat(126), 'y'.repeat(300), 'z'.repeat(5000)].map((text) =>
  Buffer.from(text, 'latin1')
)

interface Talks {
  trySend(body: BodyInput): boolean
  tryRecv(): Body | undefined
}

/** Answers, asks and listens as far as the pattern lets it now. */
function talk(socket: Socket, body: Buffer): void {
  const { trySend, tryRecv } = socket as Socket & Talks
  for (const act of [() => tryRecv.call(socket), () => trySend.call(socket, body)]) {
    try {
      act()
    } catch {
      // The pattern has no such direction, or not now.
    }
  }
}

function drain(socket: Socket): void {
  const { tryRecv } = socket as Socket & Talks
  try {
    while (tryRecv.call(socket) !== undefined);
  } catch {
    // As above.
  }
}

/** Asks while what was left of earlier requests is answered, too. */
async function ask(req: Req, rep: Rep): Promise<Body> {
  const stop = new AbortController()
  const serving = rep.serve(({ body }) => body, { signal: stop.signal }).catch(() => {})
  const reply = await req.request('good', { timeout: 5000 })
  stop.abort()
  await serving
  return reply
}

const timing = { reconnectInterval: 1, reconnectIntervalMax: 1, handshakeTimeout: 1000 }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe.each([...transportCases, ...zeromqCases].filter(({ name }) => name !== 'inproc' && name !== 'thread'))(
  'conversations over $name',
  { timeout: 60_000 },
  (transport) => {
    const able = patternCases.filter(({ name }) => carries(transport, name))

    it.each(able)(
      'HOST-02 of $name harm no side when they are damaged, and a good peer is served after each',
      async ({ open }) => {
        const { a, b, transfer } = open(timing)
        track(a, b)
        const side = async (listening: Socket, dialing: Socket) => {
          const listener = await listening.bind(transport.url(), transport.bind)
          const middleman = await standBefore(listener.url)
          middlemen.push(middleman)
          return { listener, middleman, dialing, good: 0 }
        }
        const sides = [await side(a, b), await side(b, a)] as const
        /** Whether every connection has come to its end, those that never got beyond a handshake included. */
        const alone = (): boolean =>
          sides.every(({ listener, middleman, dialing, good }) => {
            const { acceptedConnections, brokenConnections, droppedConnections } = listener.stats()
            const over = brokenConnections + droppedConnections
            const all = middleman.connected + good
            return acceptedConnections === all && over === all && dialing.peers.length === 0
          })
        await fc.assert(
          fc.asyncProperty(plans, fc.constantFrom(0 as const, 1 as const), async (plan, which) => {
            const one = sides[which]
            const { listener, middleman, dialing } = one
            middleman.plan = plan
            const dialer = dialing.connect(middleman.url, transport.connect)
            for (const body of bodies) {
              for (const socket of [a, b]) talk(socket, body)
              for (let i = 0; i < 4; i++) await turn()
            }
            await dialer.close()
            await middleman.cut()
            await eventually(alone)
            for (const socket of [a, b]) drain(socket)
            one.good++
            const good = dialing.connect(listener.url, transport.connect)
            await Promise.all([a, b].map((socket) => socket.waitForPeers(1, { timeout: 5000 })))
            const heard = a instanceof Req && b instanceof Rep ? ask(a, b) : transfer('good')
            expect(String(await heard)).toBe('good')
            await good.close()
            await eventually(alone)
            expect([errors, a.state, b.state]).toEqual([[], 'open', 'open'])
          }),
          { numRuns: 12, endOnFailure: true }
        )
      }
    )

    it.each(able)('TR-03 of $name arrive as they were sent, in whatever pieces', async ({ open }) => {
      await fc.assert(
        fc.asyncProperty(cutOnly, async (plan) => {
          const { a, b, transfer } = open(timing)
          track(a, b)
          const middleman = await standBefore((await a.bind(transport.url(), transport.bind)).url)
          middlemen.push(middleman)
          middleman.plan = plan
          b.connect(middleman.url, transport.connect)
          await Promise.all([a, b].map((socket) => socket.waitForPeers(1, { timeout: 5000 })))
          for (const body of bodies) expect((await transfer(body)) as Body).toEqual(body)
          await Promise.all([a, b].map((socket) => socket.close({ linger: 0 })))
          expect(errors).toEqual([])
        }),
        { numRuns: 4, endOnFailure: true }
      )
    })
  }
)
