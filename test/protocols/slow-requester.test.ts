/** REP and RESPONDENT whose answers are more than fits: who reads gets all of them, who does not is nobody's problem. */
import { EventEmitter, once } from 'node:events'
import type { Rep, Respondent } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes } from '../helpers/bytes.ts'
import { frame } from '../helpers/frames.ts'
import { sized, turns } from '../helpers/messages.ts'
import { eventually, marry, recordEvents, track } from '../helpers/sockets.ts'
import { idWord, repliers } from './repliers.ts'
import { plainTransports } from './transports.ts'

type Replier = Rep | Respondent

/** Ways to answer with a body of this size, as long as the socket is open. */
const ways: Record<string, (replier: Replier, size: number) => Promise<void>> = {
  'serve, at once': (replier, size) => replier.serve(({ body }) => sized(body[0] as number, size)),
  'serve, later': (replier, size) =>
    replier.serve(async ({ body }) => {
      await turns(3)
      return sized(body[0] as number, size)
    }),
  'recv and send': async (replier, size) => {
    for await (const body of replier) await replier.send(sized(body[0] as number, size))
  },
  'requests, answered at once': async (replier, size) => {
    for await (const { body, reply } of replier.requests()) void reply(sized(body[0] as number, size))
  },
  'requests, answered later': async (replier, size) => {
    for await (const { body, reply } of replier.requests()) {
      void turns(3).then(() => reply(sized(body[0] as number, size)))
    }
  }
}

const cases = plainTransports.flatMap((transport) =>
  Object.entries(ways).map(([way, answer]) => ({ name: transport.name, transport, way, answer }))
)

