/** Broadcasts and surveys: every member, once each. */
import { describe, expect, it } from 'vitest'
import { member, startMember } from '../helpers/clusters.ts'
import { code } from '../helpers/messages.ts'
import { eventually } from '../helpers/sockets.ts'

describe('a broadcast', () => {
  it('I-20 reaches each live member once, the sender too if it is one, and tells how many', async () => {
    const [first, second, third] = [member(), member(), member()]
    const got: string[] = []
    for (const [index, cluster] of [first, second, third].entries()) {
      await cluster.serve('news', { broadcast: ({ body, from }) => got.push(`${index} ${body} ${from === first.id}`) })
    }
    expect(await first.broadcast('news', 'hello')).toBe(3)
    await eventually(() => got.length === 3)
    expect(got.sort()).toEqual(['0 hello true', '1 hello true', '2 hello true'])
  })

  it('I-20 reaches processes, and nobody where nobody is', async () => {
    const services = await Promise.all([startMember(), startMember()])
    const caller = member()
    expect(await caller.broadcast('work', 'hello')).toBe(2)
    await Promise.all(services.map((service) => service.line(/^broadcast hello$/)))
    expect(await caller.broadcast('absent', 'hello')).toBe(0)
  }, 30_000)

  it('whose handler throws is counted where it was handled', async () => {
    const [caller, service] = [member(), member()]
    await service.serve('news', {
      broadcast: () => {
        throw new Error('no')
      }
    })
    expect(await caller.broadcast('news', '')).toBe(1)
    await eventually(() => service.stats().drops['handler-error'] === 1)
  })

  it('gives each member bytes of its own', async () => {
    const [first, second] = [member(), member()]
    const got: string[] = []
    for (const cluster of [first, second]) {
      await cluster.serve('news', {
        broadcast: ({ body }) => {
          got.push(String(body))
          body.fill(0)
        }
      })
    }
    await first.broadcast('news', Buffer.from('hello'))
    await eventually(() => got.length === 2)
    expect(got).toEqual(['hello', 'hello'])
  })
})

describe('a survey', () => {
  it('I-21 ends when all have answered, and this instance answers as well', async () => {
    const clusters = [member(), member(), member()]
    for (const [index, cluster] of clusters.entries()) {
      await cluster.serve('who', { survey: ({ body }) => `${body}${index}` })
    }
    const [caller] = clusters as [(typeof clusters)[0]]
    const answers: string[] = []
    for await (const { body, from } of caller.survey('who', 'n', { deadline: 4000 })) {
      answers.push(`${body} ${clusters.findIndex(({ id }) => id === from)}`)
    }
    expect(answers.sort()).toEqual(['n0 0', 'n1 1', 'n2 2'])
  })

  it('I-21 ends at a count, a silence or the deadline, and lists who did not answer', async () => {
    const [caller, quick, mute] = [member(), member(), member()]
    await quick.serve('who', { survey: () => 'me' })
    await mute.serve('who', { survey: () => new Promise<string>(() => {}) })
    for (const endings of [{ count: 1, deadline: 4000 }, { quiet: 100, deadline: 4000 }, { deadline: 100 }]) {
      const survey = caller.survey('who', '?', endings)
      const answers: string[] = []
      const began = performance.now()
      for await (const { from } of survey) answers.push(from)
      expect(answers).toEqual([quick.id])
      expect(survey.missing).toEqual([mute.id])
      expect(performance.now() - began).toBeLessThan(2000)
    }
  })

  it('I-21 of nobody is over at once', async () => {
    const caller = member()
    await caller.ready()
    const answers = []
    for await (const answer of caller.survey('absent', '?')) answers.push(answer)
    expect(answers).toEqual([])
  })

  it('throws the reason when it is aborted, and tells the members', async () => {
    const [caller, service] = [member(), member()]
    let canceled = false
    await service.serve('who', {
      survey: ({ signal }) => {
        signal.addEventListener('abort', () => {
          canceled = true
        })
        return new Promise<string>(() => {})
      }
    })
    const gone = new AbortController()
    const survey = caller.survey('who', '?', { signal: gone.signal })
    const answer = survey.next()
    await eventually(() => service.stats().services[0]?.running === 1)
    gone.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    await eventually(() => canceled)
  })

  it('refuses wrong options', () => {
    const caller = member()
    expect(() => caller.survey('who', '', { count: 0 })).toThrow(code('EINVAL'))
    expect(() => caller.survey('who', '', { deadline: -1 })).toThrow(code('EINVAL'))
  })
})
