import { Pair, Pull, Push } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectBytes, listenBytes } from '../helpers/bytes.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'

const url = 'tcp://127.0.0.1:0'
const noWait = { reconnectInterval: 5, reconnectIntervalMax: 5 }

describe('listeners', () => {
  it('on calls a listener at every event, once at the next only, off not any more', async () => {
    const pull = track(new Pull())
    const { url: address } = await pull.bind(url)
    const calls = { on: 0, once: 0, off: 0 }
    const off = (): void => {
      calls.off++
    }
    pull.on('attach', () => calls.on++)
    pull.once('attach', () => calls.once++)
    pull.on('attach', off)
    pull.off('attach', off)
    for (let i = 1; i <= 3; i++) {
      track(new Push()).connect(address)
      await pull.waitForPeers(i)
    }
    expect(calls).toEqual({ on: 3, once: 1, off: 0 })
  })

  it('a once listener that was added by another one during an event gets the next event', async () => {
    const pull = track(new Pull())
    const { url: address } = await pull.bind(url)
    let inner = 0
    pull.once('attach', () => pull.once('attach', () => inner++))
    pull.once('attach', () => {})
    for (let i = 1; i <= 3; i++) {
      track(new Push()).connect(address)
      await pull.waitForPeers(i)
      expect(inner).toBe(Math.min(i - 1, 1))
    }
  })

  it('of an event that does not exist are refused, with the names of those that do', () => {
    const pull = track(new Pull())
    const refusal = expect.objectContaining({
      code: 'EINVAL',
      message: 'EINVAL: the event is "conect"; allowed is attach, detach, reject, retry, drop, listen, close'
    })
    expect(() => pull.on('conect' as 'attach', () => {})).toThrow(refusal)
    expect(() => pull.once('conect' as 'attach', () => {})).toThrow(refusal)
    expect(() => pull.on('toString' as 'attach', () => {})).toThrow(/"toString"/)
    expect(() => pull.on('error' as 'attach', () => {})).not.toThrow()
  })

  it('that are no functions are refused', () => {
    const pull = track(new Pull())
    expect(() => pull.on('attach', undefined as never)).toThrow(
      /the listener of attach is undefined; allowed is a function/
    )
  })

  it('off takes back a once listener', async () => {
    const pull = track(new Pull())
    let calls = 0
    const listener = (): void => {
      calls++
    }
    pull.once('listen', listener)
    pull.off('listen', listener)
    await pull.bind(url)
    expect(calls).toBe(0)
  })
})

describe('errors in listeners', () => {
  const warnings: unknown[] = []
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(warning))
  afterEach(() => void warnings.splice(0))

  it('COM-43 a listener that throws disturbs neither the socket nor the other listeners', async () => {
    const [push, pull] = track(new Push(), new Pull())
    const seen: string[] = []
    pull.on('attach', () => {
      throw new Error('thrown by a listener')
    })
    pull.on('attach', () => seen.push('second'))
    await marry(push, pull)
    expect(seen).toEqual(['second'])
    expect(warnings).toEqual([expect.objectContaining({ message: 'thrown by a listener' })])
    await push.send('still works')
    expect(String(await pull.recv())).toBe('still works')
  })

  it('COM-43 a listener that returns a promise which rejects is reported, not an unhandled rejection', async () => {
    const [push, pull] = track(new Push(), new Pull())
    pull.on('attach', async () => {
      throw new Error('rejected by a listener')
    })
    await marry(push, pull)
    await eventually(() => warnings.length > 0)
    expect(warnings).toEqual([expect.objectContaining({ message: 'rejected by a listener' })])
    expect(warn).toHaveBeenCalled()
  })
})

