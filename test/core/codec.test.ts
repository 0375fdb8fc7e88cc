import { type Codec, Pair, Pull, Push, Rep, Req, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { eventually, marry, recordEvents, track } from '../helpers/sockets.ts'

interface Point {
  x: number
  y: number
}

const points: Codec<Point> = {
  encode: ({ x, y }) => `${x},${y}`,
  decode: (body) => {
    const match = /^(-?\d+),(-?\d+)$/.exec(body.toString())
    if (match === null) throw new Error(`${body} is no point`)
    return { x: Number(match[1]), y: Number(match[2]) }
  }
}

describe('codec', () => {
  it('COM-28 send encodes and recv decodes, in every form of receiving', async () => {
    const push = new Push({ codec: points })
    const pull = new Pull({ codec: points })
    await marry(push, pull)
    for (let x = 0; x < 4; x++) await push.send({ x, y: 10 - x })
    expect(await pull.recv()).toEqual({ x: 0, y: 10 })
    expect(pull.tryRecv()).toEqual({ x: 1, y: 9 })
    expect((await pull.recvMessage()).body).toEqual({ x: 2, y: 8 })
    for await (const point of pull) {
      expect(point).toEqual({ x: 3, y: 7 })
      break
    }
  })

  it('COM-28 a body that does not decode is counted and does not stop the socket', async () => {
    const push = new Push()
    const pull = new Pull({ codec: points })
    const { pipes } = await marry(push, pull)
    const drops = recordEvents(pull, 'drop')
    const waiting = pull.recv()
    await push.send('rubbish')
    await push.send('1,2')
    expect(await waiting).toEqual({ x: 1, y: 2 })
    await push.send('more rubbish')
    await push.send('3,4')
    expect(pull.tryRecv()).toEqual({ x: 3, y: 4 })
    expect(pull.stats().drops).toEqual({ codec: 2 })
    expect(pull.stats().messagesReceived).toBe(2)
    expect(drops).toHaveLength(2)
    expect(drops[0]).toMatchObject({ reason: 'codec', size: 7, count: 1, cause: { message: 'rubbish is no point' } })
    expect(drops[0]?.pipe).toBe(pipes[1])
  })

  it('COM-28 a body that decodes to undefined counts as one that does not, in every form of receiving', async () => {
    const push = new Push()
    const pull = new Pull({ codec: { encode: String, decode: (body) => (String(body) === 'x' ? undefined : body) } })
    await marry(push, pull)
    for (const text of ['x', '1', 'x', '2', 'x', '3']) await push.send(text)
    expect(String(await pull.recv())).toBe('1')
    expect(String((await pull.recvMessage()).body)).toBe('2')
    for await (const body of pull) {
      expect(String(body)).toBe('3')
      break
    }
    expect(pull.stats()).toMatchObject({ drops: { codec: 3 }, messagesReceived: 3 })
  })

  it('COM-28 a value that does not encode rejects the send with what the codec threw; nothing is sent', async () => {
    const failing = new Error('cannot be encoded')
    const codec: Codec<string> = {
      encode: () => {
        throw failing
      },
      decode: String
    }
    const [a, b] = [new Pair({ codec }), new Pair()]
    await marry(a, b)
    await expect(a.send('x')).rejects.toBe(failing)
    expect(() => a.trySend('x')).toThrow(failing)
    expect(b.tryRecv()).toBeUndefined()
    const wrong = new Pair({ codec: { encode: () => 5 as unknown as string, decode: String } })
    await marry(wrong, new Pair())
    await expect(wrong.send('x')).rejects.toMatchObject({ code: 'EINVAL' })
  })

  it('COM-28 works for requests and surveys, both ways', async () => {
    const req = new Req({ codec: points })
    const rep = new Rep({ codec: points })
    await marry(req, rep)
    void rep.serve(({ body: { x, y } }) => ({ x: y, y: x }))
    expect(await req.request({ x: 1, y: 2 })).toEqual({ x: 2, y: 1 })
    const plain = track(new Req())
    const { url } = await rep.bind('tcp://127.0.0.1:0')
    plain.connect(url)
    const controller = new AbortController()
    const refused = plain.request('rubbish', { signal: controller.signal })
    await eventually(() => rep.stats().drops.codec === 1)
    controller.abort()
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' })
    expect(String(await plain.request('7,8'))).toBe('8,7')
  })

  it.each(['inproc://taken-back', 'tcp://127.0.0.1:0'])(
    'COM-28 a call that decode takes back leaves the message to the next, over %s',
    async (url) => {
      let controller = new AbortController()
      const decode = (body: Uint8Array): string => {
        controller.abort()
        return String(body)
      }
      const [push, pull] = track(new Push(), new Pull({ codec: { encode: String, decode } }))
      await marry(pull, push, url)
      const { signal } = controller
      const taken = pull.recv({ signal })
      const next = pull.recv()
      await push.send('a')
      await expect(taken).rejects.toMatchObject({ name: 'AbortError' })
      expect(await next).toBe('a')
      controller = new AbortController()
      const alone = pull.recv({ signal: controller.signal })
      await push.send('b')
      await expect(alone).rejects.toMatchObject({ name: 'AbortError' })
      expect(await pull.recv()).toBe('b')
      expect(pull.stats()).toMatchObject({ messagesReceived: 2, drops: {} })
    }
  )

  it('OPT-03 a raw socket has no codec', () => {
    const options = { codec: points } as object
    for (const Raw of [raw.Pair, raw.Push, raw.Pull, raw.Req, raw.Rep, raw.Bus, raw.Pub, raw.Sub, raw.Surveyor]) {
      expect(() => new Raw(options)).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('codec') })
      )
    }
  })

  it('OPT-04 a codec without both functions is EINVAL', () => {
    for (const codec of [null, 'json', {}, { encode: String }, { decode: String }, [], { encode: 1, decode: 2 }]) {
      expect(() => new Surveyor({ codec: codec as never })).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    }
  })
})
