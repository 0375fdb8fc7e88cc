import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { type ListenRequest, Pair, Pull, Push, registerTransport, Sub, type Transport } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes } from '../helpers/bytes.ts'
import { runChild } from '../helpers/child.ts'
import {
  eventually,
  inprocUrl,
  marry,
  nextEvent,
  recordEvents,
  tempPath,
  track,
  transportCases
} from '../helpers/sockets.ts'

const tcp = 'tcp://127.0.0.1:0'

describe('bind', () => {
  it('EP-01 real errors reject: the address of another machine, no right, no directory, no such name', async () => {
    const pull = track(new Pull())
    const refused: [string, string][] = [
      ['tcp://192.0.2.1:0', 'EADDRNOTAVAIL'],
      ['tcp://does-not-exist.invalid:0', 'EADDRNOTAVAIL'],
      [`ipc://${tempPath()}/missing/x.sock`, 'ENOENT']
    ]
    // Nobody, not even the superuser, makes a file there.
    if (existsSync('/proc/self')) refused.push(['ipc:///proc/hubless.sock', 'EACCES'])
    for (const [url, code] of refused) {
      await expect(pull.bind(url), url).rejects.toMatchObject({
        name: 'SpError',
        code,
        endpoint: url,
        message: expect.stringContaining(code)
      })
    }
    expect(pull.stats()).toMatchObject({ endpoints: [], bindErrors: refused.length })
    const listener = await pull.bind(tcp)
    expect(listener.state).toBe('listening')
  })

  it('EP-01 EP-14 an address of a server that is not hubless is EADDRINUSE, and the error keeps its cause', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const pull = track(new Pull())
    const error = await pull.bind(`tcp://127.0.0.1:${port}`).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'EADDRINUSE', cause: { code: 'EADDRINUSE', syscall: 'listen' } })
    server.close()
  })

  it('EP-01 a syntax error is EINVAL and leaves nothing behind', async () => {
    const pull = track(new Pull())
    for (const url of [
      'tcp://',
      'tcp://127.0.0.1',
      'tcp://127.0.0.1:x',
      'tcp://127.0.0.1:65536',
      'ipc://',
      'inproc://'
    ]) {
      await expect(pull.bind(url), url).rejects.toMatchObject({ code: 'EINVAL' })
    }
    expect(pull.stats().endpoints).toEqual([])
  })

  it('EP-02 listener.url has the real port', async () => {
    const [pull, push] = track(new Pull(), new Push())
    for (const url of [tcp, 'tcp://*:0', 'tcp://0.0.0.0:0', 'tcp://localhost:0']) {
      const listener = await pull.bind(url)
      expect(listener.url).toMatch(/^tcp:\/\/[^*]+:[1-9]\d*$/)
      const dialer = push.connect(listener.url)
      await dialer.whenConnected({ timeout: 5000 })
      await dialer.close()
      await listener.close()
    }
  })

  it('a socket that is closed while it binds gives the address back', async () => {
    for (const { url, bind } of transportCases) {
      const probe = new Pull()
      const free = (await probe.bind(url(), bind)).url
      await probe.close()
      const pull = new Pull()
      const binding = pull.bind(free, bind)
      const closed = pull.close()
      await expect(binding).rejects.toMatchObject({ code: 'EBADF' })
      await closed
      await track(new Pull()).bind(free, bind)
    }
  })
})

