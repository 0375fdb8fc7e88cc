/** What all codecs have in common, over a real connection: values in, values out, and nothing lost by what is not one. */
import fc from 'fast-check'
import { type Codec, Pair, Pub, Pull, Push, Rep, Req, SpError, Sub, Surveyor } from 'hubless'
import { json, msgpack, text } from 'hubless/codecs'
import * as raw from 'hubless/raw'
import * as msgpackr from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { eventually, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'

interface Case {
  readonly name: string
  readonly codec: Codec<unknown>
  readonly value: unknown
  readonly damaged: Uint8Array
}

const cases: Case[] = [
  { name: 'json', codec: json(), value: { item: 'tea', count: 2, notes: [null, 'ü'] }, damaged: Buffer.from('{"a":') },
  { name: 'text', codec: text() as Codec<unknown>, value: 'größer', damaged: Buffer.from([0x61, 0xff]) },
  { name: 'msgpack', codec: msgpack(msgpackr), value: { at: 1.5, tags: ['a'] }, damaged: Buffer.from([0x92, 0x01]) }
]

describe.each(cases)('$name', ({ codec, value, damaged }) => {
  it('COM-28 encodes what is sent and decodes what is received, by recv, tryRecv, recvMessage and iteration', async () => {
    const push = new Push({ codec })
    const pull = new Pull({ codec })
    const { pipes } = await marry(push, pull)
    await push.send(value)
    expect(await pull.recv()).toEqual(value)
    push.trySend(value)
    await eventually(() => pull.stats().pipes[0]?.messagesReceived === 2)
    expect(pull.tryRecv()).toEqual(value)
    await push.send(value)
    expect(await pull.recvMessage()).toMatchObject({ body: value, pipe: pipes[1] })
    await push.send(value)
    for await (const received of pull) {
      expect(received).toEqual(value)
      break
    }
  })

  it('COM-28 counts a body that does not decode, says so, and goes on with the next', async () => {
    const pull = new Pull({ codec })
    const push = new raw.Push()
    await marry(push, pull, 'tcp://127.0.0.1:0')
    const dropped = nextEvent(pull, 'drop')
    const received = pull.recv({ timeout: 5000 })
    await push.send({ body: damaged })
    await push.send({ body: codec.encode(value) })
    expect(await received).toEqual(value)
    expect(await dropped).toMatchObject({ reason: 'codec', count: 1, size: damaged.length, cause: expect.any(Error) })
    const stats = pull.stats()
    expect(stats.drops).toEqual({ codec: 1 })
    expect(stats.pipes[0]?.drops).toEqual({ codec: 1 })
    expect(stats).toMatchObject({ messagesReceived: 1, currentConnections: 1 })
  })

  it('HOST-17 throws at random bytes only into the counted drop', async () => {
    const pull = new Pull({ codec })
    const push = new raw.Push()
    await marry(push, pull)
    const drops = recordEvents(pull, 'drop')
    const bodies = fc.sample(fc.uint8Array({ maxLength: 40 }), { numRuns: 500, seed: 17 })
    for (const body of bodies) await push.send({ body: body.slice() })
    await push.send({ body: codec.encode('the end') })
    let decoded = 0
    while ((await pull.recv({ timeout: 5000 })) !== 'the end') decoded++
    expect(drops.length).toBeGreaterThan(0)
    expect(drops.every(({ reason }) => reason === 'codec')).toBe(true)
    expect(decoded + drops.length).toBe(bodies.length)
    expect(pull.stats().drops).toEqual({ codec: drops.length })
  })
})

it('COM-28 rejects a send with what encode threw, and sends nothing', async () => {
  const push = new Push({ codec: json() })
  const pull = new Pull()
  await marry(push, pull)
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  await expect(push.send(cycle)).rejects.toThrow(TypeError)
  await expect(push.send(undefined)).rejects.toMatchObject({ code: 'EINVAL' })
  expect(() => push.trySend(cycle)).toThrow(TypeError)
  await push.send('good')
  expect(`${await pull.recv()}`).toBe('"good"')
  expect(push.stats().messagesSent).toBe(1)
})

it('COM-28 rejects the request whose reply does not decode, counts it, and answers the next', async () => {
  const req = new Req({ codec: json() })
  const rep = new Rep()
  await marry(rep, req)
  let replies = 0
  void rep.serve(() => (replies++ === 0 ? 'not json' : '"fine"'))
  await expect(req.request('a')).rejects.toThrow(SyntaxError)
  expect(req.stats().drops).toEqual({ codec: 1 })
  expect(await req.request('b')).toBe('fine')
})

it('COM-28 lets a served handler handle values, and drops a request that does not decode', async () => {
  const rep = new Rep({ codec: json<{ n: number }>() })
  const req = track(new Req())
  const { listener } = await marry(rep, req)
  const asked: number[] = []
  void rep.serve(({ body }) => {
    asked.push(body.n)
    return { n: body.n + 1 }
  })
  const bad = req.request('{', { timeout: 50 })
  await expect(bad).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  expect(rep.stats().drops).toEqual({ codec: 1 })
  const typed = track(new Req({ codec: json<{ n: number }>() }))
  typed.connect(listener.url)
  expect(await typed.request({ n: 1 })).toEqual({ n: 2 })
  expect(asked).toEqual([1])
})

it('COM-28 skips an answer that does not decode without ending the survey', async () => {
  const surveyor = new Surveyor({ codec: json() })
  const respondent = new raw.Respondent()
  await marry(surveyor, respondent)
  const answers: unknown[] = []
  const collecting = (async () => {
    for await (const { body } of surveyor.survey('?', { deadline: 5000, count: 1 })) answers.push(body)
  })()
  const { header } = await respondent.recv({ timeout: 5000 })
  await respondent.send({ header, body: '{' })
  await respondent.send({ header, body: '1' })
  await collecting
  expect(answers).toEqual([1])
  expect(surveyor.stats().drops).toEqual({ codec: 1 })
})

it('filters by the encoded topic, so a text codec subscribes as usual', async () => {
  const pub = new Pub({ codec: text() })
  const sub = new Sub({ codec: text() })
  sub.subscribe('a/')
  await marry(pub, sub)
  await pub.send('b/1')
  await pub.send('a/2')
  expect(await sub.recv()).toBe('a/2')
})

it('COM-28 works over both ends of one PAIR with a check that refuses what is not a value', async () => {
  const number = (value: unknown): number => {
    if (typeof value !== 'number') throw new SpError('EINVAL', { message: 'not a number' })
    return value
  }
  for (const codec of [json(number), msgpack(msgpackr, number)]) {
    const strict = new Pair({ codec })
    const loose = new Pair({ codec: codec as Codec<unknown> })
    await marry(strict, loose)
    await loose.send('seven')
    await loose.send(7)
    expect(await strict.recv()).toBe(7)
    expect(strict.stats().drops).toEqual({ codec: 1 })
  }
})

it('throws EINVAL when it is made of what it cannot work with', () => {
  const invalid = (message: string): unknown =>
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(message) })
  for (const library of [undefined, null, {}, { pack: () => '' }, 'msgpackr']) {
    expect(() => msgpack(library as never)).toThrow(invalid('needs a library with pack and unpack'))
  }
  expect(() => msgpack(msgpackr, {} as never)).toThrow(invalid('the check of msgpack()'))
  expect(() => json(5 as never)).toThrow(invalid('the check of json()'))
})
