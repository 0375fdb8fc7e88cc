/** Who speaks something else, and who hands over options that are none: refused with a reason, and nothing is harmed. */
import { Pair, Pull, Push, Rep, Req, Sub } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../helpers/bytes.ts'
import { code } from '../helpers/messages.ts'
import { nextEvent, type TransportCase, track, transportCases } from '../helpers/sockets.ts'

const strangers = [
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), '47 45 54'],
  ['an HTTP/2 preface', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), '50 52 49'],
  ['a TLS hello', hex('16 03 01 00 c8 01 00 00 c4 03 03 5a 5a'), '16 03 01'],
  ['a ZeroMQ greeting', hex('ff 00 00 00 00 00 00 00 01 7f 03'), 'ff 00 00'],
  ['an SSH banner', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), '53 53 48']
] as const

describe.each(['tcp', 'ipc'])('a stranger over %s', (name) => {
  const transport = transportCases.find((entry) => entry.name === name) as TransportCase

  it.each(strangers)('HOST-14 who sends %s is refused with the bytes in the reason', async (_what, bytes, shown) => {
    const pull = track(new Pull())
    const { url } = await pull.bind(transport.url())
    const rejected = nextEvent(pull, 'reject')
    const peer = await connectBytes(url)
    peer.send(bytes)
    const { reason, error } = await rejected
    expect(reason).toBe('malformed-hello')
    expect(error).toMatchObject({ code: 'EPROTO', endpoint: url })
    expect(error.message).toContain(shown)
    await peer.closed
    const push = track(new Push())
    push.connect(url)
    await push.send('good')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('good')
  })
})

describe('a line break', () => {
  it.each(transportCases)('HOST-12 in a URL of $name is EINVAL', async (transport) => {
    const pair = track(new Pair())
    const url = transport.url()
    for (const bad of [`${url}\r\n`, `${url}\nHost: evil`, url.replace('://', '://\r'), `${url}/a\nb`]) {
      await expect(pair.bind(bad, transport.bind)).rejects.toThrow(code('EINVAL'))
      expect(() => pair.connect(bad, transport.connect)).toThrow(code('EINVAL'))
    }
    expect(pair.stats().endpoints).toEqual([])
  })
})

describe('option objects with keys of Object.prototype', () => {
  const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf']
  /** As it comes out of JSON: `__proto__` is an own key. */
  const parsed = (key: string): object => JSON.parse(`{"${key}": {"polluted": true, "recvMaxSize": 1}}`)

  it.each(keys)('HOST-13 do not pass with %s, in sockets, endpoints and nested options', async (key) => {
    const given = parsed(key)
    const makers = [() => new Pair(given), () => new Req(given), () => new Rep(given), () => new Sub(given)]
    for (const make of makers) expect(make).toThrow(code('EINVAL'))
    const pair = track(new Pair())
    await expect(pair.bind('tcp://127.0.0.1:0', parsed(key))).rejects.toThrow(code('EINVAL'))
    expect(() => pair.connect('tcp://127.0.0.1:1', parsed(key))).toThrow(code('EINVAL'))
    await expect(pair.bind('ipc:///nowhere/x', { ipc: parsed(key) })).rejects.toThrow(code('EINVAL'))
    expect(pair.stats().endpoints).toEqual([])
    expect('polluted' in {}).toBe(false)
    expect(pair.options.recvMaxSize).toBe(1024 * 1024)
  })

  it('HOST-13 take nothing from a prototype', () => {
    const inherited = Object.create({ recvMaxSize: 1, bogus: true }) as object
    const pair = track(new Pair(inherited))
    expect(pair.options.recvMaxSize).toBe(1024 * 1024)
  })
})
