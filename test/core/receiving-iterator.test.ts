import { Pair, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { isPending, marry, track } from '../helpers/sockets.ts'

async function pipeline(): Promise<{ push: Push; pull: Pull }> {
  const [push, pull] = [new Push(), new Pull()]
  await marry(push, pull)
  return { push, pull }
}

describe('for await', () => {
  it('COM-29 yields bodies and ends without throwing when the socket closes', async () => {
    const { push, pull } = await pipeline()
    const bodies: string[] = []
    const loop = (async () => {
      for await (const body of pull) bodies.push(body.toString())
      return 'ended'
    })()
    for (const text of ['a', 'b', 'c']) await push.send(text)
    expect(await isPending(loop)).toBe(true)
    await pull.close()
    expect(await loop).toBe('ended')
    expect(bodies).toEqual(['a', 'b', 'c'])
    for await (const body of pull) expect.fail(`a closed socket yielded ${body}`)
  })

  it('COM-29 every call that waits ends when the socket closes', async () => {
    const { pull } = await pipeline()
    const iterator = pull[Symbol.asyncIterator]()
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    await pull.close()
    expect(await Promise.all(calls)).toEqual(Array(3).fill({ done: true, value: undefined }))
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('COM-30 leaving early calls return(): no message is swallowed and the socket stays open', async () => {
    const { push, pull } = await pipeline()
    for (const text of ['a', 'b', 'c']) await push.send(text)
    for await (const body of pull) if (String(body) === 'a') break
    expect(pull.state).toBe('open')
    expect(String(await pull.recv())).toBe('b')
    for await (const body of pull) {
      expect(String(body)).toBe('c')
      break
    }
    await push.send('d')
    expect(String(await pull.recv())).toBe('d')
  })

  it('COM-30 return() takes back a call that waits, and the message goes to who asks next', async () => {
    const { push, pull } = await pipeline()
    const iterator = pull[Symbol.asyncIterator]()
    const waiting = iterator.next()
    expect(await isPending(waiting)).toBe(true)
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await push.send('not swallowed')
    expect(String(await pull.recv({ timeout: 1000 }))).toBe('not swallowed')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('COM-30 return() takes back every call that waits, also after one of several got its message', async () => {
    const { push, pull } = await pipeline()
    const iterator = pull[Symbol.asyncIterator]()
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    await push.send('first')
    expect(String((await calls[0])?.value)).toBe('first')
    await iterator.return?.()
    expect(await calls[1]).toEqual({ done: true, value: undefined })
    expect(await calls[2]).toEqual({ done: true, value: undefined })
    await push.send('second')
    await push.send('third')
    expect(String(await pull.recv({ timeout: 1000 }))).toBe('second')
    expect(String(await pull.recv({ timeout: 1000 }))).toBe('third')
  })

  it('two loops on one socket share the messages, each to one of them', async () => {
    const { push, pull } = await pipeline()
    const seen: string[] = []
    const consume = async (): Promise<void> => {
      for await (const body of pull) {
        seen.push(String(body))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const loops = [consume(), consume()]
    for (let i = 0; i < 20; i++) await push.send(String(i))
    while (seen.length < 20) await new Promise((resolve) => setImmediate(resolve))
    await pull.close()
    await Promise.all(loops)
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
  })

  it('lets timers and I/O have their turn in a loop that never waits', async () => {
    const [a, b] = [new Pair(), new Pair()]
    await marry(a, b)
    let turns = 0
    let looping = true
    const turn = (): void => {
      turns++
      if (looping) setImmediate(turn)
    }
    setImmediate(turn)
    const iterator = b[Symbol.asyncIterator]()
    for (let i = 0; i < 20_000; i++) {
      await a.send('x')
      await iterator.next()
    }
    looping = false
    expect(turns).toBeGreaterThan(20)
  })
})

describe('requests()', () => {
  it('a signal that aborts makes the loop throw its reason', async () => {
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    const controller = new AbortController()
    const reason = new Error('enough')
    const iterator = rep.requests({ signal: controller.signal })
    const waiting = iterator.next()
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(track(rep).state).toBe('open')
  })

  it.each([0, 5])(
    'REP-19 RES-08 an abort ends the loop at its next step, with %i requests that wait',
    async (waiting) => {
      const [rep, req] = [new Rep(), new Req()]
      await marry(rep, req)
      for (let i = 0; i <= waiting; i++) req.request(String(i)).catch(() => {})
      const controller = new AbortController()
      const reason = new Error('enough')
      const bodies: string[] = []
      const loop = (async () => {
        for await (const { body } of rep.requests({ signal: controller.signal })) {
          bodies.push(String(body))
          controller.abort(reason)
        }
      })()
      await expect(loop).rejects.toBe(reason)
      expect(bodies).toEqual(['0'])
      // What waits is there for others.
      for (let i = 1; i <= waiting; i++) expect(String(rep.tryRecv())).toBe(String(i))
      expect(rep.tryRecv()).toBeUndefined()
    }
  )

  it('throws the reason of an abort once, and is done then', async () => {
    const rep = track(new Rep())
    const controller = new AbortController()
    const iterator = rep.requests({ signal: controller.signal })
    controller.abort('enough')
    await expect(iterator.next()).rejects.toBe('enough')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})
