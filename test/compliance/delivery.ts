/** What closing owes to what was accepted: delivery while the peer reads and `linger` lasts, and a count of the rest. */
import { Pair, Pub, Pull, Push, Rep, Req, type Socket, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { carries, marry, type TransportCase } from '../helpers/sockets.ts'

/** Instead of the few of every run: `npm run test:closing`. */
const rounds = process.env.ROUNDS === undefined ? undefined : Number(process.env.ROUNDS)

/** A few, one that is large, or many that are more than a buffer holds. */
function load(run: number): Buffer[] {
  if (run % 3 === 0) return Array.from({ length: 1 + (run % 7) }, (_, i) => Buffer.from(`${run}-${i}`))
  if (run % 3 === 1) return [Buffer.alloc(900_000, run)]
  return Array.from({ length: 100 }, (_, i) => Buffer.alloc(i ** 2 * 3, i))
}

export function deliverySuite(transport: TransportCase): void {
  const options = {
    ...(transport.bind && { bind: transport.bind }),
    ...(transport.connect && { connect: transport.connect })
  }

  describe(`delivery at closing over ${transport.name}`, () => {
    const patterns: [
      string,
      () => readonly [Socket, Socket, (body: Buffer) => Promise<void>, () => Promise<Buffer>]
    ][] = [
      [
        'PUSH',
        () => {
          const [a, b] = [new Push(), new Pull()]
          return [a, b, (body) => a.send(body), () => b.recv({ timeout: 5000 })]
        }
      ],
      [
        'PAIR',
        () => {
          const [a, b] = [new Pair(), new Pair()]
          return [a, b, (body) => a.send(body), () => b.recv({ timeout: 5000 })]
        }
      ],
      [
        'PUB',
        () => {
          const [a, b] = [new Pub(), new Sub()]
          b.subscribe('')
          return [a, b, (body) => a.send(body), () => b.recv({ timeout: 5000 })]
        }
      ]
    ]
    for (const [pattern, make] of patterns) {
      if (pattern === 'PUB' && !carries(transport, 'pub/sub')) continue
      // The binder alternates every second run, the kind of load every run.
      const runs = rounds ?? (pattern === 'PUSH' ? 50 : 20)
      it(`COM-37 ${pattern} that closes right after send loses nothing, ${runs} runs`, {
        timeout: 60_000 + runs * 200
      }, async () => {
        for (let run = 0; run < runs; run++) {
          const [sender, receiver, send, recv] = make()
          const [binder, connector] = (run & 2) === 0 ? [sender, receiver] : [receiver, sender]
          await marry(binder, connector, transport.url(), options)
          const bodies = load(run)
          const received = Promise.all(bodies.map(recv))
          for (const body of bodies) await send(Buffer.from(body))
          const closed = sender.close({ linger: 5000 })
          for (const [i, body] of (await received).entries()) expect(body.equals(bodies[i] as Buffer)).toBe(true)
          await closed
          expect(sender.stats().drops).toEqual({})
          await receiver.close({ linger: 0 })
        }
      })
    }

    it(`COM-37 a REP that closes right after its answer does not lose it, ${rounds ?? 50} runs`, {
      timeout: 60_000 + (rounds ?? 50) * 200
    }, async () => {
      for (let run = 0; run < (rounds ?? 50); run++) {
        const [rep, req] = [new Rep(), new Req()]
        await marry(rep, req, transport.url(), options)
        const answer = Buffer.alloc(run % 2 === 0 ? run : 900_000, run)
        const reply = req.request('a question', { timeout: 5000 })
        await rep.recv()
        await rep.send(Buffer.from(answer))
        await rep.close({ linger: 5000 })
        expect(answer.equals(await reply)).toBe(true)
        await req.close({ linger: 0 })
      }
    })

    it('COM-38 close resolves as soon as everything is delivered', async () => {
      const push = new Push({ linger: 20_000 })
      const pull = new Pull()
      await marry(pull, push, transport.url(), options)
      for (let i = 0; i < 10; i++) await push.send(Buffer.alloc(100_000, i))
      const began = performance.now()
      const closed = push.close()
      for (let i = 0; i < 10; i++) expect((await pull.recv({ timeout: 5000 }))[0]).toBe(i)
      await closed
      expect(performance.now() - began).toBeLessThan(5000)
      expect(push.stats().drops).toEqual({})
    })

    it('COM-38 close resolves after linger with a peer that does not read; what is left is counted', async () => {
      const push = new Push()
      const pull = new Pull({ recvBuffer: 1 })
      await marry(pull, push, transport.url(), options)
      const body = Buffer.alloc(900_000)
      while (
        push.trySend(body) ||
        (await push.send(body, { timeout: 50 }).then(
          () => true,
          () => false
        ))
      );
      const began = performance.now()
      await push.close({ linger: 150 })
      const took = performance.now() - began
      expect(took).toBeGreaterThan(148)
      expect(took).toBeLessThan(900)
      const { messagesSent, drops } = push.stats()
      expect(drops.closed).toBeGreaterThan(0)
      expect(drops.closed).toBeLessThanOrEqual(messagesSent)
    })

    it('COM-39 linger 0 discards at once, and counts it', async () => {
      const push = new Push()
      const pull = new Pull({ recvBuffer: 1 })
      await marry(pull, push, transport.url(), options)
      const body = Buffer.alloc(900_000)
      while (
        push.trySend(body) ||
        (await push.send(body, { timeout: 50 }).then(
          () => true,
          () => false
        ))
      );
      const began = performance.now()
      await push.close({ linger: 0 })
      expect(performance.now() - began).toBeLessThan(200)
      expect(push.stats().drops.closed).toBeGreaterThan(0)
    })

    it('COM-39 linger Infinity waits as long as the peer reads', async () => {
      const push = new Push({ linger: Number.POSITIVE_INFINITY })
      const pull = new Pull({ recvBuffer: 1 })
      await marry(pull, push, transport.url(), options)
      // More than the operating system holds, so that something is left to deliver.
      let sent = 0
      const offer = (): Promise<boolean> =>
        push.send(Buffer.alloc(300_000, sent), { timeout: 50 }).then(
          () => true,
          () => false
        )
      while (await offer()) sent++
      let closed = false
      const closing = push.close().then(() => {
        closed = true
      })
      // Longer than the default linger would have waited.
      await new Promise((resolve) => setTimeout(resolve, 1100))
      expect(closed).toBe(false)
      for (let i = 0; i < sent; i++) expect((await pull.recv({ timeout: 5000 }))[0]).toBe(i & 255)
      await closing
      expect(push.stats().drops).toEqual({})
    })
  })
}
