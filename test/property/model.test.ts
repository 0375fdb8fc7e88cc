/**
 * Random steps with the sockets of a pattern, beside the simplest account of what was sent: whatever the order of steps, every
 * promise settles, order is kept, nothing comes twice or to somebody else, and what is missing is counted.
 */
import fc from 'fast-check'
import { Bus, Pub, Pull, Push, Rep, Req, type Socket, type SocketOptions, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, track, transportCases } from '../helpers/sockets.ts'

const transports = transportCases.filter(({ name }) => name !== 'thread')
const runs = { numRuns: 8, endOnFailure: true }
const quick = { reconnectInterval: 1, reconnectIntervalMax: 5 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function closeAll(...sockets: Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close({ linger: 0 })))
}

/** Everything that can be had now. */
function taken(socket: { tryRecv(): Buffer | undefined }): string[] {
  const bodies: string[] = []
  for (let body = socket.tryRecv(); body !== undefined; body = socket.tryRecv()) bodies.push(String(body))
  return bodies
}

/** `sender:number`; the numbers of each sender rise, and none comes twice. */
function expectOrder(bodies: readonly string[]): void {
  const last = new Map<string, number>()
  for (const body of bodies) {
    const [sender = '', number = ''] = body.split(':')
    expect(Number(number), body).toBeGreaterThan(last.get(sender) ?? -1)
    last.set(sender, Number(number))
  }
}

function sum(drops: Readonly<Record<string, number | undefined>>): number {
  return Object.values(drops).reduce<number>((total, count) => total + (count ?? 0), 0)
}

describe.each(transports)('random steps over $name', { timeout: 60_000 }, (transport) => {
  const step = fc.record({
    kind: fc.constantFrom('send', 'send', 'send', 'take', 'wait', 'abort'),
    who: fc.nat(2),
    size: fc.oneof(fc.nat(50), fc.constantFrom(5000, 70_000))
  })
  const steps = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' })

  it('PIPE-05 every job arrives once, in the order of its sender, at one worker', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const pushes = [0, 1, 2].map(() => track(new Push({ ...quick, sendBuffer: 100_000 })))
        const pulls = [0, 1, 2].map(() => track(new Pull({ recvBuffer: 100_000 })))
        const received: string[][] = pulls.map(() => [])
        for (const pull of pulls) {
          const { url } = await pull.bind(transport.url(), transport.bind)
          for (const push of pushes) push.connect(url, transport.connect)
        }
        await Promise.all(pushes.map((push) => push.waitForPeers(3, { timeout: 5000 })))
        let accepted = 0
        for (const [i, { kind, who, size }] of plan.entries()) {
          if (kind === 'send' && pushes[who]?.trySend(`${who}:${i}:${'x'.repeat(size)}`)) accepted++
          if (kind === 'take') received[who]?.push(...taken(pulls[who] as Pull))
          if (kind === 'wait') await turn()
          if (kind === 'abort') {
            const got = await pulls[who]?.recv({ signal: AbortSignal.abort('no') }).catch((reason: unknown) => reason)
            expect(got).toBe('no')
          }
        }
        const all = (): number => {
          for (const [i, pull] of pulls.entries()) received[i]?.push(...taken(pull))
          return received.flat().length
        }
        await eventually(() => all() === accepted)
        for (const bodies of received) expectOrder(bodies)
        expect(new Set(received.flat()).size).toBe(accepted)
        for (const socket of [...pushes, ...pulls]) expect(sum(socket.stats().drops)).toBe(0)
        await closeAll(...pushes, ...pulls)
      }),
      runs
    )
  })

  // ZeroMQ has no BUS, and a PUB sends only what a peer has already asked for.
  it.skipIf(transport.name.startsWith('zmtp')).each([
    ['PS-19', 'PUB', (options: SocketOptions) => new Pub(options), (options: SocketOptions) => new Sub(options)],
    ['BUS-02', 'BUS', (options: SocketOptions) => new Bus(options), (options: SocketOptions) => new Bus(options)]
  ] as const)(
    '%s %s: each peer gets a part of it in order, and the rest is counted',
    async (_id, _name, makeFrom, makeTo) => {
      await fc.assert(
        fc.asyncProperty(steps, async (plan) => {
          const from = track(makeFrom({ sendBuffer: 100_000 }))
          const peers = [0, 1, 2].map(() => track(makeTo({ ...quick, recvBuffer: 100_000 })))
          const received: string[][] = peers.map(() => [])
          const { url } = await from.bind(transport.url(), transport.bind)
          for (const peer of peers) {
            if (peer instanceof Sub) peer.subscribe('0:')
            peer.connect(url, transport.connect)
          }
          await from.waitForPeers(3, { timeout: 5000 })
          let sent = 0
          for (const [i, { kind, who, size }] of plan.entries()) {
            if (kind === 'send') {
              expect(from.trySend(`0:${i}:${'x'.repeat(size)}`)).toBe(true)
              sent++
            }
            if (kind === 'take') received[who]?.push(...taken(peers[who] as Bus))
            if (kind === 'wait') await turn()
          }
          const all = (): number => {
            for (const [i, peer] of peers.entries()) received[i]?.push(...taken(peer as Bus))
            return received.flat().length
          }
          await eventually(() => all() + sum(from.stats().drops) === 3 * sent)
          for (const bodies of received) expectOrder(bodies)
          for (const peer of peers) expect(sum(peer.stats().drops)).toBe(0)
          await closeAll(from, ...peers)
        }),
        runs
      )
    }
  )

  it('REQ-27 every request settles with its own reply or its own abort, whichever REPs leave and come', async () => {
    const call = fc.record({
      kind: fc.constantFrom('ask', 'ask', 'ask', 'abort', 'leave', 'come', 'wait'),
      who: fc.nat(1)
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 10, maxLength: 50, size: 'max' }), async (plan) => {
        const req = track(new Req({ ...quick, resendInterval: 100 }))
        const reps: (Rep | undefined)[] = [undefined, undefined]
        const urls = [transport.url(), transport.url()]
        const come = async (who: number): Promise<void> => {
          if (reps[who] !== undefined) return
          const rep = track(new Rep())
          reps[who] = rep
          rep.serve(async ({ body }) => {
            await turn()
            return `re: ${body}`
          })
          const listener = await rep.bind(urls[who] as string, transport.bind)
          if (listener.url !== urls[who] || !req.peers.length) req.connect(listener.url, transport.connect)
          urls[who] = listener.url
        }
        const outcomes: Promise<void>[] = []
        for (const [i, { kind, who }] of plan.entries()) {
          if (kind === 'come') await come(who)
          if (kind === 'leave') {
            const rep = reps[who]
            reps[who] = undefined
            await rep?.close({ linger: 0 })
          }
          if (kind === 'wait') await turn()
          if (kind === 'ask') outcomes.push(req.request(`${i}`).then((body) => expect(String(body)).toBe(`re: ${i}`)))
          if (kind === 'abort') {
            const abort = new AbortController()
            const asked = req.request(`${i}`, { signal: abort.signal })
            outcomes.push(
              asked.then(
                (body) => expect(String(body)).toBe(`re: ${i}`),
                (why) => expect(why).toBe('no')
              )
            )
            setImmediate(() => abort.abort('no'))
          }
        }
        await Promise.all([come(0), come(1)])
        await Promise.all(outcomes)
        await closeAll(req, ...reps.filter((rep) => rep !== undefined))
      }),
      runs
    )
  })
})
