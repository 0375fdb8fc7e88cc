import { type EndpointInfo, Pair, Pull, Push, registerTransport, Sub, type Transport } from 'hubless'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenBytes } from '../helpers/bytes.ts'
import { eventually, inprocUrl, marry, nextEvent, recordEvents, tempPath, track } from '../helpers/sockets.ts'

afterEach(() => void vi.useRealTimers())

const quick = { reconnectInterval: 5, reconnectIntervalMax: 5 }
const nowhere = 'tcp://127.0.0.1:1'

describe('connect', () => {
  it('EP-03 returns at once', () => {
    const pull = track(new Pull())
    const dialer = pull.connect(nowhere)
    expect(dialer.state).toBe('connecting')
    expect(dialer.kind).toBe('dialer')
    expect(dialer.url).toBe(nowhere)
    expect(pull.stats().endpoints).toMatchObject([{ kind: 'dialer', url: nowhere, state: 'connecting' }])
  })

  it('EP-03 only syntax errors throw', () => {
    const pull = track(new Pull())
    for (const url of [
      'tcp://',
      'tcp://host',
      'tcp://host:',
      'tcp://host:65536',
      'tcp://host:-1',
      'tcp://host:port',
      'tcp://:5555',
      'tcp://127.0.0.1:0',
      'tcp://not a host:5',
      'inproc://',
      'ipc://',
      `ipc:///${'x'.repeat(200)}`
    ]) {
      expect(() => pull.connect(url), url).toThrow(expect.objectContaining({ name: 'SpError', code: 'EINVAL' }))
    }
    expect(pull.stats().endpoints).toEqual([])
  })

  it('EP-03 network errors never throw: nobody there, no such name, no such path', async () => {
    const pull = track(new Pull(quick))
    const dialers = [nowhere, 'tcp://does-not-exist.invalid:5555', `ipc://${tempPath()}`, 'ipc:///no/such/dir/x.sock']
    const retried = new Set<EndpointInfo>()
    pull.on('retry', ({ dialer }) => retried.add(dialer))
    for (const url of dialers) pull.connect(url)
    await eventually(() => retried.size === dialers.length)
    expect(pull.state).toBe('open')
  })

  it('EP-04 an unknown scheme is EPROTONOSUPPORT, schemes are case-sensitive, and no :// is EINVAL', async () => {
    const pull = track(new Pull())
    for (const url of [
      'udp://127.0.0.1:5',
      'TCP://127.0.0.1:5',
      'Inproc://x',
      ' tcp://127.0.0.1:5',
      'tcpp://x:1',
      'http://x'
    ]) {
      const matching = { code: 'EPROTONOSUPPORT', message: expect.stringContaining('tcp') }
      expect(() => pull.connect(url), url).toThrow(expect.objectContaining(matching))
      await expect(pull.bind(url), url).rejects.toMatchObject(matching)
    }
    for (const url of [
      '',
      'tcp',
      'tcp:127.0.0.1:5',
      'tcp:/127.0.0.1:5',
      '127.0.0.1:5',
      '://x',
      'x:',
      5,
      null,
      undefined,
      {}
    ]) {
      expect(() => pull.connect(url as string), String(url)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
      await expect(pull.bind(url as string), String(url)).rejects.toMatchObject({ code: 'EINVAL' })
    }
    expect(pull.stats().endpoints).toEqual([])
  })
})

describe('failed attempts', () => {
  it('EP-07 give a retry event with cause, delay and number, and are counted', async () => {
    const pull = track(new Pull({ reconnectInterval: 8, reconnectIntervalMax: 16 }))
    const retries = recordEvents(pull, 'retry')
    const dialer = pull.connect(nowhere)
    await eventually(() => retries.length >= 4)
    for (const [i, { delay, attempt, cause, dialer: which }] of retries.entries()) {
      expect(which).toBe(dialer)
      expect(attempt).toBe(i + 1)
      expect(cause).toMatchObject({ name: 'SpError', code: 'ECONNREFUSED', endpoint: nowhere })
      expect(cause.cause).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' })
      const middle = i === 0 ? 8 : 16
      expect(delay).toBeGreaterThanOrEqual(middle * 0.75)
      expect(delay).toBeLessThanOrEqual(middle * 1.25)
    }
    const { connectErrors, establishedConnections } = pull.stats()
    expect(connectErrors).toBe(retries.length)
    expect(establishedConnections).toBe(0)
    expect(dialer.stats()).toMatchObject({ connectErrors, lastError: 'ECONNREFUSED' })
  })

  it('EP-08 the first attempt is immediate; the next ones come after the delay that the event told, not before', async () => {
    const listening = await listenBytes()
    const push = track(new Push({ reconnectInterval: 40, reconnectIntervalMax: 320, handshakeTimeout: 10_000 }))
    const began = performance.now()
    push.connect(listening.url)
    let peer = await listening.accept()
    expect(performance.now() - began).toBeLessThan(1000)
    for (const middle of [40, 80, 160]) {
      const retry = nextEvent(push, 'retry')
      // Timers count from when the turn began in which they are set, and that is after this.
      const lost = performance.now()
      peer.destroy()
      const { delay } = await retry
      expect(delay).toBeGreaterThanOrEqual(middle * 0.75)
      expect(delay).toBeLessThanOrEqual(middle * 1.25)
      peer = await listening.accept()
      expect(performance.now() - lost).toBeGreaterThan(delay - 2)
    }
  })

  it('EP-08 both bounds can be set per endpoint', async () => {
    const pull = track(new Pull({ reconnectInterval: 10_000, reconnectIntervalMax: 10_000 }))
    const first = nextEvent(pull, 'retry')
    pull.connect(nowhere)
    expect((await first).delay).toBeGreaterThan(7000)
    const retries = recordEvents(pull, 'retry')
    pull.connect(nowhere, { reconnectInterval: 1, reconnectIntervalMax: 4 })
    await eventually(() => retries.length >= 5)
    expect(retries.slice(2).every(({ delay }) => delay >= 3 && delay <= 5)).toBe(true)
  })

  it('EP-09 the delay is reset by a connection that brought a message', async () => {
    const pull = track(new Pull({ reconnectInterval: 10, reconnectIntervalMax: 10_000 }))
    const listening = await listenBytes()
    const retries = recordEvents(pull, 'retry')
    pull.connect(listening.url)
    for (let i = 0; i < 3; i++) (await listening.accept()).destroy()
    const attached = nextEvent(pull, 'attach')
    const peer = await listening.accept()
    await peer.greet(0x50)
    await attached
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    peer.send('00 00 00 00 00 00 00 01 78')
    await pull.recv()
    const lost = nextEvent(pull, 'retry')
    peer.destroy()
    const { attempt, delay, cause } = await lost
    expect(attempt).toBe(1)
    expect(delay).toBeLessThanOrEqual(12.5)
    expect(cause.code).toBe('ECONNRESET')
  })

  it('EP-09 the delay is reset by a connection that lasted reconnectIntervalMax', async () => {
    const push = track(new Push({ reconnectInterval: 1, reconnectIntervalMax: 4 }))
    const listening = await listenBytes()
    const retries = recordEvents(push, 'retry')
    push.connect(listening.url)
    for (let i = 0; i < 3; i++) (await listening.accept()).destroy()
    const attached = nextEvent(push, 'attach')
    const peer = await listening.accept()
    await peer.greet(0x51)
    await attached
    const began = performance.now()
    await eventually(() => performance.now() - began > 4)
    const lost = nextEvent(push, 'retry')
    peer.destroy()
    expect((await lost).attempt).toBe(1)
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1])
  })

  it('EP-09 a peer that greets and hangs up is asked less and less often', async () => {
    const push = track(new Push({ reconnectInterval: 1, reconnectIntervalMax: 10_000 }))
    const listening = await listenBytes()
    const retries = recordEvents(push, 'retry')
    push.connect(listening.url)
    for (let i = 0; i < 5; i++) {
      const attached = nextEvent(push, 'attach')
      const peer = await listening.accept()
      await peer.greet(0x51)
      await attached
      const retry = nextEvent(push, 'retry')
      peer.destroy()
      await retry
    }
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
  })

  it('EP-09 EP-10 a connection that was established but refused does not reset it', async () => {
    const push = track(new Push({ reconnectInterval: 4, reconnectIntervalMax: 10_000 }))
    const wrong = track(new Sub())
    const { url } = await wrong.bind('tcp://127.0.0.1:0')
    const retries = recordEvents(push, 'retry')
    push.connect(url)
    await eventually(() => retries.length >= 4)
    expect(retries.map(({ attempt }) => attempt).slice(0, 4)).toEqual([1, 2, 3, 4])
    expect(retries[3]?.delay).toBeGreaterThanOrEqual(32 * 0.75)
  })

  it('EP-10 refusal, name resolution, handshake failure and loss use the same back-off', async () => {
    const options = { reconnectInterval: 4, reconnectIntervalMax: 8, handshakeTimeout: 20 }
    const silent = await listenBytes()
    const garbage = await listenBytes()
    const hello = async (): Promise<void> => {
      for (;;) (await garbage.accept()).send('00 00 00 00')
    }
    void hello()
    const busy = new Pair()
    const { listener } = await marry(busy, new Pair(), 'tcp://127.0.0.1:0')
    for (const [url, code] of [
      [nowhere, 'ECONNREFUSED'],
      ['tcp://does-not-exist.invalid:5', 'EIO'],
      [`ipc://${tempPath()}`, 'ENOENT'],
      [silent.url, 'ETIMEDOUT'],
      [garbage.url, 'ECONNREFUSED'],
      [listener.url, 'ECONNREFUSED']
    ] as const) {
      const pair = track(new Pair(options))
      const retries = recordEvents(pair, 'retry')
      pair.connect(url)
      await eventually(() => retries.length >= 3)
      const [first, ...later] = retries
      expect(first?.cause.code, url).toBe(code)
      expect(first?.delay).toBeGreaterThanOrEqual(3)
      expect(first?.delay).toBeLessThanOrEqual(5)
      for (const { delay } of later) {
        expect(delay).toBeGreaterThanOrEqual(6)
        expect(delay).toBeLessThanOrEqual(10)
      }
      await pair.close()
    }
  })

  it('EP-10 a name that does not resolve says so in the cause', async () => {
    const pull = track(new Pull(quick))
    const retry = nextEvent(pull, 'retry')
    pull.connect('tcp://does-not-exist.invalid:5555')
    const { cause } = await retry
    expect(cause.message).toContain('does-not-exist.invalid')
    expect(cause.endpoint).toBe('tcp://does-not-exist.invalid:5555')
    expect(cause.cause).toBeInstanceOf(Error)
  })
})

