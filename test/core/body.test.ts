import { Bus, Pair, Pub, Push, Rep, Req, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { toBytes } from '../../src/core/body.ts'
import { marry, track } from '../helpers/sockets.ts'

describe('outgoing bodies', () => {
  it('COM-24 a view keeps its own offset and length and is not copied', () => {
    const memory = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer
    for (const view of [new Uint8Array(memory, 2, 3), new DataView(memory, 2, 3), Buffer.from(memory, 2, 3)]) {
      const bytes = toBytes(view)
      expect(Buffer.isBuffer(bytes)).toBe(true)
      expect([...bytes]).toEqual([2, 3, 4])
      expect(bytes.buffer).toBe(memory)
    }
    expect(toBytes(memory).buffer).toBe(memory)
    expect(toBytes(memory)).toHaveLength(8)
  })

  it('COM-24 a string is UTF-8, also the empty one and what is no valid UTF-16', () => {
    expect([...toBytes('é€😀')]).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80])
    expect([...toBytes('\ud800')]).toEqual([0xef, 0xbf, 0xbd])
    expect(toBytes('')).toHaveLength(0)
  })

  it('COM-25 one whose bytes were transferred is EINVAL at once, also while nobody is there to send it to', async () => {
    const gone = (): Buffer => {
      const buffer = Buffer.from(new ArrayBuffer(10))
      structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] })
      return buffer
    }
    const refusal = expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('transferred') })
    for (const body of [gone(), gone().buffer]) expect(() => toBytes(body)).toThrow(refusal)
    expect(toBytes(Buffer.alloc(0))).toHaveLength(0)
    await expect(track(new Push()).send(gone())).rejects.toEqual(refusal)
    await expect(track(new Req()).request(gone())).rejects.toEqual(refusal)
    const [a, b] = [new Pair(), new Pair()]
    await marry(a, b)
    await expect(a.sendBatch(['first', gone()])).rejects.toEqual(refusal)
    expect(a.stats().messagesSent).toBe(0)
  })

  const wrong: [unknown, RegExp][] = [
    [undefined, /is undefined/],
    [null, /is null/],
    [42, /is 42/],
    [true, /is true/],
    [10n, /is 10/],
    [Symbol('s'), /is Symbol/],
    [() => 'x', /is a function/],
    [{ body: 'x' }, /is an object/],
    [['x'], /is an array/],
    [new Date(0), /is Date/],
    [new Map(), /is Map/],
    [Object.create(null), /is an object/],
    [Promise.resolve('x'), /is Promise/]
  ]

  it('COM-25 any other type is EINVAL with the accepted types in the message; nothing is sent', async () => {
    const [a, b] = [new Pair(), new Pair()]
    await marry(a, b)
    for (const [body, said] of wrong) {
      const matching = {
        code: 'EINVAL',
        message: expect.stringMatching(/string.*ArrayBufferView.*ArrayBuffer/)
      }
      await expect(a.send(body as string)).rejects.toMatchObject(matching)
      await expect(a.send(body as string)).rejects.toThrow(said)
      expect(() => a.trySend(body as string)).toThrow(expect.objectContaining(matching))
    }
    await a.send('only this')
    expect(String(await b.recv())).toBe('only this')
    expect(b.tryRecv()).toBeUndefined()
    expect(a.stats().messagesSent).toBe(1)
  })

  it('COM-25 holds for every pattern, for requests, surveys and raw messages', async () => {
    const bad = 5 as unknown as string
    for (const socket of track(new Push(), new Pub(), new Bus(), new Req(), new Surveyor(), new Pair())) {
      await expect(socket.send(bad)).rejects.toMatchObject({ code: 'EINVAL' })
      expect(socket.stats().messagesSent).toBe(0)
    }
    await expect(track(new Req()).request(bad)).rejects.toMatchObject({ code: 'EINVAL' })
    expect(() => track(new Surveyor()).survey(bad)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    const bus = track(new raw.Bus())
    for (const message of [undefined, 'x', { body: 5 }, { header: 'text', body: 'x' }]) {
      await expect(bus.send(message as { body: string })).rejects.toMatchObject({ code: 'EINVAL' })
    }
    const [req, rep] = [new Req(), new Rep()]
    await marry(req, rep)
    const reply = req.request('question')
    await rep.recv()
    await expect(rep.send(bad)).rejects.toMatchObject({ code: 'EINVAL' })
    await rep.send('a right one after the wrong one')
    expect(String(await reply)).toBe('a right one after the wrong one')
  })
})