describe.each(repliers)('$name, when answers fill a pipe', ({ Replier, RawReplier, RawAsker, asker }) => {
  it.each(cases)('REP-23 RES-12 answers all 64 that one asked at once and reads, over $name, by $way', async (each) => {
    const size = 20_000
    const [replier, raw] = track(new Replier({ sendBuffer: 3 * size }), new RawAsker({ recvBuffer: size }))
    await marry(replier, raw, each.transport.url(), each.transport)
    void each.answer(replier, size).catch(() => {})
    for (let n = 0; n < 64; n++) await raw.send({ header: idWord(n), body: Uint8Array.of(n) })
    const answered = new Set<string>()
    for (let n = 0; n < 64; n++) {
      const { header, body } = await raw.recv({ timeout: 4000 })
      expect(body.equals(sized(header[3] as number, size))).toBe(true)
      answered.add(header.toString('hex'))
    }
    expect(answered.size).toBe(64)
    expect(replier.stats().drops).toEqual({})
  })

  it.each(plainTransports)('REP-23 RES-12 [raw] answers all of them over $name', async (transport) => {
    const size = 20_000
    const [replier, raw] = track(new RawReplier({ sendBuffer: 3 * size }), new RawAsker({ recvBuffer: size }))
    await marry(replier, raw, transport.url(), transport)
    const answering = async (): Promise<void> => {
      for await (const { header } of replier) await replier.send({ header, body: new Uint8Array(size) })
    }
    void answering().catch(() => {})
    for (let n = 0; n < 64; n++) await raw.send({ header: idWord(n), body: '?' })
    for (let n = 0; n < 64; n++) expect((await raw.recv({ timeout: 4000 })).header).toEqual(idWord(n))
    expect(replier.stats().drops).toEqual({})
  })

  it('REP-23 RES-12 answers of which one alone is more than sendBuffer all arrive', async () => {
    const size = 300_000
    const [replier, raw] = track(new Replier({ sendBuffer: 1000 }), new RawAsker())
    await marry(replier, raw, 'tcp://127.0.0.1:0')
    void replier.serve(() => new Uint8Array(size))
    for (let n = 0; n < 20; n++) await raw.send({ header: idWord(n), body: '?' })
    for (let n = 0; n < 20; n++) {
      const { header, body } = await raw.recv({ timeout: 4000 })
      expect([header, body.length]).toEqual([idWord(n), size])
    }
    expect(replier.stats().drops).toEqual({})
  })

  it('REP-24 RES-12 who does not read is asked nothing more, and others are answered meanwhile', async () => {
    const size = 65536
    const replier = track(new Replier({ sendBuffer: size }))
    const listener = await replier.bind('tcp://127.0.0.1:0')
    const stuck = await connectBytes(listener.url)
    await stuck.greet(asker)
    stuck.stream.pause()
    let handled = 0
    void replier.serve(({ body }) => {
      if (body.length === 2) return body
      handled++
      return new Uint8Array(size)
    })
    const count = 600
    for (let n = 0; n < count; n++) stuck.send(frame(idWord(n), '3f'))
    await replier.waitForPeers(1)
    const [pipe] = replier.peers
    await eventually(() => (pipe?.stats().sendQueue ?? 0) > 0)
    const raw = track(new RawAsker())
    await raw.connect(listener.url).whenConnected()
    const start = performance.now()
    for (let n = 0; n < 100; n++) {
      await raw.send({ header: idWord(n), body: 'me' })
      expect(String((await raw.recv({ timeout: 4000 })).body)).toBe('me')
    }
    // Otherwise the patience has ended, and there was nothing to be seen.
    if (performance.now() - start < 900) {
      expect(handled).toBeLessThan(count / 2)
      expect(replier.stats().drops).toEqual({})
    }
    await eventually(() => handled === count, 10_000)
    const dropped = replier.stats().drops['queue-full'] as number
    expect(dropped + (pipe?.stats().messagesSent ?? 0)).toBe(count)
  })

  it('REP-24 RES-12 what is held is let go when who asked leaves, and counted when the socket closes', async () => {
    const size = 1000
    const [replier, gone, left] = track(
      new Replier({ sendBuffer: size }),
      new RawAsker({ recvBuffer: 1 }),
      new RawAsker({ recvBuffer: 1 })
    )
    const listener = await replier.bind('inproc://held')
    void replier.serve(() => new Uint8Array(size)).catch(() => {})
    const drops = recordEvents(replier, 'drop')
    for (const raw of [gone, left]) {
      await raw.connect(listener.url).whenConnected()
      for (let n = 0; n < 10; n++) await raw.send({ header: idWord(n), body: '?' })
    }
    await turns(10)
    const answered = replier.stats().messagesSent
    expect(answered).toBeLessThan(10)
    await gone.close()
    await eventually(() => drops.some(({ reason }) => reason === 'unroutable'))
    await replier.close({ linger: 0 })
    const { drops: counted } = replier.stats()
    expect((counted.unroutable ?? 0) + (counted.closed ?? 0) + answered).toBeGreaterThanOrEqual(20)
  })

  it('REP-24 RES-12 answers under way to those who do not read are bounded together, and again when they have read', async () => {
    const [size, count] = [500, 150]
    const replier = track(new Replier({ sendBuffer: 1000 }))
    const listener = await replier.bind('inproc://together')
    const gate = new EventEmitter().setMaxListeners(0)
    let running = 0
    void replier.serve(
      async () => {
        running++
        await once(gate, 'open')
        return new Uint8Array(size)
      },
      { concurrency: Number.POSITIVE_INFINITY }
    )
    const raws = [1, 2].map(() => track(new RawAsker({ recvBuffer: 1 })))
    await Promise.all(raws.map((raw) => raw.connect(listener.url).whenConnected()))
    for (let round = 0; round < 2; round++) {
      running = 0
      const before = replier.stats().drops['queue-full'] ?? 0
      for (const raw of raws) for (let n = 0; n < count; n++) await raw.send({ header: idWord(n), body: '?' })
      await eventually(() => running === 2 * count)
      gate.emit('open')
      await turns(10)
      const kept = 2 * count - ((replier.stats().drops['queue-full'] ?? 0) - before)
      // 64 times sendBuffer, each answer 64 bytes more than it has; and what filled the pipes.
      expect(kept).toBeGreaterThanOrEqual(64_000 / (size + 64))
      expect(kept).toBeLessThanOrEqual(64_000 / (size + 64) + 10)
      let read = 0
      for (const raw of raws) while (await raw.recv({ timeout: 100 }).catch(() => undefined)) read++
      expect(read).toBe(kept)
    }
  })

  it('REP-24 RES-12 a call that waits gets what was held, once there is room', async () => {
    const [replier, raw] = track(new Replier({ sendBuffer: 100 }), new RawAsker({ recvBuffer: 1 }))
    await marry(replier, raw)
    for (let n = 0; n < 5; n++) await raw.send({ header: idWord(n), body: `${n}` })
    let answers = 0
    while (replier.tryRecv() !== undefined) {
      await replier.send(sized(answers++, 60))
    }
    expect(answers).toBe(3)
    const waiting = replier.recv({ timeout: 900 })
    await turns(3)
    for (let n = 0; n < answers; n++) expect((await raw.recv()).header).toEqual(idWord(n))
    expect(String(await waiting)).toBe('3')
    expect(String(replier.tryRecv())).toBe('4')
    expect(replier.stats().drops).toEqual({})
  })
})
