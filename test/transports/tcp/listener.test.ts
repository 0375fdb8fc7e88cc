/** Listening on TCP: where a listener can be reached, what it says about itself, and whom it survives. */
import { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Pair, Pull, Push } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connectBytes, hex } from '../../helpers/bytes.ts'
import { code } from '../../helpers/messages.ts'
import { resolveNames } from '../../helpers/names.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

const interfaces = Object.values(networkInterfaces()).flat()
const hasIPv6 = interfaces.some((entry) => entry?.address === '::1')
/** An address for documentation; no machine has it. */
const foreign = '203.0.113.1'

afterEach(() => void vi.restoreAllMocks())

describe('TCP listener', () => {
  it.each([
    ['tcp://127.0.0.1:0', /^tcp:\/\/127\.0\.0\.1:\d+$/],
    ['tcp://localhost:0', /^tcp:\/\/localhost:\d+$/],
    ['tcp://*:0', /^tcp:\/\/127\.0\.0\.1:\d+$/],
    ['tcp://0.0.0.0:0', /^tcp:\/\/127\.0\.0\.1:\d+$/]
  ])('TCP-01 TCP-03 EP-02 binds %s and names a URL to connect to', async (url, real) => {
    const [push, pull] = [new Push(), new Pull()]
    const { listener } = await marry(pull, push, url)
    expect(listener.url).toMatch(real)
    expect(listener.url).not.toMatch(/:0$/)
    await push.send('through')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('through')
  })

  it.skipIf(!hasIPv6).each(['tcp://[::1]:0', 'tcp://::1:0', 'tcp://[::]:0'])('TCP-01 binds %s', async (url) => {
    const { listener } = await marry(new Pair(), new Pair(), url)
    expect(listener.url).toMatch(/^tcp:\/\/\[::1\]:\d+$/)
  })

  it.skipIf(!hasIPv6)('takes IPv4 and IPv6 clients on localhost, at one port, until it is closed', async () => {
    const pull = track(new Pull())
    const listener = await pull.bind('tcp://localhost:0')
    const port = listener.url.slice(listener.url.lastIndexOf(':'))
    for (const host of ['127.0.0.1', '[::1]']) {
      await track(new Push()).connect(`tcp://${host}${port}`).whenConnected({ timeout: 5000 })
    }
    await listener.close()
    for (const host of ['127.0.0.1', '[::1]']) await track(new Pull()).bind(`tcp://${host}${port}`)
  })

  it.skipIf(!hasIPv6)('TCP-02 takes IPv4 and IPv6 clients on *', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind('tcp://*:0')
    const port = url.slice(url.lastIndexOf(':'))
    const addresses: string[] = []
    for (const host of ['127.0.0.1', '[::1]']) {
      const push = track(new Push())
      await push.connect(`tcp://${host}${port}`).whenConnected({ timeout: 5000 })
      await push.send(host)
      const message = await pull.recvMessage({ timeout: 5000 })
      expect(String(message.body)).toBe(host)
      addresses.push(message.pipe.address)
    }
    // IPv4 clients show as such, not as ::ffff:127.0.0.1.
    expect(addresses[0]).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(addresses[1]).toMatch(/^tcp:\/\/\[::1\]:\d+$/)
  })

  it('TCP-03 finds a free port for port 0 each time, and tells it in the listen event', async () => {
    const pull = track(new Pull())
    const listened = recordEvents(pull, 'listen')
    const [a, b] = [await pull.bind('tcp://127.0.0.1:0'), await pull.bind('tcp://127.0.0.1:0')]
    expect(a.url).not.toBe(b.url)
    expect(listened.map(({ url }) => url)).toEqual([a.url, b.url])
  })

  it('TCP-05 rejects an address that is not local, and leaves nothing behind', async () => {
    const pair = track(new Pair())
    await expect(pair.bind(`tcp://${foreign}:0`)).rejects.toThrow(code('EADDRNOTAVAIL'))
    expect(pair.stats()).toMatchObject({ bindErrors: 1, endpoints: [] })
    await pair.bind('tcp://127.0.0.1:0')
  })

  it('TCP-05 rejects a name that does not resolve, with the cause', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.test'), { code: 'ENOTFOUND' })
    resolveNames(() => cause)
    const pair = track(new Pair())
    const binding = pair.bind('tcp://nowhere.test:0')
    await expect(binding).rejects.toMatchObject({ code: 'EADDRNOTAVAIL', cause, endpoint: 'tcp://nowhere.test:0' })
    await expect(binding).rejects.toThrow('nowhere.test')
  })

  it('EP-14 rejects an address that is taken, and the first listener works on', async () => {
    const [first, second] = track(new Pull(), new Pull())
    const { url } = await first.bind('tcp://127.0.0.1:0')
    await expect(second.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE', endpoint: url })
    await expect(first.bind(url)).rejects.toThrow(code('EADDRINUSE'))
    const push = track(new Push())
    push.connect(url)
    await push.send('still here')
    expect(String(await first.recv({ timeout: 5000 }))).toBe('still here')
  })

  it('EP-13 frees its port at once', async () => {
    const pair = track(new Pair())
    const listener = await pair.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(0x10)
    const { url } = listener
    await listener.close()
    expect((await pair.bind(url)).url).toBe(url)
  })

  it('TCP-10 exchanges exactly hello, length and body', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(url)
    expect(await peer.greet(0x10)).toEqual(hex('00 53 50 00 00 10 00 00'))
    await pair.send('ABC')
    expect(await peer.read(11)).toEqual(hex('00 00 00 00 00 00 00 03 41 42 43'))
    peer.send('00 00 00 00 00 00 00 03 41 42 43')
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('ABC')
    await pair.close()
    expect(await peer.closed).toHaveLength(0)
  })

  it('TCP-11 sets tcpNoDelay and tcpKeepAlive on what it accepts', async () => {
    const pair = track(new Pair())
    const noDelay = vi.spyOn(Socket.prototype, 'setNoDelay')
    const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    const { url } = await pair.bind('tcp://127.0.0.1:0', { tcpNoDelay: false, tcpKeepAlive: 7000 })
    const attached = nextEvent(pair, 'attach')
    await (await connectBytes(url)).greet(0x10)
    await attached
    expect(noDelay).toHaveBeenCalledExactlyOnceWith(false)
    expect(keepAlive).toHaveBeenCalledExactlyOnceWith(true, 7000)
  })

  it('TCP-12 survives clients that reset before, during and right after their handshake', async () => {
    const pair = track(new Pair())
    const rejected = recordEvents(pair, 'reject')
    const detached = recordEvents(pair, 'detach')
    const { url } = await pair.bind('tcp://127.0.0.1:0')
    for (let sent = 0; sent <= 8; sent++) {
      const peer = await connectBytes(url)
      if (sent > 0) peer.send(hex('00 53 50 00 00 10 00 00').subarray(0, sent))
      if (sent > 0) await new Promise((resolve) => setImmediate(resolve))
      peer.reset()
    }
    await eventually(() => rejected.length + detached.length === 9)
    expect(pair.stats()).toMatchObject({ acceptedConnections: 9, brokenConnections: 9, currentConnections: 0 })
    const good = track(new Pair())
    await good.connect(url).whenConnected({ timeout: 5000 })
    await good.send('fine')
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('fine')
  })
})
