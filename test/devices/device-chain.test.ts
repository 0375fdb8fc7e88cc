/** Chains of devices: requests and surveys find their way there and back, sizes and hops included. */
import { Rep, Req, Respondent, type Socket, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { inprocUrl, marry, type TransportCase, track, transportCases } from '../helpers/sockets.ts'

type Family = {
  name: string
  asker(): Req | Surveyor
  answerer(ttl?: number): Rep | Respondent
  front(ttl?: number): raw.Rep | raw.Respondent
  back(): raw.Req | raw.Surveyor
}

const families: Family[] = [
  {
    name: 'requests',
    asker: () => new Req({ resendInterval: Number.POSITIVE_INFINITY }),
    answerer: (ttl) => new Rep({ ttl }),
    front: (ttl) => new raw.Rep({ ttl }),
    back: () => new raw.Req()
  },
  {
    name: 'surveys',
    asker: () => new Surveyor({ deadline: 5000 }),
    answerer: (ttl) => new Respondent({ ttl }),
    front: (ttl) => new raw.Respondent({ ttl }),
    back: () => new raw.Surveyor()
  }
]

const inproc: TransportCase = { name: 'inproc', url: inprocUrl }
const tcp: TransportCase = { name: 'tcp', url: () => 'tcp://127.0.0.1:0' }

/** asker ─ front/back ─ front/back ─ … ─ answerer, one transport after the other on the way. */
async function chain(
  family: Family,
  devices: number,
  options: { transports?: readonly TransportCase[]; ttl?: number } = {}
) {
  const { transports = [inproc], ttl } = options
  const join = (a: Socket, b: Socket, i: number): Promise<unknown> => {
    const transport = transports[i % transports.length] as TransportCase
    return marry(a, b, transport.url(), transport)
  }
  const [asker, answerer] = [family.asker(), family.answerer(ttl)]
  let previous: Req | Surveyor | raw.Req | raw.Surveyor = asker
  for (let i = 0; i < devices; i++) {
    // Only the last replier is the one under test; those on the way let everything through.
    const front = family.front(255)
    await join(front, previous, i)
    const back = family.back()
    raw.device(front, back)
    previous = back
  }
  await join(answerer, previous, devices)
  return { asker, answerer }
}

async function roundTrip(asker: Req | Surveyor, answerer: Rep | Respondent, body: Uint8Array): Promise<void> {
  await asker.send(body)
  const received = await answerer.recv({ timeout: 5000 })
  expect(Buffer.compare(received, body)).toBe(0)
  await answerer.send(received)
  expect(Buffer.compare(await asker.recv({ timeout: 5000 }), body)).toBe(0)
}

const sizes = [0, 1, 2, 3, 4, 5, 8, 24, 27, 28, 29, 30, 31, 32, 33, 36, 64, 125, 126, 1024, 4096, 65_535, 65_536]

describe.each(families)('$name through devices', (family) => {
  it('DEV-09 pass two chained devices over mixed transports', async () => {
    for (const transports of [transportCases.slice(0, 3), transportCases.slice(3)]) {
      const { asker, answerer } = await chain(family, 2, { transports })
      for (let i = 0; i < 20; i++) await roundTrip(asker, answerer, Buffer.from(`number ${i}`))
    }
  })

  it.each([1, 2, 7])('DEV-10 (crash list 18) keep bodies of every size intact through %i devices', async (devices) => {
    const { asker, answerer } = await chain(family, devices, { transports: [inproc, tcp] })
    for (const size of sizes) await roundTrip(asker, answerer, Buffer.alloc(size, size))
  })

  it.each([
    { ttl: 8, passes: true },
    { ttl: 2, passes: true },
    { ttl: 1, passes: false }
  ])('DEV-11 with ttl $ttl pass one device: $passes', async ({ ttl, passes }) => {
    const { asker, answerer } = await chain(family, 1, { ttl })
    if (passes) return roundTrip(asker, answerer, Buffer.from('x'))
    await asker.send('x')
    await expect(answerer.recv({ timeout: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(answerer.stats().drops).toEqual({ ttl: 1 })
    return undefined
  })

  it('DEV-11 a direct hop counts 1', async () => {
    const [asker, answerer] = [family.asker(), family.answerer(1)]
    await marry(answerer, asker)
    await roundTrip(asker, answerer, Buffer.from('direct'))
  })

  it('DEV-10 a stack of eight words passes seven devices under the default ttl, nine do not', async () => {
    const eight = await chain(family, 7)
    await roundTrip(eight.asker, eight.answerer, Buffer.from('seven devices'))
    const nine = await chain(family, 8)
    track(nine.asker, nine.answerer)
    await nine.asker.send('eight devices')
    await expect(nine.answerer.recv({ timeout: 50 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(nine.answerer.stats().drops).toEqual({ ttl: 1 })
  })
})
