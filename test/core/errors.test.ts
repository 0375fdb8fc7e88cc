import { readdirSync, readFileSync } from 'node:fs'
import { errorTable, Pair, Pull, Push, Rep, Req, SpError } from 'hubless'
import { describe, expect, it } from 'vitest'
import { fromSystem } from '../../src/core/errors.ts'
import { nextEvent, tempPath, track } from '../helpers/sockets.ts'

describe('SpError', () => {
  it('COM-44 has a stable code, a sentence, endpoint and cause where they exist', () => {
    const cause = new Error('the reason behind')
    const error = new SpError('EADDRINUSE', { message: 'somebody is there', endpoint: 'tcp://*:1', cause })
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(SpError)
    expect(error).toMatchObject({ name: 'SpError', code: 'EADDRINUSE', endpoint: 'tcp://*:1', cause })
    expect(error.message).toBe('EADDRINUSE: somebody is there')
    expect(String(error)).toContain('SpError: EADDRINUSE: somebody is there')
    const bare = new SpError('EBADF')
    expect(bare.message).toBe(`EBADF: ${errorTable.EBADF}`)
    expect('endpoint' in bare).toBe(false)
    expect('cause' in bare).toBe(false)
  })

  it('COM-44 every code of the table has a sentence', () => {
    for (const [code, sentence] of Object.entries(errorTable)) {
      expect(code).toMatch(/^E[A-Z]+$/)
      expect(sentence).toMatch(/^[A-Z].{15,}\.$/)
    }
  })

  it('recognises errors of another copy of the package, and nothing else', () => {
    const foreign = Object.create(Error.prototype, { [Symbol.for('hubless.SpError')]: { value: true } })
    expect(foreign).toBeInstanceOf(SpError)
    for (const other of [new Error('x'), { code: 'EBADF' }, null, undefined, 'EBADF', 5]) {
      expect(other instanceof SpError).toBe(false)
    }
  })

  it('COM-44 what the operating system says keeps its code where there is one, and is the cause', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(fromSystem(refused, 'tcp://h:1', 'connecting to')).toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('connecting to tcp://h:1 failed'),
      endpoint: 'tcp://h:1',
      cause: refused
    })
    const denied = Object.assign(new Error('listen EPERM'), { code: 'EPERM' })
    expect(fromSystem(denied, 'ipc://x', 'binding').code).toBe('EACCES')
    const unknown = Object.assign(new Error('something rare'), { code: 'EXOTIC' })
    expect(fromSystem(unknown, 'x', 'binding')).toMatchObject({ code: 'EIO', message: expect.stringContaining('rare') })
    expect(fromSystem('a string', 'x', 'binding')).toMatchObject({ code: 'EIO', cause: 'a string' })
    const own = new SpError('EADDRINUSE')
    expect(fromSystem(own, 'x', 'binding')).toBe(own)
  })
})

describe('errors that users see', () => {
  it('COM-44 are SpErrors that say what to do', async () => {
    const pair = track(new Pair())
    const rep = track(new Rep())
    const { url } = await pair.bind('tcp://127.0.0.1:0')
    const closed = new Pair()
    await closed.close()
    const calls: [string, () => unknown, RegExp][] = [
      ['EADDRINUSE', () => track(new Pair()).bind(url), /close it or choose another/],
      ['EADDRNOTAVAIL', () => pair.bind('tcp://192.0.2.1:0'), /local address/],
      ['EBADF', () => closed.recv(), /create a new one/],
      ['EFSM', () => rep.send('x'), /receive a request first/],
      ['EFSM', () => track(new Req()).recv(), /send one first/],
      ['EINVAL', () => new Pair({ linger: -1 }), /allowed is/],
      ['EINVAL', () => pair.connect('tcp://nonsense'), /it must be/],
      ['ENOENT', () => pair.bind(`ipc://${tempPath()}/no/x`), /does not exist/],
      ['EPROTONOSUPPORT', () => pair.connect('smtp://x'), /there are .*not imported: hubless\/threads/],
      ['ETIMEDOUT', () => track(new Pair()).recv({ timeout: 1 }), /within 1 ms/],
      ['EHOSTUNREACH', () => track(new Req({ failFast: true })).request('x'), /no REP attached/]
    ]
    for (const [code, call, says] of calls) {
      const error = await Promise.resolve()
        .then(call)
        .then(
          () => undefined,
          (e: unknown) => e
        )
      expect(error, code).toBeInstanceOf(SpError)
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    }
  })

  it('COM-44 those of background events are SpErrors too', async () => {
    const pull = track(new Pull({ reconnectInterval: 10_000 }))
    const retried = nextEvent(pull, 'retry')
    pull.connect('tcp://127.0.0.1:1')
    const { cause } = await retried
    expect(cause).toBeInstanceOf(SpError)
    expect(cause).toMatchObject({
      code: 'ECONNREFUSED',
      endpoint: 'tcp://127.0.0.1:1',
      cause: { errno: expect.any(Number) }
    })
    const push = track(new Push())
    const rejected = nextEvent(push, 'reject')
    track(new Push()).connect((await push.bind('tcp://127.0.0.1:0')).url)
    expect((await rejected).error).toBeInstanceOf(SpError)
  })

  it('COM-44 no layer of the library throws or rejects with a plain Error of its own', () => {
    const source = new URL('../../src/', import.meta.url)
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    const plain: string[] = []
    for (const file of files) {
      if (!/^(core|protocols|transports|devices)\//.test(file)) continue
      const text = readFileSync(new URL(file, source), 'utf8')
      for (const [match] of text.matchAll(/(throw|reject\w*\()\s*new (Type|Range)?Error\b/g))
        plain.push(`${file}: ${match}`)
    }
    expect(plain).toEqual([])
  })
})