describe('one attempt', () => {
  /** A transport whose `dial` is the test's. */
  const dialing = (dial: Transport['dial'], more: Partial<Transport> = {}): void => {
    const listen = (): never => {
      throw new Error('dials only')
    }
    registerTransport({ schemes: ['attempt'], check: () => {}, listen, dial, ...more })
  }

  it('EP-26 is over after handshakeTimeout, whatever the transport does, and says so', async () => {
    let signal: AbortSignal | undefined
    dialing((request) => {
      signal = request.signal
      return new Promise(() => {})
    })
    const pull = track(new Pull({ handshakeTimeout: 20, ...quick }))
    const [reject, retry] = [nextEvent(pull, 'reject'), nextEvent(pull, 'retry')]
    pull.connect('attempt://x')
    expect((await reject).reason).toBe('handshake-timeout')
    expect((await retry).cause.code).toBe('ETIMEDOUT')
    expect(signal?.aborted).toBe(true)
  })

  it('EP-26 covers a URL factory that never answers, and asks it again', async () => {
    let asked = 0
    const pull = track(new Pull({ handshakeTimeout: 5, ...quick }))
    pull.connect(() => {
      asked++
      return new Promise(() => {})
    })
    await eventually(() => asked >= 3)
  })

  it('EP-26 does not bound a transport that waits for a listener', async () => {
    const pull = track(new Pull({ handshakeTimeout: 1, ...quick }))
    const push = track(new Push())
    const url = inprocUrl()
    const retries = recordEvents(pull, 'retry')
    const dialer = pull.connect(url)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await push.bind(url)
    await dialer.whenConnected()
    expect(retries).toEqual([])
  })

  it('EP-26 closes a connection that comes too late', async () => {
    let closed = false
    dialing(async ({ signal, url, protocol }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return {
        info: { local: '', remote: url, peerProtocol: protocol.peer },
        resumeBelow: 1,
        pending: 0,
        start: () => {},
        send: () => true,
        pause: () => {},
        resume: () => {},
        close: async () => {
          closed = true
        }
      }
    })
    const pull = track(new Pull({ handshakeTimeout: 5, ...quick }))
    pull.connect('attempt://x')
    await eventually(() => closed)
    expect(pull.peers).toEqual([])
  })

  it.each(['closed', 'waiting'])(
    'EP-26 keeps no place for one that is %s when its transport asks late',
    async (state) => {
      let ask: (() => unknown) | undefined
      dialing(({ admit, signal }) => {
        ask ??= () => admit('attempt://x')
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      })
      const [pair, other] = [track(new Pair()), track(new Pair())]
      const dialer = pair.connect('attempt://x', { handshakeTimeout: 5, reconnectInterval: 60_000 })
      if (state === 'closed') await dialer.close()
      else await nextEvent(pair, 'retry')
      expect([dialer.state, ask?.()]).toEqual([state, undefined])
      const { url } = await other.bind(inprocUrl())
      await pair.connect(url).whenConnected({ timeout: 1000 })
    }
  )

  it('EP-27 survives a transport and a factory that throw at once', async () => {
    dialing(() => {
      throw new Error('not async')
    })
    const pull = track(new Pull(quick))
    const retries = recordEvents(pull, 'retry')
    pull.connect('attempt://x')
    pull.connect(() => {
      throw new Error('no URL today')
    })
    await eventually(() => retries.length >= 6)
    expect(new Set(retries.map(({ cause }) => cause.message))).toEqual(
      new Set(['EIO: connecting to attempt://x failed: not async', 'EIO: connecting to  failed: no URL today'])
    )
  })

  it('EP-28 of a PAIR keeps its place: no other peer is taken and nobody else is dialed meanwhile', async () => {
    const pair = track(new Pair(quick))
    let admitted = 0
    dialing(({ admit }) => {
      if (admit('x') === undefined) admitted++
      return new Promise(() => {})
    })
    const rejects = recordEvents(pair, 'reject')
    pair.connect('attempt://first')
    pair.connect('attempt://second')
    const url = inprocUrl()
    await pair.bind(url)
    const other = track(new Pair(quick))
    const refused = nextEvent(other, 'reject')
    other.connect(url)
    expect((await refused).reason).toBe('busy')
    await eventually(() => rejects.length >= 2)
    expect(admitted).toBe(1)
    expect(new Set(rejects.map(({ reason }) => reason))).toEqual(new Set(['busy']))
  })

  it('EP-28 of a PAIR gives its place back when it fails', async () => {
    const pair = track(new Pair({ handshakeTimeout: 20, ...quick }))
    dialing(({ admit }) => {
      admit('x')
      return new Promise(() => {})
    })
    const url = inprocUrl()
    await pair.bind(url)
    const attempt = pair.connect('attempt://first')
    const other = track(new Pair(quick))
    const attached = other.connect(url).whenConnected()
    await attempt.close()
    await attached
  })
})

