/** What works in pages, in each browser, against sockets in Node. */
import { Pair, Pub, Pull, Push, Rep, Req, Respondent, Surveyor } from 'hubless'
import { announce, Directory } from 'hubless/discovery'
import { expect, it } from 'vitest'
import { eventually, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { describeInBrowsers } from './browsers.ts'

declare global {
  var hubless: typeof import('hubless')
  var raw: typeof import('hubless/raw')
  var discovery: typeof import('hubless/discovery')
}

const any = 'ws://127.0.0.1:0'

describeInBrowsers('a page', (browser) => {
  it('tells tests what it throws', async () => {
    const page = await browser.tab()
    const thrown = page.evaluate(async () => {
      setTimeout(() => {
        throw new Error('later')
      })
      throw new RangeError('at once')
    })
    await expect(thrown).rejects.toThrow('at once')
    await expect.poll(() => page.errors).toEqual([expect.stringContaining('later')])
    await page.close()
  })

  it('WS-31 a REQ is served by a REP in Node; bodies are Uint8Array and there is no Buffer', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    void rep.serve(({ body }) => `re: ${body}`)
    const page = await browser.tab()
    const result = await page.evaluate(async (target) => {
      const req = new hubless.Req()
      const dialer = req.connect(target)
      const pipe = await dialer.whenConnected({ timeout: 3000 })
      const body: Uint8Array = await req.request('hello', { timeout: 3000 })
      const plain = body.constructor === Uint8Array
      await req.close()
      return {
        text: new TextDecoder().decode(body),
        plain,
        node: 'Buffer' in globalThis || 'process' in globalThis,
        remote: pipe.address
      }
    }, url)
    expect(result).toEqual({ text: 're: hello', plain: true, node: false, remote: url })
    expect(page.errors).toEqual([])
    await page.close()
  })

  it('WS-31 a REP in a tab serves a REQ in Node', async () => {
    const req = track(new Req())
    const { url } = await req.bind(any)
    const page = await browser.tab()
    await page.evaluate((target) => {
      const rep = new hubless.Rep()
      rep.connect(target)
      void rep.serve(({ body }) => body.map((byte: number) => byte + 1))
    }, url)
    expect(await req.request(Buffer.from([1, 2, 3]), { timeout: 5000 })).toEqual(Buffer.from([2, 3, 4]))
    await page.close()
  })

  it('WS-31 a PUB in Node publishes to SUBs in two tabs, each its topics', async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const [a, b] = await Promise.all([browser.tab(), browser.tab()])
    const received = ['a', 'b'].map((topic, i) =>
      (i === 0 ? a : b).evaluate(
        async ([target, own]) => {
          const sub = new hubless.Sub()
          sub.subscribe(own as string)
          sub.connect(target as string)
          const texts: string[] = []
          for await (const body of sub) {
            texts.push(new TextDecoder().decode(body))
            if (texts.length === 2) break
          }
          return texts
        },
        [url, topic]
      )
    )
    await pub.waitForPeers(2, { timeout: 5000 })
    for (const text of ['a1', 'b1', 'c1', 'a2', 'b2']) await pub.send(text)
    expect(await Promise.all(received)).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2']
    ])
    await Promise.all([a.close(), b.close()])
  })

  it('WS-31 a SURVEYOR in Node asks Node and two tabs, and a tab asks RESPONDENTs in Node', async () => {
    const surveyor = track(new Surveyor())
    const { url } = await surveyor.bind(any)
    const local = track(new Respondent())
    local.connect(url)
    void local.serve(() => 'node')
    const tabs = await Promise.all([browser.tab(), browser.tab()])
    for (const [i, tab] of tabs.entries()) {
      await tab.evaluate(
        ([target, answer]) => {
          const respondent = new hubless.Respondent()
          respondent.connect(target as string)
          void respondent.serve(() => answer as string)
        },
        [url, `tab ${i}`]
      )
    }
    await surveyor.waitForPeers(3, { timeout: 5000 })
    const answers: string[] = []
    for await (const { body } of surveyor.survey('who?', { deadline: 3000, count: 3 })) answers.push(String(body))
    expect(answers.sort()).toEqual(['node', 'tab 0', 'tab 1'])

    const respondent = track(new Respondent())
    const { url: back } = await respondent.bind(any)
    void respondent.serve(() => 'from node')
    const heard = await tabs[0]?.evaluate(async (target) => {
      const asking = new hubless.Surveyor()
      await asking.connect(target).whenConnected({ timeout: 3000 })
      for await (const { body } of asking.survey('who?', { count: 1, deadline: 3000 })) {
        return new TextDecoder().decode(body as Uint8Array)
      }
      return ''
    }, back)
    expect(heard).toBe('from node')
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  it('WS-31 PAIR, PUSH, PULL, PUB and BUS dial from a tab; inproc works in it', async () => {
    const [pair, pull, push] = track(new Pair(), new Pull(), new Push())
    const urls = await Promise.all([pair.bind(any), pull.bind(any), push.bind(any)])
    const page = await browser.tab()
    const done = page.evaluate(
      async ([pairUrl, pullUrl, pushUrl]) => {
        const [pairThere, pushThere, pullThere] = [new hubless.Pair(), new hubless.Push(), new hubless.Pull()]
        pairThere.connect(pairUrl as string)
        pushThere.connect(pullUrl as string)
        pullThere.connect(pushUrl as string)
        await pairThere.send('pair')
        await pushThere.send('push')
        const texts = [await pairThere.recv({ timeout: 3000 }), await pullThere.recv({ timeout: 3000 })]
        const [bus, other] = [new hubless.Bus(), new hubless.Bus()]
        await bus.bind('inproc://bus')
        other.connect('inproc://bus')
        await bus.waitForPeers(1, { timeout: 3000 })
        await bus.send('bus')
        texts.push(await other.recv({ timeout: 3000 }))
        return texts.map((body) => new TextDecoder().decode(body as Uint8Array))
      },
      urls.map(({ url }) => url)
    )
    expect(String(await pair.recv({ timeout: 5000 }))).toBe('pair')
    expect(String(await pull.recv({ timeout: 5000 }))).toBe('push')
    await pair.send('to pair')
    await push.send('to pull')
    expect(await done).toEqual(['to pair', 'to pull', 'bus'])
    await page.close()
  })

  it('WS-31 works in a worker', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    void rep.serve(({ body }) => `worker got ${body}`)
    const page = await browser.tab()
    const heard = await page.evaluate(
      (target) =>
        new Promise((resolve, reject) => {
          const code = `importScripts('${location.origin}/worker.js')
            const req = new hubless.Req()
            req.connect('${target}')
            req.request('work', { timeout: 3000 }).then(
              (body) => postMessage(new TextDecoder().decode(body)),
              (error) => postMessage(String(error)))`
          const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
        }),
      url
    )
    expect(heard).toBe('worker got work')
    await page.close()
  })

  it('WS-32 bind on ws:// is ENOTSUP, tls and headers are EINVAL, and a failed handshake says what to check', async () => {
    const rep = track(new Rep())
    const rejects = recordEvents(rep, 'reject')
    const { url } = await rep.bind(any)
    const page = await browser.tab()
    const said = await page.evaluate(async (target) => {
      const code = (task: () => unknown): Promise<string> =>
        Promise.resolve()
          .then(task)
          .then(
            () => 'nothing',
            (error: { code: string }) => error.code
          )
      const sub = new hubless.Sub({ reconnectInterval: 60_000 })
      const retry = new Promise<string>((resolve) => sub.on('retry', ({ cause }) => resolve(cause.message)))
      sub.connect(target)
      return {
        bind: await code(() => sub.bind('ws://localhost:1')),
        tls: await code(() => sub.connect(target, { tls: {} })),
        headers: await code(() => sub.connect(target, { ws: { headers: { a: 'b' } } })),
        tcp: await code(() => sub.connect('tcp://localhost:1')),
        retry: await retry
      }
    }, url)
    expect(said).toMatchObject({ bind: 'ENOTSUP', tls: 'EINVAL', headers: 'EINVAL', tcp: 'EPROTONOSUPPORT' })
    expect(said.retry).toMatch(/pub\.sp\.nanomsg\.org.+path.+origins/)
    expect(rejects[0]?.reason).toBe('protocol-mismatch')
    await page.close()
  })

  it('WS-28 a page of another host name is refused by default and let in by origins', async () => {
    const [strict, open] = track(new Pull(), new Pull())
    const [refused, one, two] = [
      nextEvent(strict, 'reject'),
      await strict.bind(any),
      await open.bind(any, { ws: { origins: ['localhost'] } })
    ]
    const page = await browser.tab(browser.url.replace('127.0.0.1', 'localhost'))
    await page.evaluate(
      (targets) => {
        for (const target of targets) new hubless.Push({ reconnectInterval: 60_000 }).connect(target)
      },
      [one.url, two.url]
    )
    expect((await refused).reason).toBe('unauthorized')
    await open.waitForPeers(1, { timeout: 5000 })
    await page.close()
  })

  it('WS-33 a directory in a tab finds a service announced in Node, and one in Node a service in a tab', async () => {
    const announcement = track(announce({ name: 'time', urls: ['ws://10.0.0.7:5000'] }, { stats: () => 'busy' }))
    const directory = track(new Directory())
    const urls = await Promise.all([announcement.bind(any), directory.bind(any)])
    const page = await browser.tab()
    const found = await page.evaluate(
      async ([services, directories]) => {
        // As in a page that came over plain HTTP from another host.
        Reflect.deleteProperty(Crypto.prototype, 'randomUUID')
        discovery.announce({ name: 'tab', urls: ['ws://10.0.0.8:5000'] }).connect(directories as string)
        const here = new discovery.Directory()
        await here.connect(services as string).whenConnected({ timeout: 3000 })
        const stats: unknown[] = []
        for await (const answer of here.ask('STATS', { name: 'time', count: 1, deadline: 3000 }))
          stats.push(answer.stats)
        return {
          services: await here.list({ count: 1, deadline: 3000 }),
          stats,
          cooked: here instanceof hubless.Surveyor
        }
      },
      urls.map(({ url }) => url)
    )
    expect(found).toEqual({ services: [announcement.service], stats: ['busy'], cooked: true })
    await directory.waitForPeers(1, { timeout: 5000 })
    const there = await directory.list({ name: 'tab', count: 1, deadline: 3000 })
    expect(there).toMatchObject([{ urls: ['ws://10.0.0.8:5000'], id: expect.stringMatching(/^[0-9a-f]{32}$/) }])
    expect(page.errors).toEqual([])
    await page.close()
  })

  it('WS-33 a device in a tab takes requests over inproc, and from Node, to a REP in Node', async () => {
    const [rep, req] = track(new Rep(), new Req())
    const urls = await Promise.all([rep.bind(any), req.bind(any)])
    void rep.serve(({ body }) => `re: ${body}`)
    const page = await browser.tab()
    const heard = await page.evaluate(
      async ([replier, requester]) => {
        const [front, back] = [new raw.Rep(), new raw.Req()]
        await front.bind('inproc://front')
        front.connect(requester as string)
        back.connect(replier as string)
        void raw.device(front, back)
        const asking = new hubless.Req()
        asking.connect('inproc://front')
        return new TextDecoder().decode(await asking.request('from the tab', { timeout: 3000 }))
      },
      urls.map(({ url }) => url)
    )
    expect(heard).toBe('re: from the tab')
    expect(String(await req.request('through the tab', { timeout: 5000 }))).toBe('re: through the tab')
    expect(rep.peers).toHaveLength(1)
    expect(page.errors).toEqual([])
    await page.close()
  })

  it('a URL factory is asked anew after a loss, and the tab reconnects', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const page = await browser.tab()
    await page.evaluate((target) => {
      let calls = 0
      new hubless.Push({ reconnectInterval: 5 }).connect(async () => `${target}/?token=${++calls}`)
    }, url)
    await pull.waitForPeers(1, { timeout: 5000 })
    expect(pull.peers[0]?.info.ws?.url).toBe('/?token=1')
    const back = nextEvent(pull, 'attach')
    await pull.peers[0]?.close(0)
    expect((await back).pipe.info.ws?.url).toBe('/?token=2')
    await page.close()
  })

  it('TR-15 TR-16 a slow tab is bounded: it closes at twice recvBuffer with a counted drop, and sending waits for room', async () => {
    const push = track(new Push({ sendBuffer: 1_000_000 }))
    const { url } = await push.bind(any)
    const page = await browser.tab()
    const outcome = page.evaluate(async (target) => {
      const pull = new hubless.Pull({ recvBuffer: 10_000, reconnectInterval: 60_000 })
      const drops: unknown[] = []
      pull.on('drop', ({ reason, size }) => drops.push([reason, size]))
      const over = new Promise<string>((resolve) => pull.on('detach', ({ reason }) => resolve(reason)))
      pull.connect(target)
      const reason = await over
      let kept = 0
      while (pull.tryRecv() !== undefined) kept++
      return { reason, drops, kept }
    }, url)
    await push.waitForPeers(1, { timeout: 5000 })
    for (let i = 0; i < 30; i++) push.trySend(Buffer.alloc(1000))
    expect(await outcome).toEqual({ reason: 'overflow', drops: [['overflow', 1000]], kept: 20 })

    const pull = track(new Pull({ recvBuffer: 65_536, recvMaxSize: 2_000_000 }))
    const { url: slow } = await pull.bind(any)
    const sending = page.evaluate(async (target) => {
      const fast = new hubless.Push({ sendBuffer: 1_000_000 })
      fast.connect(target)
      let sent = 0
      while (
        sent < 100 &&
        (await fast.send(new Uint8Array(1_000_000), { timeout: 500 }).then(
          () => true,
          () => false
        ))
      )
        sent++
      return sent
    }, slow)
    const sent = await sending
    expect(sent).toBeLessThan(100)
    for (let i = 0; i < sent; i++) expect(await pull.recv({ timeout: 5000 })).toHaveLength(1_000_000)
    await page.close()
  })

  it('a tab that closes is a detach, and its listener goes on', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const page = await browser.tab()
    await page.evaluate((target) => void new hubless.Req().connect(target), url)
    await rep.waitForPeers(1, { timeout: 5000 })
    const gone = nextEvent(rep, 'detach')
    await page.close()
    expect((await gone).reason).toBe('closed-by-peer')
    await eventually(() => rep.peers.length === 0)
  })
})
