/** All transports and patterns at once, with many dialers, in one process: nothing is lost, refused or broken. */
import { Bus, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { numbered, texts } from '../helpers/messages.ts'
import { recordEvents, type TransportCase, track, transportCases } from '../helpers/sockets.ts'

const patience = { timeout: 20_000 }

/** Binds `hub` and connects the others; resolves when all are attached. */
async function star(transport: TransportCase, hub: Socket, others: readonly Socket[]): Promise<void> {
  track(hub)
  const { url } = await hub.bind(transport.url(), transport.bind)
  for (const other of others) track(other).connect(url, transport.connect)
  await Promise.all([
    hub.waitForPeers(others.length, patience),
    ...others.map((other) => other.waitForPeers(1, patience))
  ])
}

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

async function pipeline(transport: TransportCase, watch: (...sockets: Socket[]) => void): Promise<void> {
  const [pull, pushes] = [new Pull(), many(8, () => new Push())]
  watch(pull, ...pushes)
  await star(transport, pull, pushes)
  const sending = pushes.map(async (push, i) => {
    for (const text of numbered(`${i} `, 200)) await push.send(text)
  })
  const received = await texts(pull, 8 * 200)
  await Promise.all(sending)
  for (let i = 0; i < 8; i++) {
    expect(received.filter((text) => text.startsWith(`${i} `))).toEqual(numbered(`${i} `, 200))
  }
}

async function requests(transport: TransportCase, watch: (...sockets: Socket[]) => void): Promise<void> {
  const [rep, reqs] = [new Rep(), many(6, () => new Req())]
  watch(rep, ...reqs)
  await star(transport, rep, reqs)
  void rep.serve(({ body }) => `re ${body}`)
  await Promise.all(
    reqs.flatMap((req, i) =>
      many(5, async () => {
        for (const text of numbered(`${i} `, 20)) expect(String(await req.request(text, patience))).toBe(`re ${text}`)
      })
    )
  )
}

async function broadcasts(transport: TransportCase, watch: (...sockets: Socket[]) => void): Promise<void> {
  const [pub, subs] = [new Pub(), many(6, () => new Sub())]
  watch(pub, ...subs)
  for (const sub of subs) sub.subscribe('')
  await star(transport, pub, subs)
  for (const text of numbered('news ', 300)) await pub.send(text)
  for (const sub of subs) expect(await texts(sub, 300)).toEqual(numbered('news ', 300))
}

async function buses(transport: TransportCase, watch: (...sockets: Socket[]) => void): Promise<void> {
  const [hub, others] = [new Bus(), many(5, () => new Bus())]
  watch(hub, ...others)
  await star(transport, hub, others)
  for (const [i, other] of others.entries()) for (const text of numbered(`${i} `, 50)) await other.send(text)
  expect((await texts(hub, 250)).sort()).toEqual(others.flatMap((_, i) => numbered(`${i} `, 50)).sort())
  await hub.send('to all')
  for (const other of others) expect(await texts(other, 1)).toEqual(['to all'])
}

async function surveys(transport: TransportCase, watch: (...sockets: Socket[]) => void): Promise<void> {
  const [surveyor, respondents] = [new Surveyor({ deadline: 20_000 }), many(5, () => new Respondent())]
  watch(surveyor, ...respondents)
  await star(transport, surveyor, respondents)
  for (const [i, respondent] of respondents.entries()) void respondent.serve(({ body }) => `${i} ${body}`)
  for (const text of numbered('q', 20)) {
    const answers: string[] = []
    for await (const { body } of surveyor.survey(text, { count: 5 })) answers.push(String(body))
    expect(answers.sort()).toEqual(numbered('', 5).map((i) => `${i} ${text}`))
  }
}

describe('load', () => {
  it('TR-21 many dialers and all patterns on all transports run side by side without a fault', async () => {
    const faults: (() => unknown[])[] = []
    const watch = (...sockets: Socket[]): void => {
      for (const socket of sockets) {
        for (const event of ['drop', 'reject', 'retry', 'detach'] as const) {
          const events = recordEvents(socket, event)
          faults.push(() => events)
        }
      }
    }
    const patterns = [pipeline, requests, broadcasts, buses, surveys]
    await Promise.all(transportCases.flatMap((transport) => patterns.map((pattern) => pattern(transport, watch))))
    expect(faults.flatMap((events) => events())).toEqual([])
  }, 30_000)
})
