/** `survey()`: many surveys at a time on one socket, each with its own answers and one of three endings. */
import { getEventListeners } from 'node:events'
import { Respondent, Surveyor } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { code, numbered } from '../../helpers/messages.ts'
import { eventually, inprocUrl, track } from '../../helpers/sockets.ts'

async function fleet(count: number, answer: (i: number, body: string) => string | Promise<string>): Promise<Surveyor> {
  const surveyor = track(new Surveyor())
  const url = inprocUrl()
  await surveyor.bind(url)
  for (let i = 0; i < count; i++) {
    const respondent = track(new Respondent())
    respondent.connect(url)
    respondent.serve(({ body }) => answer(i, String(body)))
  }
  await surveyor.waitForPeers(count, { timeout: 5000 })
  return surveyor
}

async function collect(answers: AsyncIterable<{ body: Uint8Array }>): Promise<string[]> {
  const bodies: string[] = []
  for await (const { body } of answers) bodies.push(String(body))
  return bodies
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const never = new Promise<string>(() => {})

afterEach(() => {
  vi.useRealTimers()
})

describe('survey()', () => {
  it('SUR-12 yields answers with their pipes and ends without throwing at the deadline', async () => {
    const surveyor = await fleet(3, (i) => (i === 2 ? never : `${i}`))
    const began = performance.now()
    const pipes = new Set<unknown>()
    for await (const { body, pipe } of surveyor.survey('who?', { deadline: 80 })) {
      expect(['0', '1']).toContain(String(body))
      pipes.add(pipe)
    }
    expect(performance.now() - began).toBeGreaterThanOrEqual(79)
    expect(pipes.size).toBe(2)
    expect([...pipes].every((pipe) => surveyor.peers.includes(pipe as never))).toBe(true)
  })

  it('SUR-16 keeps answers that nobody reads, and they hold up no later survey', async () => {
    const [surveyor, respondent] = track(new Surveyor({ recvBuffer: 1000 }), new Respondent())
    const url = inprocUrl()
    await surveyor.bind(url)
    respondent.connect(url)
    respondent.serve(({ body }) => `${body}`.padEnd(700))
    await surveyor.waitForPeers(1, { timeout: 5000 })
    const unread = []
    for (let i = 0; i < 5; i++) {
      unread.push(surveyor.survey(`${i}`, { deadline: 30 }))
      await delay(40)
    }
    expect((await collect(surveyor.survey('now', { count: 1, deadline: 5000 })))[0]).toMatch(/^now/)
    for (const [i, answers] of unread.entries()) expect((await collect(answers))[0]).toMatch(new RegExp(`^${i}`))
    expect(surveyor.stats().drops).toEqual({})
    // Nothing is counted twice: the pipe still stops reading at its bound.
    const slow = surveyor.survey('slow', { deadline: 5000 })
    expect(String((await slow.next()).value?.body).trim()).toBe('slow')
    await slow.return?.()
  })

  it('SUR-12 ends after `count` answers', async () => {
    const surveyor = await fleet(5, (i) => `${i}`)
    const began = performance.now()
    expect(await collect(surveyor.survey('who?', { count: 3, deadline: 20_000 }))).toHaveLength(3)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('SUR-12 ends after `quiet` ms of silence, counted anew from each answer', async () => {
    const surveyor = await fleet(3, async (i) => {
      await delay(60 * i)
      return `${i}`
    })
    const began = performance.now()
    expect(await collect(surveyor.survey('who?', { quiet: 300, deadline: 20_000 }))).toEqual(['0', '1', '2'])
    const took = performance.now() - began
    expect(took).toBeGreaterThanOrEqual(60 * 2 + 299)
    expect(took).toBeLessThan(10_000)
  })

  it('SUR-12 delivers answers that came in time also when the loop is slow', async () => {
    const surveyor = await fleet(4, (i) => `${i}`)
    const seen: string[] = []
    for await (const { body } of surveyor.survey('who?', { deadline: 30 })) {
      await delay(25)
      seen.push(String(body))
    }
    expect(seen.sort()).toEqual(['0', '1', '2', '3'])
  })

  it('SUR-13 rejects with the reason on abort, before and during the loop', async () => {
    const surveyor = await fleet(1, () => never)
    const controller = new AbortController()
    const answers = collect(surveyor.survey('who?', { deadline: 20_000, signal: controller.signal }))
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 10)
    await expect(answers).rejects.toBe(reason)
    expect(() => surveyor.survey('x', { signal: controller.signal })).toThrow(reason)
  })

  it('SUR-13 rejects with the reason also when nobody waited while it was aborted', async () => {
    const surveyor = await fleet(1, () => 'answer')
    const controller = new AbortController()
    const answers = surveyor.survey('who?', { signal: controller.signal, deadline: 60_000 })
    controller.abort('enough')
    for (let i = 0; i < 2; i++) await expect(answers.next()).rejects.toBe('enough')
  })

  it('ends when the socket is closed by who hears that there is nobody to ask, and leaves no timer', async () => {
    vi.useFakeTimers()
    const surveyor = track(new Surveyor())
    surveyor.on('drop', () => void surveyor.close())
    const answers = surveyor.survey('anybody?', { quiet: 20 })
    await vi.advanceTimersByTimeAsync(20)
    expect(vi.getTimerCount()).toBe(0)
    expect(await collect(answers)).toEqual([])
  })

  it('SUR-13 leaving the loop early ends the survey: later answers are late', async () => {
    const surveyor = await fleet(2, async (i) => {
      if (i === 1) await delay(40)
      return `${i}`
    })
    for await (const { body } of surveyor.survey('who?', { deadline: 20_000 })) {
      expect(String(body)).toBe('0')
      break
    }
    await eventually(() => surveyor.stats().drops['late-reply'] === 1)
  })

  it('SUR-13 COM-23 leaves no listener on a shared signal and no timer, however it ended', async () => {
    const surveyor = await fleet(2, (i) => `${i}`)
    const { signal } = new AbortController()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const rest = { deadline: 20_000, quiet: 10_000, signal }
    await collect(surveyor.survey('counted', { ...rest, count: 2 }))
    for await (const _ of surveyor.survey('left', rest)) break
    const expired = collect(surveyor.survey('expired', { deadline: 100, quiet: 10_000, signal }))
    const silent = collect(surveyor.survey('silent', { ...rest, quiet: 100 }))
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect([(await expired).length, (await silent).length]).toEqual([2, 2])
    expect(getEventListeners(signal, 'abort').length).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('SUR-14 30 callers of 20 surveys each get their own answers', async () => {
    const surveyor = await fleet(3, (i, body) => `${i}:${body}`)
    const caller = async (name: string): Promise<void> => {
      for (const round of numbered('', 20)) {
        const question = `${name}/${round}`
        const answers = await collect(surveyor.survey(question, { count: 3, deadline: 20_000 }))
        expect(answers.sort()).toEqual([`0:${question}`, `1:${question}`, `2:${question}`])
      }
    }
    await Promise.all(numbered('caller ', 30).map(caller))
    expect(surveyor.stats().drops).toEqual({})
  })

  it('SUR-14 does not disturb the survey of send and recv', async () => {
    const surveyor = await fleet(1, (_i, body) => `re: ${body}`)
    await surveyor.send('mine')
    expect(await collect(surveyor.survey('other', { count: 1 }))).toEqual(['re: other'])
    expect(String(await surveyor.recv({ timeout: 5000 }))).toBe('re: mine')
  })

  it('ends without throwing when the socket closes, and cannot start on a closed one', async () => {
    const surveyor = await fleet(1, () => never)
    const answers = collect(surveyor.survey('who?', { deadline: 20_000 }))
    await surveyor.close({ linger: 0 })
    expect(await answers).toEqual([])
    expect(() => surveyor.survey('x')).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  it('refuses wrong options with the option and the value', () => {
    const surveyor = track(new Surveyor())
    expect(() => surveyor.survey('x', { count: 0 })).toThrow(/count is 0/)
    expect(() => surveyor.survey('x', { count: 1.5 })).toThrow(/count is 1.5/)
    expect(() => surveyor.survey('x', { quiet: -1 })).toThrow(/quiet is -1/)
    expect(() => surveyor.survey(42 as never)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(() => surveyor.survey('x', null as never)).toThrow(/options is null/)
    expect(() => surveyor.survey('x', { signal: 1 as never })).toThrow(code('EINVAL') as never)
  })
})
