/** Requests on tracing channels, at who asks and at who answers. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { Rep, Req, type RequestMessages, Respondent, Surveyor } from 'hubless'
import { afterEach, describe, expect, it } from 'vitest'
import { marry, track } from '../helpers/sockets.ts'

const subscriptions: (() => void)[] = []
afterEach(() => {
  for (const end of subscriptions.splice(0)) end()
})

type Steps<N extends keyof RequestMessages> = { step: string; message: RequestMessages[N] }[]

/** What comes on the channels of a name, in order. */
function record<N extends keyof RequestMessages>(name: N): Steps<N> {
  const steps: Steps<N> = []
  const note = (step: string) => (message: unknown) => steps.push({ step, message: message as RequestMessages[N] })
  const all = tracingChannel(name)
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error')
  }
  all.subscribe(subscribers)
  subscriptions.push(() => void all.unsubscribe(subscribers))
  return steps
}

const names = (steps: readonly { step: string }[]): string[] => steps.map(({ step }) => step)

describe('hubless:request', () => {
  it('goes from the call to its reply, in one object', async () => {
    const steps = record('hubless:request')
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    rep.serve(() => 'reply')
    const options = { timeout: 5000 }
    expect(String(await req.request('ask', options))).toBe('reply')
    expect(names(steps)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    const [first] = steps
    for (const { message } of steps) expect(message).toBe(first?.message)
    expect(first?.message).toMatchObject({ socket: req, body: 'ask', options })
    expect(String(first?.message.result)).toBe('reply')
  })

  it('tells why there is no reply', async () => {
    const steps = record('hubless:request')
    const req = track(new Req({ failFast: true }))
    await expect(req.request('ask')).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(names(steps)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(steps[0]?.message.error).toMatchObject({ code: 'EHOSTUNREACH' })
  })
})

describe('hubless:serve', () => {
  it('goes from a request to the answer of its handler, on a REP and on a RESPONDENT', async () => {
    const steps = record('hubless:serve')
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    rep.serve(({ body }) => `${body}!`)
    expect(String(await req.request('ask'))).toBe('ask!')
    const [respondent, surveyor] = [new Respondent(), new Surveyor()]
    await marry(surveyor, respondent)
    respondent.serve(async () => 'here')
    for await (const { body } of surveyor.survey('who?', { count: 1 })) expect(String(body)).toBe('here')
    const ends = steps.filter(({ step }) => step === 'asyncEnd')
    expect(ends.map(({ message: { socket, request, result } }) => [socket, String(request.body), result])).toEqual([
      [rep, 'ask', 'ask!'],
      [respondent, 'who?', 'here']
    ])
  })

  it('tells what the handler threw, which declines the request as ever', async () => {
    const steps = record('hubless:serve')
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    const thrown = new Error('no')
    const drops: unknown[] = []
    rep.on('drop', ({ reason, cause }) => drops.push([reason, cause]))
    rep.serve(({ body }) => {
      if (`${body}` === 'bad') throw thrown
      return 'good'
    })
    const failed = req.request('bad', { timeout: 200 })
    await req.request('fine')
    await expect(failed).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(steps.filter(({ step }) => step === 'error').map(({ message }) => message.error)).toEqual([thrown])
    expect(drops).toEqual([['handler-error', thrown]])
  })

  it('runs the handler in the store that a subscriber bound to the start', async () => {
    const storage = new AsyncLocalStorage<unknown>()
    const start = channel('tracing:hubless:serve:start')
    start.bindStore(storage, (message) => String((message as RequestMessages['hubless:serve']).request.body))
    subscriptions.push(() => void start.unbindStore(storage))
    const [rep, req] = [new Rep(), new Req()]
    await marry(rep, req)
    rep.serve(async () => {
      await Promise.resolve()
      return `in ${storage.getStore()}`
    })
    expect(String(await req.request('span 1'))).toBe('in span 1')
  })
})

it('serve refuses a handler that is no function', async () => {
  const rep = track(new Rep())
  await expect(rep.serve(7 as never)).rejects.toMatchObject({ code: 'EINVAL' })
})
