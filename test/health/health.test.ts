/** The health of a process, as probes see it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { type Aspect, type Health, type HealthReport, health, probe } from 'hubless/health'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runChild } from '../helpers/child.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})

function kept<T extends AsyncDisposable>(one: T): T {
  open.push(one)
  return one
}

async function answers(monitor: Health): Promise<[live: boolean, ready: boolean, started: boolean]> {
  const [live, ready, started] = await Promise.all(
    (['live', 'ready', 'started'] as const).map((a) => monitor.report(a))
  )
  return [live?.ok === true, ready?.ok === true, started?.ok === true]
}

async function http(port: number, path: string): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

function invalid(message: string): unknown {
  return expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(message) })
}

describe('health()', () => {
  it('keeps live, ready and started apart in every state', async () => {
    const monitor = kept(health())
    expect([monitor.state, await answers(monitor)]).toEqual(['starting', [true, false, false]])
    monitor.serving()
    expect([monitor.state, await answers(monitor)]).toEqual(['serving', [true, true, true]])
    monitor.draining()
    expect([monitor.state, await answers(monitor)]).toEqual(['draining', [true, false, true]])
    monitor.down()
    expect([monitor.state, await answers(monitor)]).toEqual(['down', [false, false, false]])
  })

  it('throws EINVAL for a state that cannot follow', async () => {
    const monitor = kept(health())
    monitor.draining()
    expect(() => monitor.serving()).toThrow(
      invalid('a process that is draining cannot become serving; allowed is down')
    )
    monitor.down()
    expect(() => monitor.draining()).toThrow(
      invalid('that is down cannot become draining; allowed is nothing any more')
    )
    expect(monitor.state).toBe('down')
  })

  it('throws EINVAL for options that do not exist or are not what is allowed', async () => {
    const monitor = kept(health())
    const rep = kept(new Rep())
    const check = (): boolean => true
    const misuse: [call: (options: object) => unknown, options: object, message: string][] = [
      [health, { maxLoopDelay: -1 }, 'option maxLoopDelay is -1; allowed is a number of ms from 0, or Infinity'],
      [health, { names: 'orders' }, 'health() has no option "names"; it has name, version, maxLoopDelay'],
      [(o) => monitor.watch(rep, o), { peers: 0.5 }, 'option peers is 0.5; allowed is a whole number from 0'],
      [
        (o) => monitor.watch(rep, o),
        { recvQueue: -1 },
        'recvQueue is -1; allowed is a whole number from 0, or Infinity'
      ],
      [
        (o) => monitor.watch(rep, o),
        { peer: 1 },
        'watch() has no option "peer"; it has bound, peers, sendQueue, recvQueue'
      ],
      [
        (o) => monitor.ready('db', check, o),
        { timeout: '1s' },
        'option timeout is "1s"; allowed is a number of ms from 0'
      ],
      [
        (o) => monitor.live('db', check, o),
        { cached: 1 },
        'the check db has no option "cached"; it has timeout, cache'
      ],
      [(o) => monitor.started('db', check, o), [], 'the options of the check db are an object, not an array'],
      [(o) => monitor.watch(o as Rep), {}, 'the socket of watch() is an object; allowed is a socket'],
      [(o) => monitor.live('db', o as () => void), {}, 'the check db is an object; allowed is a function'],
      [(o) => monitor.ready(o as unknown as string, check), [], 'the name of a check is an array; allowed is a string'],
      [(o) => monitor.handle(o as IncomingMessage, o as ServerResponse), {}, 'the request of handle() is an object']
    ]
    for (const [call, options, message] of misuse) expect(() => call(options)).toThrow(invalid(message))
    const message = 'option port is 65536; allowed is a whole number from 0 to 65535'
    await expect(monitor.http({ port: 65_536 })).rejects.toThrow(invalid(message))
    for (const [call, wrong] of [
      [() => monitor.report('alive' as Aspect), `report() is "alive"; allowed is 'live', 'ready', 'started'`],
      [() => monitor.serve(kept(new Pub()) as unknown as Rep), 'serve() is Pub; allowed is a REP or RESPONDENT'],
      [() => monitor.serve(undefined as unknown as Rep), 'serve() is undefined; allowed is a REP or RESPONDENT'],
      [() => monitor.serve(rep, { signal: 5 as unknown as AbortSignal }), 'signal is 5; allowed is an AbortSignal'],
      [() => monitor.serve(rep, null as unknown as object), 'the options of serve() are an object, not null'],
      [() => monitor.http(5 as unknown as object), 'the options of http() are an object, not 5']
    ] as const) {
      await expect(call()).rejects.toThrow(invalid(wrong))
    }
    expect((await monitor.report('ready')).checks).toEqual([])
  })

  it('asks each aspect its own checks', async () => {
    const monitor = kept(health())
    monitor
      .live('l', () => true)
      .ready('r', () => false)
      .started('s', async () => {
        throw new Error('not yet')
      })
    monitor.serving()
    expect(await answers(monitor)).toEqual([true, false, false])
    const { checks } = await monitor.report('started')
    expect(checks).toEqual([{ name: 's', ok: false, ms: expect.any(Number), error: 'not yet' }])
  })

  it('is live whatever the peers do, ready only with enough of them', async () => {
    const monitor = kept(health())
    const push = kept(new Push())
    const listener = await push.bind('tcp://127.0.0.1:0')
    monitor.watch(push, { bound: 1, peers: 1 }).serving()
    expect(await answers(monitor)).toEqual([true, false, true])
    expect((await monitor.report('ready')).checks[0]?.error).toMatch(/^push-\d+ has 0 of 1 peers$/)
    const pull = kept(new Pull())
    pull.connect(listener.url)
    await push.waitForPeers(1)
    expect(await answers(monitor)).toEqual([true, true, true])
    await listener.close()
    expect((await monitor.report('ready')).checks[0]?.error).toMatch(/listens at 0 of 1 addresses$/)
    expect((await monitor.report('live')).ok).toBe(true)
    await push.close()
    expect((await monitor.report('ready')).checks[0]?.error).toMatch(/is closed$/)
    expect((await monitor.report('live')).ok).toBe(true)
  })

  it('is not ready while more waits to leave or to be received than allowed', async () => {
    const monitor = kept(health())
    const push = kept(new Push({ name: 'jobs', linger: 0 }))
    const pull = kept(new Pull({ name: 'work', recvBuffer: 1000 }))
    const { url } = await push.bind('tcp://127.0.0.1:0')
    pull.connect(url)
    await push.waitForPeers(1)
    monitor.watch(push, { sendQueue: 5 }).watch(pull, { recvQueue: 5 }).serving()
    expect((await monitor.report('ready')).ok).toBe(true)
    while (push.trySend(Buffer.alloc(50_000)));
    await vi.waitFor(async () => {
      const { ok, checks } = await monitor.report('ready')
      expect([ok, checks[0]?.error]).toEqual([
        false,
        expect.stringMatching(/^\d+ messages wait to leave jobs, more than 5$/)
      ])
    })
    const other = kept(new Push({ name: 'small' }))
    const many = kept(new Pull({ name: 'many' }))
    const listener = await other.bind('tcp://127.0.0.1:0')
    many.connect(listener.url)
    await other.waitForPeers(1)
    const second = kept(health()).watch(many, { recvQueue: 5 })
    second.serving()
    for (let i = 0; i < 6; i++) await other.send('x')
    await vi.waitFor(async () => {
      expect((await second.report('ready')).checks[0]?.error).toBe('6 messages wait in many, more than 5')
    })
    for (let i = 0; i < 6; i++) await many.recv()
    expect((await second.report('ready')).ok).toBe(true)
  })

  it('gives a check its time and no more', async () => {
    const monitor = kept(health())
    let aborted = false
    monitor.ready(
      'slow',
      (signal) => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        return new Promise(() => {})
      },
      { timeout: 30 }
    )
    monitor.serving()
    const { ok, checks } = await monitor.report('ready')
    expect([ok, checks[0]?.error, aborted]).toEqual([false, 'no result within 30 ms', true])
  })

  it('lets a check take its time without a limit', async () => {
    const monitor = kept(health())
    monitor.ready('slow', () => new Promise((resolve) => setTimeout(resolve, 20)), {
      timeout: Number.POSITIVE_INFINITY
    })
    monitor.serving()
    expect((await monitor.report('ready')).ok).toBe(true)
  })

  it('keeps results for the cache time, and shares one that is under way', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    const monitor = kept(health())
    let calls = 0
    monitor.ready('counted', async () => ++calls, { cache: 1000 })
    monitor.serving()
    await Promise.all([monitor.report('ready'), monitor.report('ready'), monitor.report('ready')])
    expect(calls).toBe(1)
    vi.advanceTimersByTime(999)
    await monitor.report('ready')
    expect(calls).toBe(1)
    vi.advanceTimersByTime(1)
    await monitor.report('ready')
    expect(calls).toBe(2)
  })

  it('is not live when the event loop was late', async () => {
    const monitor = kept(health({ maxLoopDelay: 100 }))
    const patient = kept(health({ maxLoopDelay: 60_000 }))
    // The first interval of the histogram (20 ms) only sets its clock.
    await new Promise((resolve) => setTimeout(resolve, 60))
    const end = performance.now() + 250
    while (performance.now() < end);
    await vi.waitFor(async () => {
      const { ok, checks } = await monitor.report('live')
      expect([ok, checks.at(-1)?.error]).toEqual([
        false,
        expect.stringMatching(/^the event loop was \d+ ms late, more than 100 ms$/)
      ])
    })
    expect((await patient.report('live')).ok).toBe(true)
  })

  it('answers on a REP, and the probe judges it', async () => {
    const monitor = kept(health({ name: 'orders', version: '1.2.3' }))
    const rep = kept(new Rep())
    const { url } = await rep.bind('tcp://127.0.0.1:0')
    void monitor.serve(rep)
    const ask = (request: string, expect_: string) =>
      probe(url, { level: 'request', request, expect: expect_, timeout: 5000 })
    expect(await ask('ready', '$.ok=false')).toMatchObject({ verdict: 'ok' })
    expect(await ask('ready', '$.ok')).toMatchObject({ verdict: 'unexpected-reply' })
    monitor.serving()
    for (const request of ['', 'ready', 'live', 'started\n']) expect((await ask(request, '$.ok')).verdict).toBe('ok')
    expect((await ask('', '$.name=orders')).verdict).toBe('ok')
    expect((await ask('metrics', '/hubless_service_state.service="orders",state="serving". 1/')).verdict).toBe('ok')
    expect((await ask('what', '$.error')).verdict).toBe('ok')
    monitor.draining()
    expect((await ask('ready', '$.state=draining')).verdict).toBe('ok')
    await using req = new Req()
    req.connect(url)
    const report = JSON.parse((await req.request('live')).toString()) as HealthReport
    expect(report).toEqual({
      aspect: 'live',
      ok: true,
      state: 'draining',
      name: 'orders',
      version: '1.2.3',
      uptime: expect.any(Number),
      loopDelay: expect.any(Number),
      checks: [{ name: 'event loop', ok: true, ms: 0 }]
    })
  })

  it('answers on RESPONDENTs, so that a surveyor counts who is ready', async () => {
    const surveyor = kept(new Surveyor())
    const { url } = await surveyor.bind('tcp://127.0.0.1:0')
    const monitors = [kept(health({ name: 'a' })), kept(health({ name: 'b' }))]
    for (const monitor of monitors) {
      const respondent = kept(new Respondent())
      respondent.connect(url)
      void monitor.serve(respondent)
    }
    await surveyor.waitForPeers(2)
    monitors[0]?.serving()
    const ready: string[] = []
    for await (const { body } of surveyor.survey('ready', { count: 2 })) {
      const report = JSON.parse(body.toString()) as HealthReport
      ready.push(`${report.name} ${report.ok}`)
    }
    expect(ready.sort()).toEqual(['a true', 'b false'])
  })

  it('answers over HTTP with 200 and 503, and with metrics of all sockets', async () => {
    const monitor = kept(health({ name: 'feed "x"' }))
    const pub = kept(new Pub({ name: 'prices' }))
    const sub = kept(new Sub())
    const { url } = await pub.bind('tcp://127.0.0.1:0')
    sub.subscribe('')
    sub.connect(url)
    await pub.waitForPeers(1)
    monitor.watch(pub)
    const { port } = await monitor.http()
    expect((await http(port, '/startupz')).status).toBe(503)
    monitor.serving()
    await pub.send('12345')
    for (const path of ['/livez', '/readyz', '/startupz', '/readyz?verbose']) {
      const { status, type, text } = await http(port, path)
      expect([status, type, (JSON.parse(text) as HealthReport).ok]).toEqual([200, 'application/json', true])
    }
    const { status, type, text } = await http(port, '/metrics')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toContain('# TYPE hubless_messages_sent_total counter\n')
    expect(text).toContain('\nhubless_messages_sent_total{socket="prices",protocol="pub"} 1\n')
    expect(text).toContain('\nhubless_bytes_sent_total{socket="prices",protocol="pub"} 5\n')
    expect(text).toContain('\nhubless_connections{socket="prices",protocol="pub"} 1\n')
    expect(text).toContain('hubless_service_state{service="feed \\"x\\"",state="serving"} 1\n')
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? [\d.e+-]+)$/)
    }
    monitor.draining()
    expect((await http(port, '/readyz')).status).toBe(503)
    expect((await http(port, '/livez')).status).toBe(200)
    expect((await http(port, '/other')).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/livez`, { method: 'POST' })).status).toBe(405)
  })

  it('answers 500 when a question cannot be answered, and goes on', async () => {
    const monitor = kept(health())
    const rep = kept(new Rep())
    monitor.watch(rep).serving()
    const { port } = await monitor.http()
    rep.stats = () => {
      throw new Error('a socket that cannot count')
    }
    expect(await http(port, '/metrics')).toMatchObject({ status: 500, text: 'this could not be found out\n' })
    expect((await http(port, '/livez')).status).toBe(200)
  })

  it.skipIf(process.platform === 'win32')('answers, and probes, without a file descriptor left', async () => {
    const child = await runChild(new URL('children/out-of-descriptors.ts', import.meta.url), { descriptors: 256 })
    expect(child).toMatchObject({
      code: 0,
      lines: [
        'EMFILE',
        '/livez HTTP/1.1 200 OK',
        '/metrics HTTP/1.1 200 OK',
        'header no-resources unknown false',
        'request no-resources unknown false'
      ]
    })
  })

  it('answers on a server of one’s own and leaves other paths alone', async () => {
    const monitor = kept(health())
    monitor.serving()
    const server = createServer((request, response) => {
      if (!monitor.handle(request, response)) response.end('mine')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      expect((await http(port, '/readyz')).status).toBe(200)
      expect((await http(port, '/')).text).toBe('mine')
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
