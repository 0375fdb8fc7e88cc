/** `serve` and `requests` of REP and RESPONDENT: many at a time, bounded, each answered by itself. */
import type { Request } from 'hubless'
import { describe, expect, it } from 'vitest'
import { code, numbered, sized, turns } from '../helpers/messages.ts'
import { eventually, isPending, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { idWord, repliers } from './repliers.ts'
import { plainTransports } from './transports.ts'

/** A promise and the functions that settle it. */
function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let settle!: { resolve(value: T): void; reject(error: unknown): void }
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

describe.each(repliers)('serve of $name', ({ Replier, RawAsker }) => {
  it.each(plainTransports)(
    'REP-06 RES-05 answers every request with what the handler returns over $name',
    async (t) => {
      const [replier, raw] = track(new Replier(), new RawAsker())
      replier.serve(({ body }) => `now: ${body}`)
      const { pipes } = await marry(replier, raw, t.url(), t)
      await raw.send({ header: idWord(1), body: 'a' })
      const answer = await raw.recv()
      expect([answer.header, String(answer.body)]).toEqual([idWord(1), 'now: a'])
      expect(answer.pipe).toBe(pipes[1])
    }
  )

  it('REP-06 RES-05 runs at most that many handlers; replies go to their own requests in any order', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const running: { body: string; answer: (text: string) => void }[] = []
    replier.serve(
      ({ body }) => {
        const { promise, resolve } = deferred<string>()
        running.push({ body: String(body), answer: resolve })
        return promise
      },
      { concurrency: 3 }
    )
    await marry(replier, raw)
    for (let n = 0; n < 8; n++) await raw.send({ header: idWord(n), body: `${n}` })
    await turns()
    expect(running.map(({ body }) => body)).toEqual(['0', '1', '2'])
    const order = [2, 0, 3, 4, 1, 7, 6, 5]
    for (const [done, n] of order.entries()) {
      const at = running.findIndex(({ body }) => body === `${n}`)
      running.splice(at, 1)[0]?.answer(`re: ${n}`)
      const { header, body } = await raw.recv()
      expect([header, String(body)]).toEqual([idWord(n), `re: ${n}`])
      await turns()
      expect(running.length).toBe(Math.min(3, 7 - done))
    }
  })

  it('REP-06 RES-05 runs up to 64 handlers by default, and any number with Infinity', async () => {
    for (const [concurrency, expected] of [
      [undefined, 64],
      [Number.POSITIVE_INFINITY, 100]
    ] as const) {
      const [replier, raw] = track(new Replier(), new RawAsker())
      let running = 0
      replier.serve(
        () => {
          running++
          return new Promise<string>(() => {})
        },
        { concurrency }
      )
      await marry(replier, raw)
      for (let n = 0; n < 100; n++) await raw.send({ header: idWord(n), body: '' })
      await turns(10)
      expect(running).toBe(expected)
    }
  })

  it.each(plainTransports)(
    'REP-07 RES-05 requests beyond the concurrency stay in the buffers over $name',
    async (t) => {
      const size = 16384
      const [replier, raw] = track(new Replier({ recvBuffer: 2 * size }), new RawAsker({ sendBuffer: 1 << 24 }))
      const gate = deferred<string>()
      replier.serve(() => gate.promise, { concurrency: 1 })
      const { pipes } = await marry(replier, raw, t.url(), t)
      for (let n = 0; n < 100; n++) await raw.send({ header: idWord(n), body: sized(n, size) })
      await eventually(() => pipes[0].stats().messagesReceived >= 3)
      await turns(20)
      expect(pipes[0].stats().messagesReceived).toBeLessThanOrEqual(9)
      gate.resolve('go')
      for (let n = 0; n < 100; n++) expect((await raw.recv({ timeout: 5000 })).header).toEqual(idWord(n))
    }
  )

  it('REP-08 RES-05 a handler that throws declines its request, says so and does not stop serving', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const wrong = new Error('no idea')
    const serving = replier.serve(({ body }) => {
      if (String(body) === 'throw') throw wrong
      if (String(body) === 'reject') return Promise.reject(wrong)
      if (String(body) === 'nothing') return undefined as unknown as string
      if (String(body) === 'no body') return Promise.resolve(1 as unknown as string)
      return body
    })
    const { pipes } = await marry(replier, raw)
    const drops = recordEvents(replier, 'drop')
    const asked = ['throw', 'reject', 'nothing', 'no body', 'fine']
    for (const [n, body] of asked.entries()) await raw.send({ header: idWord(n), body })
    const answer = await raw.recv()
    expect([answer.header, String(answer.body)]).toEqual([idWord(4), 'fine'])
    await turns()
    expect(raw.tryRecv()).toBeUndefined()
    for (const drop of drops) expect(drop).toMatchObject({ reason: 'handler-error', count: 1, pipe: pipes[0] })
    expect(drops.filter(({ cause }) => cause === wrong).length).toBe(2)
    expect(drops.filter(({ cause }) => (cause as { code?: string }).code === 'EINVAL').length).toBe(2)
    expect(replier.stats().drops).toEqual({ 'handler-error': 4 })
    expect(await isPending(serving)).toBe(true)
  })

  it('REP-08 a failing handler gives its place to the next request', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    replier.serve(({ body }) => (String(body) === 'bad' ? Promise.reject(new Error('bad')) : body), { concurrency: 1 })
    await marry(replier, raw)
    for (const body of ['bad', 'bad', 'good']) await raw.send({ header: idWord(1), body })
    expect(String((await raw.recv()).body)).toBe('good')
  })

  it('REP-09 RES-05 aborting takes no further request; handlers that run may still reply', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const stop = new AbortController()
    const gate = deferred<string>()
    const seen: string[] = []
    const serving = replier.serve(
      ({ body }) => {
        seen.push(String(body))
        return gate.promise
      },
      { signal: stop.signal }
    )
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: 'one' })
    await turns()
    const reason = new Error('closing time')
    stop.abort(reason)
    await expect(serving).rejects.toBe(reason)
    await raw.send({ header: idWord(2), body: 'two' })
    await turns()
    expect(seen).toEqual(['one'])
    gate.resolve('re: one')
    expect((await raw.recv()).header).toEqual(idWord(1))
    // The second is still there for whoever takes it.
    expect(String(await replier.recv())).toBe('two')
    await replier.send('re: two')
    expect((await raw.recv()).header).toEqual(idWord(2))
  })

  it('REP-09 REP-19 RES-08 aborting takes none of the requests that wait', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const { pipes } = await marry(replier, raw)
    for (let n = 0; n < 5; n++) await raw.send({ header: idWord(n), body: `${n}` })
    await eventually(() => pipes[0].stats().recvQueue === 5)
    const stop = new AbortController()
    const seen: string[] = []
    const serving = replier.serve(
      ({ body }) => {
        seen.push(String(body))
        stop.abort('enough')
        return body
      },
      { signal: stop.signal }
    )
    await expect(serving).rejects.toBe('enough')
    expect(seen).toEqual(['0'])
    expect(pipes[0].stats().recvQueue).toBe(4)
  })

  it('REP-09 aborting while every handler is busy ends it too', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const stop = new AbortController()
    const serving = replier.serve(() => new Promise<string>(() => {}), { concurrency: 1, signal: stop.signal })
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: 'one' })
    await turns()
    stop.abort('enough')
    await expect(serving).rejects.toBe('enough')
    await expect(replier.serve(() => '', { signal: stop.signal })).rejects.toBe('enough')
  })

  it('REP-09 serve resolves when the socket closes, busy or idle', async () => {
    for (const busy of [false, true]) {
      const [replier, raw] = track(new Replier(), new RawAsker())
      const serving = replier.serve(() => new Promise<string>(() => {}), { concurrency: 1 })
      await marry(replier, raw)
      if (busy) await raw.send({ header: idWord(1), body: 'one' })
      await turns()
      await replier.close()
      await serving
      await expect(replier.serve(() => '')).rejects.toEqual(code('EBADF'))
    }
  })

  it('REP-06 runs a handler neither inside of serve nor of who asks', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: 'before' })
    const seen: string[] = []
    replier.serve(({ body }) => {
      seen.push(String(body))
      return ''
    })
    expect(seen).toEqual([])
    await raw.recv()
    raw.trySend({ header: idWord(2), body: 'after' })
    expect(seen).toEqual(['before'])
    await raw.recv()
    expect(seen).toEqual(['before', 'after'])
  })

  it('REP-06 lets others have their turn, however much waits to be handled', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    const many = 5000
    for (let n = 0; n < many; n++) raw.trySend({ header: idWord(n), body: '' })
    let handled = 0
    const all = new Promise<void>((resolve) => {
      replier.serve(() => {
        if (++handled === many) resolve()
        return ''
      })
    })
    await turns(2)
    expect(handled).toBeGreaterThan(0)
    expect(handled).toBeLessThan(many)
    await all
  })

  it('REP-06 several serve calls share the requests, and each has its own bound', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const running = [0, 0]
    const gates: { index: number; answer: (text: string) => void }[] = []
    for (const index of [0, 1]) {
      replier.serve(
        () => {
          running[index] = (running[index] as number) + 1
          const { promise, resolve } = deferred<string>()
          gates.push({ index, answer: resolve })
          return promise
        },
        { concurrency: 1 }
      )
    }
    await marry(replier, raw)
    for (let n = 0; n < 20; n++) await raw.send({ header: idWord(n), body: '' })
    await turns()
    // Always the second finishes first: the first must not keep its place waiting for it.
    for (let n = 0; n < 18; n++) {
      expect(gates.length).toBe(2)
      const at = gates.findIndex(({ index }) => index === (n % 3 === 0 ? 0 : 1))
      gates.splice(at, 1)[0]?.answer('')
      await raw.recv()
      await turns()
    }
    expect((running[0] as number) + (running[1] as number)).toBe(20)
    expect(Math.min(...running)).toBeGreaterThanOrEqual(6)
  })

  it.each([
    ['no handler', undefined, {}],
    ['concurrency 0', () => '', { concurrency: 0 }],
    ['no object of options', () => '', null],
    ['an option it does not have', () => '', { concurency: 4 }],
    ['half a handler', () => '', { concurrency: 1.5 }],
    ['a signal that is none', () => '', { signal: {} }]
  ])('OPT-04 %s is EINVAL', async (_name, handler, options) => {
    const replier = track(new Replier())
    await expect(replier.serve(handler as () => string, options as object)).rejects.toEqual(code('EINVAL'))
  })

  it('the signal may be handed on by all handlers that run for a peer, without a warning', async () => {
    const [replier, asker] = [track(new Replier()), track(new RawAsker())]
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    await marry(replier, asker)
    const gate = deferred<string>()
    let running = 0
    replier.serve(({ signal }) => {
      running++
      signal.addEventListener('abort', () => {})
      return gate.promise
    })
    for (let i = 0; i < 20; i++) await asker.send({ header: idWord(i), body: 'x' })
    await eventually(() => running === 20)
    await new Promise(setImmediate)
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
    gate.resolve('done')
  })

  it('REP-21 RES-10 runs no handler for what one who is gone asked, and tells it in one event', async () => {
    const [replier, leaving, staying] = [track(new Replier()), new RawAsker(), track(new RawAsker())]
    const gate = deferred<string>()
    const handled: string[] = []
    replier.serve(
      ({ body }) => {
        handled.push(String(body))
        return gate.promise
      },
      { concurrency: 1 }
    )
    const { pipes, listener } = await marry(replier, leaving)
    for (let n = 0; n < 10; n++) await leaving.send({ header: idWord(n), body: `left ${n}` })
    await staying.connect(listener.url).whenConnected()
    await staying.send({ header: idWord(1), body: 'stayed' })
    await turns()
    const drops = recordEvents(replier, 'drop')
    const gone = nextEvent(replier, 'detach')
    await leaving.close()
    await gone
    expect(drops).toEqual([{ reason: 'unroutable', count: 9, pipe: pipes[0] }])
    gate.resolve('yes')
    expect(String((await staying.recv()).body)).toBe('yes')
    expect(handled).toEqual(['left 0', 'stayed'])
    // The answer to the one that ran.
    expect(replier.stats().drops).toEqual({ unroutable: 10 })
  })

  it('REP-04 RES-05 tells handlers when who asked is gone, and drops their answers', async () => {
    const [replier, raw] = [track(new Replier()), new RawAsker()]
    const aborted = deferred<void>()
    replier.serve(async ({ signal }) => {
      expect(signal.aborted).toBe(false)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted.resolve()
      return 'too late'
    })
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    await turns()
    const dropped = nextEvent(replier, 'drop')
    await raw.close()
    await aborted.promise
    expect(await dropped).toMatchObject({ reason: 'unroutable', size: 8 })
  })
})

