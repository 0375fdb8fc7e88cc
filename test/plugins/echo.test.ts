/** Answers that arrive while the request is being sent. */
import { Rep, Req } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { code, texts } from '../helpers/messages.ts'
import { marry, track, transportCases } from '../helpers/sockets.ts'
import { Echo } from './echo.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe.each(transportCases)('a protocol that answers inside receive, over $name', (transport) => {
  it('COM-08 REQ-01 every request gets its own answer', async () => {
    const [req, echo] = track(new Req(), new Echo())
    await marry(echo, req, transport.url(), transport)
    await req.send('one at a time')
    expect(await texts(req, 1)).toEqual(['one at a time'])
    await expect(req.recv()).rejects.toEqual(code('EFSM'))
    expect((await Promise.all(['a', 'b', 'c'].map((text) => req.request(text)))).map(String)).toEqual(['a', 'b', 'c'])
    expect(req.stats().drops).toEqual({})
  })
})

describe('an answer inside send', () => {
  it('COM-08 REQ-12 is never asked for again', async () => {
    const [req, echo] = track(new Req({ resendInterval: 100 }), new Echo())
    await marry(echo, req)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    await req.send('x')
    await req.request('y')
    await vi.advanceTimersByTimeAsync(1000)
    expect(echo.stats().pipes[0]?.messagesReceived).toBe(2)
    expect(String(req.tryRecv())).toBe('x')
  })

  it('COM-08 REQ-16 a request at which its REP closes goes to another one', async () => {
    const [req, echo, rep] = track(new Req(), new Echo(), new Rep())
    rep.serve(() => 'good bye')
    await marry(echo, req)
    echo.on('drop', () => void echo.close({ linger: 0 }))
    const reply = req.request('bye')
    expect(echo.state).not.toBe('open')
    expect(req.peers).toEqual([])
    await marry(rep, req)
    expect(String(await reply)).toBe('good bye')
  })

  it('COM-08 REQ-08 a request sent from inside send replaces the one that was being sent', async () => {
    const [req, echo] = track(new Req(), new Echo())
    await marry(echo, req)
    echo.once('drop', () => req.trySend('hello'))
    req.trySend('bye')
    expect(String(req.tryRecv())).toBe('hello')
    expect(() => req.tryRecv()).toThrow(code('EFSM'))
  })
})