describe('failures in the background', () => {
  it('COM-43 none throws, becomes an error event or an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const pull = track(new Pull(noWait))
      pull.on('error' as 'close', () => unhandled.push('an error event'))
      // Nobody there, a name that does not resolve, a broken hello, a wrong frame, a reset.
      pull.connect('tcp://127.0.0.1:1')
      pull.connect('tcp://does-not-exist.invalid:5')
      pull.connect('ipc:///does/not/exist.sock')
      const broken = await listenBytes()
      pull.connect(broken.url)
      const peer = await broken.accept()
      const rejected = nextEvent(pull, 'reject')
      peer.send('ff ff ff ff ff ff ff ff')
      expect((await rejected).reason).toBe('malformed-hello')

      const { url: address } = await pull.bind(url)
      const wrong = await connectBytes(address)
      await wrong.greet(0x50)
      const detached = nextEvent(pull, 'detach')
      wrong.send('ff ff ff ff ff ff ff ff 00')
      expect((await detached).reason).toBe('too-big')

      const reset = await connectBytes(address)
      await reset.greet(0x50)
      const lost = nextEvent(pull, 'detach')
      reset.reset()
      expect((await lost).reason).toBe('connection-error')
      await eventually(() => pull.stats().connectErrors > 5)
      await pull.close()
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})

describe('order and number', () => {
  it('EP-17 attach and detach come once per pipe and in that order, also across reconnections', async () => {
    const [push, pull] = track(new Push(), new Pull(noWait))
    const log: string[] = []
    for (const socket of [push, pull]) {
      socket.on('attach', ({ pipe }) => log.push(`${socket.protocol} attach ${pipe.id}`))
      socket.on('detach', ({ pipe }) => log.push(`${socket.protocol} detach ${pipe.id}`))
    }
    const listener = await push.bind(url)
    const dialer = pull.connect(listener.url)
    await dialer.whenConnected()
    for (let i = 0; i < 3; i++) {
      await push.waitForPeers(1)
      const again = [nextEvent(push, 'attach'), nextEvent(pull, 'attach')]
      await push.peers[0]?.close(0)
      await Promise.all(again)
    }
    await Promise.all([push.close(), pull.close()])
    for (const protocol of ['push', 'pull']) {
      const own = log.filter((line) => line.startsWith(protocol))
      expect(own).toHaveLength(8)
      for (let i = 0; i < own.length; i += 2) {
        const id = own[i]?.split(' ')[2]
        expect(own.slice(i, i + 2)).toEqual([`${protocol} attach ${id}`, `${protocol} detach ${id}`])
      }
      expect(new Set(own).size).toBe(8)
    }
  })

  it('EP-17 a refused peer gives reject without attach and detach', async () => {
    const [first, second, third] = track(new Pair(), new Pair(), new Pair({ reconnectInterval: 10_000 }))
    const { listener } = await marry(first, second, url)
    const [attached, detached] = [recordEvents(third, 'attach'), recordEvents(third, 'detach')]
    const [joined, left] = [recordEvents(first, 'attach'), recordEvents(first, 'detach')]
    const refused = [nextEvent(first, 'reject'), nextEvent(third, 'reject')]
    third.connect(listener.url)
    await Promise.all(refused)
    await new Promise((resolve) => setImmediate(resolve))
    expect([...attached, ...detached, ...joined, ...left]).toEqual([])
    expect(first.peers).toHaveLength(1)
  })

  it('EP-19 listen comes on bind with the url, close comes once and last', async () => {
    const [push, pull] = track(new Push(), new Pull())
    const log: string[] = []
    for (const name of ['listen', 'attach', 'detach', 'close', 'retry', 'reject', 'drop'] as const) {
      push.on(name, () => log.push(name))
    }
    const listening = nextEvent(push, 'listen')
    const { listener } = await marry(push, pull, url)
    const event = await listening
    expect(event.url).toBe(listener.url)
    expect(event.listener).toBe(listener)
    expect(event.url).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/)
    await Promise.all([push.close(), push.close()])
    await push.close()
    await pull.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual(['listen', 'attach', 'detach', 'close'])
  })
})

describe('reject', () => {
  it('EP-18 tells reason, endpoint and address of a peer with another protocol, on both sides', async () => {
    const [pull, pair] = track(new Pull(), new Pair({ reconnectInterval: 10_000 }))
    const listener = await pull.bind(url)
    const refused = Promise.all([nextEvent(pull, 'reject'), nextEvent(pair, 'reject')])
    const dialer = pair.connect(listener.url)
    const [there, here] = await refused
    expect(there).toMatchObject({
      reason: 'protocol-mismatch',
      address: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    })
    expect(there.endpoint).toBe(listener)
    expect(there.error).toMatchObject({ code: 'EPROTO', endpoint: listener.url })
    expect(here).toMatchObject({ reason: 'protocol-mismatch', address: listener.url })
    expect(here.endpoint).toBe(dialer)
    expect(here.error.code).toBe('ECONNREFUSED')
  })

  it('EP-18 says busy, handshake-timeout, malformed-hello and closed for what they name', async () => {
    const pair = track(new Pair({ handshakeTimeout: 40 }))
    const listener = await pair.bind(url)
    const refusal = async (act: (peer: Awaited<ReturnType<typeof connectBytes>>) => void): Promise<string> => {
      const rejected = nextEvent(pair, 'reject')
      const peer = await connectBytes(listener.url)
      act(peer)
      const { reason, endpoint, address } = await rejected
      expect(endpoint).toBe(listener)
      expect(address).toBe(`tcp://127.0.0.1:${peer.stream.localPort ?? address.split(':')[2]}`)
      await peer.closed
      return reason
    }
    expect(await refusal(() => {})).toBe('handshake-timeout')
    expect(await refusal((peer) => peer.send('00 53 50 01'))).toBe('malformed-hello')
    expect(await refusal((peer) => peer.end())).toBe('closed')
    const good = track(new Pair())
    await good.connect(listener.url).whenConnected()
    await pair.waitForPeers(1)
    expect(await refusal(() => {})).toBe('busy')
    expect(pair.stats().rejects).toEqual({ 'handshake-timeout': 1, 'malformed-hello': 1, closed: 1, busy: 1 })
  })

  it('COM-56 refuses an event that does not exist, and names those that do', () => {
    const pull = track(new Pull())
    const on = pull.on.bind(pull) as (event: string, listener: () => void) => unknown
    for (const name of ['attached', 'Close', 'toString', '']) {
      expect(() => on(name, () => {}), name).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('attach, detach, reject') })
      )
    }
  })
})