describe('closing a listener', () => {
  it('EP-13 gives up handshakes that are under way', async () => {
    const pull = track(new Pull())
    const listener = await pull.bind(tcp)
    const peer = await connectBytes(listener.url)
    await peer.read(8)
    const rejects = recordEvents(pull, 'reject')
    await listener.close()
    await peer.closed
    expect(rejects).toEqual([])
    expect(pull.stats().endpoints).toEqual([])
  })

  it('EP-13 delivers what was sent to its peers before', async () => {
    const [push, pull] = [new Push(), new Pull()]
    const { listener } = await marry(push, pull, tcp)
    for (let i = 0; i < 10; i++) await push.send(Buffer.alloc(90_000, i))
    await Promise.all([
      listener.close(),
      (async () => {
        for (let i = 0; i < 10; i++) expect((await pull.recv({ timeout: 5000 }))[0]).toBe(i)
      })()
    ])
    expect(push.peers).toEqual([])
    expect(push.state).toBe('open')
  })

  it('EP-14 after a refused second bind the socket still closes', async () => {
    const [first, second] = track(new Pair(), new Pair())
    const { url } = await first.bind(tcp)
    await expect(second.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await second.close()
    expect(second.state).toBe('closed')
    await track(new Pair()).connect(url).whenConnected({ timeout: 5000 })
  })
})

describe('accepting', () => {
  /** A transport without connections, whose listener fails when the test says so. */
  const requests = new Map<string, ListenRequest>()
  const failing: Transport = {
    schemes: ['failing'],
    check() {},
    dial: () => new Promise(() => {}),
    listen: async (request) => {
      requests.set(request.address, request)
      return { url: request.url, close: async () => {} }
    }
  }

  it('EP-15 STAT-03 a failure to accept is counted and does not end listening', async () => {
    registerTransport(failing)
    const pull = track(new Pull())
    const listener = await pull.bind('failing://here')
    const request = requests.get('here')
    for (let i = 0; i < 3; i++) request?.failed(Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
    expect(listener.state).toBe('listening')
    expect(pull.stats()).toMatchObject({ acceptErrors: 3, currentEndpointErrors: 1 })
    expect(listener.stats()).toMatchObject({ acceptErrors: 3, lastError: 'EMFILE' })
    expect(pull.state).toBe('open')
  })

  it.skipIf(process.platform === 'win32')(
    'EP-15 running out of descriptors does not end the accept loop and does not spin',
    { timeout: 30_000 },
    async () => {
      const { code, lines } = await runChild(new URL('./children/descriptors.ts', import.meta.url), { descriptors: 64 })
      expect(lines).toEqual([
        'exhausted',
        'the peer was refused by the operating system and retries',
        'still listening',
        'idle',
        'descriptors are there again',
        'the peer attached',
        'and sent: hello'
      ])
      expect(code).toBe(0)
    }
  )
})

describe('refusals', () => {
  it('EP-17 a refused peer is told apart from an attached one, and the listener accepts the next', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(tcp)
    const refused = nextEvent(pull, 'reject')
    track(new Sub()).connect(url)
    expect((await refused).reason).toBe('protocol-mismatch')
    expect(pull.peers).toEqual([])
    track(new Push()).connect(url)
    await pull.waitForPeers(1)
  })

  it('closing the socket inside the attach event of one peer refuses those behind it', async () => {
    const pull = track(new Pull())
    const url = inprocUrl()
    pull.once('attach', () => void pull.close())
    const pushes = Array.from({ length: 10 }, () => track(new Push({ reconnectInterval: 10_000 })))
    for (const push of pushes) push.connect(url)
    await pull.bind(url).catch(() => {})
    await eventually(() => pull.state === 'closed')
    await eventually(() => pushes.every((push) => push.peers.length === 0))
  })

  it('takes a peer that sends its first message along with the hello', async () => {
    for (const { name, url } of transportCases.filter((transport) => ['tcp', 'ipc'].includes(transport.name))) {
      const pull = track(new Pull())
      const listener = await pull.bind(url())
      const peer = await connectBytes(listener.url)
      const type = name === 'ipc' ? '01' : ''
      peer.send(`00 53 50 00 00 50 00 00 ${type} 00 00 00 00 00 00 00 02 68 69`)
      expect(String(await pull.recv({ timeout: 5000 }))).toBe('hi')
    }
  })
})

it('EP-01 a transport that only dials is ENOTSUP, and leaves nothing behind', async () => {
  const dial = (): Promise<never> => new Promise(() => {})
  registerTransport({ schemes: ['dialing'], options: {}, check: () => {}, dial } as unknown as Transport)
  const pull = track(new Pull())
  await expect(pull.bind('dialing://x')).rejects.toMatchObject({ code: 'ENOTSUP' })
  expect(pull.stats().endpoints).toEqual([])
})

it('EP-13 a peer that authorize lets in when the listener is closed is turned away and counted nowhere', async () => {
  let decide: (yes: boolean) => void = () => {}
  const pull = track(new Pull())
  const asked = new Promise<void>((heard) => {
    void pull.bind('inproc://late-verdict', {
      authorize: () => {
        heard()
        return new Promise((resolve) => {
          decide = resolve
        })
      }
    })
  })
  const push = track(new Push({ reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }))
  const refused = nextEvent(push, 'reject')
  const rejects = recordEvents(pull, 'reject')
  push.connect('inproc://late-verdict')
  await asked
  await pull.close()
  decide(true)
  expect((await refused).reason).toBe('closed')
  expect([rejects, pull.stats().rejects, pull.stats().brokenConnections]).toEqual([[], {}, 0])
})
