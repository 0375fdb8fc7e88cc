/**
 * Random trees of devices whose parts die and come back: every request gets its own reply in the end, no job comes twice, and
 * every survey ends, whatever was cut on the way.
 */
import fc from 'fast-check'
import { Pull, Push, Rep, Req, Respondent, type Socket, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { type TransportCase, track, transportCases } from '../helpers/sockets.ts'

const transports = transportCases.filter(({ name }) => ['inproc', 'tcp', 'ipc', 'ws'].includes(name))
const quick = { reconnectInterval: 1, reconnectIntervalMax: 5 }
const linger = { linger: 0 }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Something that listens, and whoever it connects to listens, too. */
interface Part {
  start(): Promise<void>
  stop(): Promise<void>
}

interface Tree {
  /** Those that the sockets at the edge connect to. */
  readonly urls: readonly string[]
  readonly parts: readonly Part[]
}

/** A part that listens at the same address each time; `open` returns its sockets, the first of which is to be bound. */
async function partOf(transport: TransportCase, open: () => Socket[]): Promise<Part & { url(): string }> {
  let sockets: Socket[] = []
  let url = transport.url()
  const part = {
    url: () => url,
    async start() {
      if (sockets.length > 0) return
      sockets = open().map((socket) => track(socket))
      url = (await (sockets[0] as Socket).bind(url, transport.bind)).url
    },
    async stop() {
      await Promise.all(sockets.splice(0).map((socket) => socket.close(linger)))
    }
  }
  await part.start()
  return part
}

/** `shape` holds, for each layer of devices, how many there are and which of the layer below each one connects to. */
async function grow(
  transport: TransportCase,
  shape: readonly (readonly number[])[],
  leaf: () => Socket,
  sides: () => [raw.Rep, raw.Req] | [raw.Respondent, raw.Surveyor] | [raw.Pull, raw.Push]
): Promise<Tree> {
  const leaves = await Promise.all([0, 1].map(() => partOf(transport, () => [leaf()])))
  const parts: Part[] = [...leaves]
  let below = leaves.map((part) => part.url)
  for (const layer of shape) {
    const to = below
    const devices = await Promise.all(
      layer.map((mask) =>
        partOf(transport, () => {
          const [front, back] = sides()
          for (const [i, url] of to.entries()) if (mask & (1 << i)) back.connect(url(), transport.connect)
          raw.device(front, back).catch(() => {})
          return [front, back]
        })
      )
    )
    parts.push(...devices)
    below = devices.map((part) => part.url)
  }
  return { urls: below.map((url) => url()), parts }
}

/** One or two devices in each layer; each is connected to one or both of the layer below. */
const shapes = fc.array(fc.array(fc.constantFrom(1, 3), { minLength: 1, maxLength: 2 }), { maxLength: 2 })
const kinds = ['act', 'act', 'act', 'kill', 'wait', 'start'] as const
const steps = fc.array(fc.record({ kind: fc.constantFrom(...kinds), part: fc.nat(5) }), {
  minLength: 10,
  maxLength: 40,
  size: 'max'
})

interface Step {
  readonly kind: (typeof kinds)[number]
  readonly part: number
}

/** Takes the steps; at the end every part is there. */
async function live({ parts }: Tree, plan: readonly Step[], act: (i: number) => void): Promise<void> {
  for (const [i, { kind, part }] of plan.entries()) {
    const chosen = parts[part % parts.length] as Part
    if (kind === 'act') act(i)
    else if (kind === 'kill') await chosen.stop()
    else if (kind === 'start') await chosen.start()
    else await turn()
  }
  for (const part of parts) await part.start()
}

const ended = async ({ parts }: Tree, ...sockets: Socket[]): Promise<void> =>
  void (await Promise.all([...parts.map((part) => part.stop()), ...sockets.map((socket) => socket.close(linger))]))

describe.each(transports)('a random tree over $name', { timeout: 60_000 }, (transport) => {
  const runs = { numRuns: 10, endOnFailure: true }

  it('REQ-27 of REPs and devices that die and come back answers every request with its own reply', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, steps, async (shape, plan) => {
        const leaf = (): Socket => {
          const rep = new Rep()
          rep.serve(({ body }) => `re: ${body}`)
          return rep
        }
        const tree = await grow(transport, shape, leaf, () => [new raw.Rep(), new raw.Req(quick)])
        const req = track(new Req({ ...quick, resendInterval: 50 }))
        for (const url of tree.urls) req.connect(url, transport.connect)
        const replies: Promise<unknown>[] = []
        await live(tree, plan, (i) => replies.push(req.request(`${i}`).then((reply) => [`${i}`, String(reply)])))
        for (const reply of await Promise.all(replies)) {
          const [asked, answered] = reply as [string, string]
          expect(answered).toBe(`re: ${asked}`)
        }
        await ended(tree, req)
      }),
      runs
    )
  })

  it('PIPE-05 of workers and devices that die and come back delivers no job twice, and goes on', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, steps, async (shape, plan) => {
        const done: string[] = []
        const leaf = (): Socket => {
          const pull = new Pull()
          void (async () => {
            for await (const job of pull) done.push(String(job))
          })()
          return pull
        }
        const tree = await grow(transport, shape, leaf, () => [new raw.Pull(), new raw.Push(quick)])
        const push = track(new Push(quick))
        for (const url of tree.urls) push.connect(url, transport.connect)
        const sent = new Set<string>()
        await live(tree, plan, (i) => void (push.trySend(`${i}`) && sent.add(`${i}`)))
        // What was on its way through a part that died is gone; what comes later is not.
        for (let last = 0; !done.some((job) => job.startsWith('last')); last++) {
          await push.send(`last ${last}`, { timeout: 5000 })
          await turn()
        }
        const jobs = done.filter((job) => !job.startsWith('last'))
        expect(new Set(done).size).toBe(done.length)
        expect(jobs.every((job) => sent.has(job))).toBe(true)
        await ended(tree, push)
      }),
      runs
    )
  })

  it('SUR-12 of respondents and devices that die and come back ends every survey in time, with answers of its own', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, steps, async (shape, plan) => {
        const leaf = (): Socket => {
          const respondent = new Respondent()
          respondent.serve(({ body }) => `re: ${body}`)
          return respondent
        }
        const tree = await grow(transport, shape, leaf, () => [new raw.Respondent(), new raw.Surveyor(quick)])
        const surveyor = track(new Surveyor({ ...quick, deadline: 100 }))
        for (const url of tree.urls) surveyor.connect(url, transport.connect)
        const survey = async (question: string, deadline: number): Promise<number> => {
          let count = 0
          for await (const { body } of surveyor.survey(question, { deadline })) {
            expect(String(body)).toBe(`re: ${question}`)
            count++
          }
          return count
        }
        const surveys: Promise<number>[] = []
        await live(tree, plan, (i) => surveys.push(survey(`${i}`, 100)))
        await Promise.all(surveys)
        for (let rounds = 0; (await survey('last', 50)) === 0; rounds++) expect(rounds).toBeLessThan(100)
        await ended(tree, surveyor)
      }),
      runs
    )
  })
})
