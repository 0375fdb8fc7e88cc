import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { marry, track } from '../helpers/sockets.ts'

/** What JavaScript can call, whatever the types say. */
type Anything = Record<string, (...args: unknown[]) => unknown> & AsyncIterable<unknown>
const untyped = (socket: Socket): Anything => socket as unknown as Anything

describe('what a pattern lacks', () => {
  const readers = [() => new Pull(), () => new Sub(), () => new raw.Pull(), () => new raw.Sub()]
  const writers = [() => new Push(), () => new Pub(), () => new raw.Push(), () => new raw.Pub()]

  it('COM-03 send and trySend on Pull and Sub are ENOTSUP', async () => {
    for (const make of readers) {
      const socket = track(make())
      const message = expect.stringContaining(`a ${socket.protocol} socket has no send`)
      await expect(untyped(socket).send?.('x')).rejects.toMatchObject({ code: 'ENOTSUP', message })
      expect(() => untyped(socket).trySend?.('x')).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
    }
  })

  it('COM-03 recv, tryRecv, recvMessage and iterating on Push and Pub are ENOTSUP', async () => {
    for (const make of writers) {
      const socket = untyped(track(make()))
      await expect(socket.recv?.()).rejects.toMatchObject({ code: 'ENOTSUP' })
      await expect(socket.recvMessage?.()).rejects.toMatchObject({ code: 'ENOTSUP' })
      expect(() => socket.tryRecv?.()).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
      const loop = async (): Promise<void> => {
        for await (const _ of socket) break
      }
      await expect(loop()).rejects.toMatchObject({ code: 'ENOTSUP' })
    }
  })

  it('COM-03 they are absent from the types', () => {
    const check = (pull: Pull, push: Push, pub: Pub, sub: Sub): void => {
      // @ts-expect-error Pull has no send
      void pull.send
      // @ts-expect-error Sub has no trySend
      void sub.trySend
      // @ts-expect-error Push has no recv
      void push.recv
      // @ts-expect-error Push has no tryRecv
      void push.tryRecv
      // @ts-expect-error Pub has no recvMessage
      void pub.recvMessage
      // @ts-expect-error Pub cannot be iterated
      void pub[Symbol.asyncIterator]
    }
    expect(check).toBeTypeOf('function')
  })
})

describe('without waiting', () => {
  it('COM-16 tryRecv is undefined when nothing is there, then takes what is', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(push, pull)
    expect(pull.tryRecv()).toBeUndefined()
    expect(push.trySend('now')).toBe(true)
    expect(String(pull.tryRecv())).toBe('now')
    expect(pull.tryRecv()).toBeUndefined()
  })

  it('COM-16 trySend is false when send would wait, and that message is not sent', async () => {
    for (const [sender, receiver] of [
      [new Push({ sendBuffer: 1 }), new Pull({ recvBuffer: 1 })],
      [new Pair({ sendBuffer: 1 }), new Pair({ recvBuffer: 1 })]
    ] as const) {
      await marry(sender, receiver)
      let accepted = 0
      while (sender.trySend(String(accepted))) accepted++
      expect(accepted).toBeGreaterThan(0)
      expect(accepted).toBeLessThan(5)
      for (let i = 0; i < accepted; i++) expect(String(receiver.tryRecv())).toBe(String(i))
      expect(receiver.tryRecv()).toBeUndefined()
      expect(sender.trySend('room again')).toBe(true)
      expect(String(receiver.tryRecv())).toBe('room again')
    }
  })

  it('COM-16 trySend does not overtake a send that waits', async () => {
    const [push, pull] = [new Push({ sendBuffer: 1 }), new Pull({ recvBuffer: 1 })]
    await marry(push, pull)
    while (push.trySend('filler'));
    const waiting = push.send('waits')
    expect(push.trySend('overtakes')).toBe(false)
    while (String(pull.tryRecv()) === 'filler');
    await waiting
  })

  it('COM-17 without peers trySend is false on Pair, Push and raw Req', () => {
    expect(track(new Pair()).trySend('x')).toBe(false)
    expect(track(new Push()).trySend('x')).toBe(false)
    expect(track(new raw.Pair()).trySend({ body: 'x' })).toBe(false)
    expect(track(new raw.Push()).trySend({ body: 'x' })).toBe(false)
    expect(track(new raw.Req()).trySend({ header: Buffer.from([128, 0, 0, 1]), body: 'x' })).toBe(false)
  })

  it('COM-17 without peers trySend is true on Pub, Bus, Req, Surveyor and raw Rep, Surveyor, Respondent', () => {
    const header = Buffer.from([0, 0, 0, 1, 128, 0, 0, 1])
    expect(track(new Pub()).trySend('x')).toBe(true)
    expect(track(new Bus()).trySend('x')).toBe(true)
    expect(track(new Req()).trySend('x')).toBe(true)
    expect(track(new Surveyor()).trySend('x')).toBe(true)
    expect(track(new raw.Rep()).trySend({ header, body: 'x' })).toBe(true)
    expect(track(new raw.Surveyor()).trySend({ header, body: 'x' })).toBe(true)
    expect(track(new raw.Respondent()).trySend({ header, body: 'x' })).toBe(true)
  })

  it('COM-17 without a request trySend is EFSM on Rep and Respondent', async () => {
    for (const socket of track(new Rep(), new Respondent())) {
      expect(() => socket.trySend('x')).toThrow(expect.objectContaining({ code: 'EFSM' }))
      await expect(socket.send('x')).rejects.toMatchObject({ code: 'EFSM' })
    }
  })
})

describe('what is refused', () => {
  it('COM-32 a message that is refused leaves a waiting recv and tryRecv with the good ones behind it', async () => {
    const sub = new Sub()
    sub.subscribe('good')
    const pub = new Pub()
    await marry(pub, sub)
    const waiting = sub.recv()
    await pub.send('bad 1')
    await pub.send('good 1')
    expect(String(await waiting)).toBe('good 1')
    await pub.send('bad 2')
    await pub.send('good 2')
    await pub.send('good 3')
    expect(String(sub.tryRecv())).toBe('good 2')
    expect(String(await sub.recv({ timeout: 0 }))).toBe('good 3')
  })

  it('COM-32 a malformed request leaves a waiting recv with the next good one', async () => {
    const rep = new Rep()
    const req = new raw.Req()
    await marry(rep, req)
    const waiting = rep.recv({ timeout: 5000 })
    await req.send({ body: 'no header at all'.slice(0, 3) })
    await req.send({ header: Buffer.from([0, 0, 0, 1]), body: '' })
    await req.send({ header: Buffer.from([128, 0, 0, 1]), body: 'good' })
    expect(String(await waiting)).toBe('good')
    expect(rep.stats().drops).toEqual({ malformed: 2 })
    rep.trySend('answer')
    expect(String((await req.recv()).body)).toBe('answer')
  })
})

it('reserve() on a socket that is not raw is ENOTSUP, and it works on', async () => {
  const [a, b] = [new Pair(), new Pair()]
  await marry(a, b)
  expect(() => a.reserve()).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
  await a.send('on')
  expect(String(await b.recv())).toBe('on')
})
