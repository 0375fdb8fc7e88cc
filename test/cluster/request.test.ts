/** Requests by name: who gets them, what callers learn, and that nothing waits for ever. */
import { RemoteError } from 'hubless/cluster'
import { describe, expect, it } from 'vitest'
import { member, nextOf, startMember } from '../helpers/clusters.ts'
import { code, turns } from '../helpers/messages.ts'
import { eventually } from '../helpers/sockets.ts'

const echo = { request: ({ body }: { body: Buffer }) => body }

describe('a request', () => {
  it('I-01 reaches one of three processes from a fourth, with nothing but a name', async () => {
    const services = await Promise.all([startMember(), startMember(), startMember()])
    const caller = member()
    const answered = new Set<string>()
    while (answered.size < 3) answered.add(String(await caller.request('work', '?')))
    expect([...answered].sort()).toEqual(services.map(({ pid }) => pid).sort())
  }, 30_000)

  it('is answered by this instance, too, if it serves the name', async () => {
    const alone = member()
    await alone.serve('echo', echo)
    expect(String(await alone.request('echo', 'here'))).toBe('here')
  })

  it('I-02 waits for a member that starts later, and is answered within a second of it', async () => {
    const [caller, service] = [member(), member()]
    const missed = nextOf(caller, 'no-member')
    const answer = caller.request('echo', 'early')
    expect(await missed).toEqual({ name: 'echo', verb: 'request' })
    const began = performance.now()
    await service.serve('echo', echo)
    expect(String(await answer)).toBe('early')
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('I-12 of 10,000 gives each of four equal members 22 to 28 %', async () => {
    const caller = member()
    const counts = [0, 0, 0, 0]
    for (const [index] of counts.entries()) {
      await member().serve('count', { request: () => String(++(counts[index] as number)) })
    }
    await Promise.all(Array.from({ length: 4 }, () => caller.request('count', '')))
    await eventually(() => caller.members('count').length === 4)
    await turns(20)
    counts.fill(0)
    let left = 10_000
    const work = async (): Promise<void> => {
      while (left-- > 0) await caller.request('count', '')
    }
    await Promise.all(Array.from({ length: 100 }, work))
    expect(counts.reduce((sum, count) => sum + count)).toBe(10_000)
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(2200)
      expect(count).toBeLessThanOrEqual(2800)
    }
  }, 30_000)

  it('I-12 goes to a member ten times slower far less often, and nobody waits behind it', async () => {
    const caller = member()
    const counts = { fast: 0, slow: 0 }
    const serve = (kind: 'fast' | 'slow', delay: number): Promise<unknown> =>
      member().serve('mixed', {
        request: async () => {
          counts[kind]++
          await new Promise((resolve) => setTimeout(resolve, delay))
          return kind
        }
      })
    await Promise.all([serve('fast', 5), serve('fast', 5), serve('slow', 50)])
    await eventually(() => caller.members('mixed').length === 3)
    let left = 600
    const work = async (): Promise<void> => {
      while (left-- > 0) await caller.request('mixed', '')
    }
    await Promise.all(Array.from({ length: 12 }, work))
    expect(counts.slow).toBeLessThan(counts.fast / 5)
  }, 30_000)

  it('I-13 without a member rejects at once with failFast, otherwise after the timeout, and says which it was', async () => {
    const [caller, service] = [member(), member()]
    await caller.ready()
    const began = performance.now()
    await expect(caller.request('absent', '', { failFast: true })).rejects.toEqual(code('EHOSTUNREACH'))
    expect(performance.now() - began).toBeLessThan(500)
    await expect(caller.request('absent', '', { timeout: 50 })).rejects.toThrow(/no member of absent seen within 50 ms/)
    await service.serve('mute', { request: () => new Promise<string>(() => {}) })
    const late = caller.request('mute', '', { timeout: 50 })
    await expect(late).rejects.toEqual(code('ETIMEDOUT'))
    await expect(late).rejects.toThrow(/was asked and did not answer/)
  })

  it('I-14 ends by itself after the timeout of the cluster', async () => {
    const caller = member({ timeout: 60 })
    await expect(caller.request('absent', '')).rejects.toEqual(code('EHOSTUNREACH'))
    await caller.serve('mute', { request: () => new Promise<string>(() => {}) })
    await expect(caller.request('mute', '')).rejects.toEqual(code('ETIMEDOUT'))
  })

  it('I-15 that waited beyond its time is not handled', async () => {
    const [caller, service] = [member(), member()]
    const handled: string[] = []
    let release: () => void = () => {}
    await service.serve(
      'one',
      {
        request: ({ body }) => {
          handled.push(String(body))
          return new Promise<string>((resolve) => {
            release = () => resolve('done')
          })
        }
      },
      { concurrency: 1 }
    )
    const first = caller.request('one', 'first')
    await eventually(() => handled.length === 1)
    await expect(caller.request('one', 'second', { timeout: 30 })).rejects.toEqual(code('ETIMEDOUT'))
    // By the clock of the member it is over a moment later.
    const over = performance.now() + 100
    await eventually(() => performance.now() > over)
    release()
    await first
    const third = caller.request('one', 'third')
    await eventually(() => handled.length === 2)
    release()
    await third
    expect(handled).toEqual(['first', 'third'])
  })

  it('I-15 tells its handler when the caller stops waiting, and that it did', async () => {
    const [caller, service] = [member(), member()]
    let seen: { deadline: number; aborted: Promise<unknown> } | undefined
    await service.serve('watch', {
      request: ({ deadline, signal }) => {
        seen = { deadline, aborted: new Promise((resolve) => signal.addEventListener('abort', resolve)) }
        return new Promise<string>(() => {})
      }
    })
    const gone = new AbortController()
    const asked = Date.now()
    const call = caller.request('watch', '', { timeout: 4000, signal: gone.signal })
    await eventually(() => seen !== undefined)
    expect(Math.abs((seen?.deadline ?? 0) - (asked + 4000))).toBeLessThan(500)
    gone.abort(new Error('never mind'))
    await expect(call).rejects.toThrow('never mind')
    await seen?.aborted
  })

  it('I-16 whose handler throws rejects with name, code and message, without a stack', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('fails', {
      request: () => {
        throw Object.assign(new RangeError('too small'), { code: 'ESMALL' })
      }
    })
    const error: unknown = await caller.request('fails', '').catch((thrown: unknown) => thrown)
    expect(error).toEqual(code('EREMOTE'))
    expect(error).toBeInstanceOf(RemoteError)
    const { remote } = error as RemoteError
    expect(remote).toEqual({ name: 'RangeError', code: 'ESMALL', message: 'too small' })
    expect(JSON.stringify(remote)).not.toContain('request.test')
  })

  it('I-18 goes to the next member when one is full, and says so when all are', async () => {
    const caller = member()
    const full = { concurrency: 1, queue: 0 }
    const held: ((value: string) => void)[] = []
    const hold = { request: () => new Promise<string>((resolve) => held.push(resolve)) }
    await Promise.all([member().serve('narrow', hold, full), member().serve('narrow', hold, full)])
    await eventually(() => caller.members('narrow').length === 2)
    const two = [caller.request('narrow', '1'), caller.request('narrow', '2')]
    await eventually(() => held.length === 2)
    const third = caller.request('narrow', '3')
    await expect(third).rejects.toEqual(code('EBUSY'))
    await expect(third).rejects.toThrow(/every member of narrow is full/)
    for (const answer of held) answer('done')
    expect((await Promise.all(two)).map(String)).toEqual(['done', 'done'])
  })

  it('I-19 of no byte, of one and of recvMaxSize works; above it the caller is told, for the answer as well', async () => {
    const sizes = { recvMaxSize: 2_000_000 }
    const [caller, service] = [member(sizes), member(sizes)]
    await service.serve('echo', {
      request: ({ body }) => (String(body.subarray(0, 3)) === 'big' ? Buffer.alloc(2_000_001) : body)
    })
    for (const size of [0, 1, 2_000_000]) {
      expect((await caller.request('echo', Buffer.alloc(size))).length).toBe(size)
    }
    await expect(caller.request('echo', Buffer.alloc(2_000_001))).rejects.toEqual(code('EMSGSIZE'))
    await expect(caller.request('echo', 'big')).rejects.toEqual(code('EMSGSIZE'))
    expect(String(await caller.request('echo', 'still here'))).toBe('still here')
  })

  it('of a verb that the service lacks rejects with ENOTSUP', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('quiet', { broadcast: () => {} })
    await expect(caller.request('quiet', '')).rejects.toEqual(code('ENOTSUP'))
    await expect(caller.tunnel('quiet')).rejects.toEqual(code('ENOTSUP'))
  })

  it('I-36 is refused beyond the queue, in requests and in bytes, counted and answered', async () => {
    const [caller, service] = [member(), member()]
    const hold = { request: () => new Promise<string>(() => {}) }
    const held = await service.serve('held', hold, { concurrency: 2, queue: 3, queueBytes: 100 })
    const calls = (count: number, size: number): Promise<unknown>[] =>
      Array.from({ length: count }, () =>
        caller.request('held', Buffer.alloc(size), { timeout: 300 }).catch((error: unknown) => error)
      )
    const outcomes = await Promise.all([...calls(4, 10), ...calls(1, 90), ...calls(2, 10)])
    const codes = outcomes.map((outcome) => (outcome as { code: string }).code)
    expect(codes.filter((one) => one === 'EBUSY')).toHaveLength(2)
    expect(held.stats()).toMatchObject({ running: 2, refused: 2 })
    expect(service.stats().drops).toEqual({ busy: 2 })
  })

  it('waits in the line of the caller, not of a slow member, when there are very many', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('bulk', { request: ({ body }) => body }, { concurrency: 4, queue: 600 })
    const answers = await Promise.all(Array.from({ length: 5000 }, (_, i) => caller.request('bulk', String(i))))
    expect(answers.map(String)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)))
    expect(service.stats().drops).toEqual({})
  })
})