describe.each(repliers)('requests of $name', ({ Replier, RawAsker }) => {
  it.each(plainTransports)('REP-10 RES-05 yields requests that may be answered in any order over $name', async (t) => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    const { pipes } = await marry(replier, raw, t.url(), t)
    for (let n = 0; n < 5; n++) await raw.send({ header: idWord(n), body: `${n}` })
    const open: Request[] = []
    for await (const request of replier.requests()) {
      open.push(request)
      if (open.length === 5) break
    }
    expect(open.map(({ body }) => String(body))).toEqual(numbered('', 5))
    for (const { pipe } of open) expect(pipe).toBe(pipes[0])
    for (const n of [3, 0, 4, 2, 1]) {
      await open[n]?.reply(`re: ${n}`)
      const { header, body } = await raw.recv()
      expect([header, String(body)]).toEqual([idWord(n), `re: ${n}`])
    }
  })

  it('REP-11 RES-05 a second reply to one request is EFSM, and so is one after a body that was none', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    const { value: request } = await replier.requests().next()
    await expect(request?.reply(7)).rejects.toEqual(code('EINVAL'))
    await request?.reply('one')
    await expect(request?.reply('two')).rejects.toEqual(code('EFSM'))
    expect(String((await raw.recv()).body)).toBe('one')
    await turns()
    expect(raw.tryRecv()).toBeUndefined()
  })

  it('REP-10 is not disturbed by recv and send, nor disturbs them', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: 'held' })
    await raw.send({ header: idWord(2), body: 'open' })
    expect(String(await replier.recv())).toBe('held')
    const { value: open } = await replier.requests().next()
    await open?.reply('re: open')
    await replier.send('re: held')
    const answers = [await raw.recv(), await raw.recv()]
    expect(answers.map(({ header, body }) => [header, String(body)])).toEqual([
      [idWord(2), 're: open'],
      [idWord(1), 're: held']
    ])
  })

  it('REP-10 COM-30 leaving the loop takes no request, and an abort ends it with the reason', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    const iterator = replier.requests()
    const waiting = iterator.next()
    await iterator.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    const stop = new AbortController()
    const aborted = replier.requests({ signal: stop.signal }).next()
    stop.abort('enough')
    await expect(aborted).rejects.toBe('enough')
    await raw.send({ header: idWord(1), body: 'still there' })
    expect(String(await replier.recv())).toBe('still there')
  })

  it('REP-10 ends when the socket closes; an answer after that is EBADF', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    await raw.send({ header: idWord(1), body: '?' })
    const bodies: string[] = []
    let last: Request | undefined
    const loop = (async () => {
      for await (const request of replier.requests()) {
        bodies.push(String(request.body))
        last = request
      }
    })()
    await turns()
    await replier.close()
    await loop
    expect(bodies).toEqual(['?'])
    expect(last?.signal.aborted).toBe(true)
    await expect(last?.reply('!')).rejects.toEqual(code('EBADF'))
  })

  it('REP-20 RES-09 reply works taken out of its request', async () => {
    const [replier, raw] = track(new Replier(), new RawAsker())
    await marry(replier, raw)
    for (const n of [1, 2]) await raw.send({ header: idWord(n), body: `${n}` })
    for await (const { body, reply } of replier.requests()) {
      await reply(`re: ${body}`)
      await expect(reply('again')).rejects.toEqual(code('EFSM'))
      if (String(body) === '2') break
    }
    expect([String((await raw.recv()).body), String((await raw.recv()).body)]).toEqual(['re: 1', 're: 2'])
  })
})