describe('closing a dialer', () => {
  it('EP-12 while it waits for the next attempt clears the timer', async () => {
    // Those that are made from now on: others of the process come and go by themselves.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const pull = track(new Pull())
    const retry = nextEvent(pull, 'retry', { timeout: 60_000 })
    const dialer = pull.connect(nowhere)
    await retry
    expect(dialer.state).toBe('waiting')
    expect(vi.getTimerCount()).toBe(1)
    await dialer.close()
    expect(dialer.state).toBe('closed')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('EP-12 during the handshake ends the connection', async () => {
    for (const scheme of ['tcp', 'ipc'] as const) {
      const listening = await listenBytes(scheme)
      const push = track(new Push(quick))
      const dialer = push.connect(listening.url)
      const peer = await listening.accept()
      await peer.read(8)
      await dialer.close()
      await peer.closed
      // A hello that comes too late changes nothing.
      peer.send('00 53 50 00 00 51 00 00')
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(listening.count).toBe(1)
      expect(push.peers).toEqual([])
      expect(push.stats().rejects).toEqual({})
    }
  })

  it('EP-12 from inside its own retry, reject, attach and detach events', async () => {
    for (const name of ['retry', 'reject', 'attach', 'detach'] as const) {
      const push = track(new Push(quick))
      const pull = track(new Pull())
      const { url } = await (name === 'reject' ? track(new Sub()) : pull).bind('tcp://127.0.0.1:0')
      const events: string[] = []
      for (const each of ['retry', 'reject', 'attach', 'detach'] as const) push.on(each, () => events.push(each))
      const dialer = push.connect(name === 'retry' ? nowhere : url)
      const waiting = dialer.whenConnected().then(
        () => 'connected',
        (error: { code: string }) => error.code
      )
      push.on(name, () => void dialer.close())
      if (name === 'detach') {
        await pull.waitForPeers(1)
        await pull.peers[0]?.close(0)
      }
      await eventually(() => dialer.state === 'closed')
      await dialer.close()
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(await waiting).toBe(name === 'detach' ? 'connected' : 'EBADF')
      expect(events).toEqual(
        { retry: ['retry'], reject: ['reject'], attach: ['attach', 'detach'], detach: ['attach', 'detach'] }[name]
      )
      expect(push.stats().endpoints).toEqual([])
    }
  })
})

it('EP-12 that is closed at once is not told that its socket has a peer', async () => {
  const [a, b] = [new Pair(), new Pair(quick)]
  await marry(a, b)
  const rejects = recordEvents(b, 'reject')
  await b.connect('inproc://anybody').close()
  const other = b.connect('inproc://anybody')
  await nextEvent(b, 'reject')
  expect(rejects.map(({ endpoint }) => endpoint)).toEqual([other])
})
