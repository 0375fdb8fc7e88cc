/** REQ and REP through what ZeroMQ has between them: proxies, devices, correlated and hand-made envelopes. */
import { Rep, Req } from 'hubless'
import { device, Rep as RawRep, Req as RawReq } from 'hubless/raw'
import 'hubless/zmtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { ours, pyzmq, theirs, ZmqPeer } from '../peers/zmq.ts'

const any = 'zmtp+tcp://127.0.0.1:0'
const listen = 'tcp://127.0.0.1:*'
const soon = { timeout: 5000 }

let zmq: ZmqPeer

describe.skipIf(pyzmq.skip)('with libzmq', () => {
  beforeAll(async () => {
    zmq = await ZmqPeer.start()
  })
  afterAll(() => zmq[Symbol.asyncDispose]())

  async function serve(rep = new Rep()): Promise<{ rep: Rep; url: string }> {
    const { url } = await track(rep).bind(any)
    rep.serve(({ body }) => `<${body}>`)
    return { rep, url: theirs(url) }
  }

  describe.each([1, 2, 4])('through %i proxies,', (count) => {
    /** A row of them, each taking from the one before; the addresses of both ends. */
    const line = (): Promise<[string, string]> =>
      zmq.run(`
front = sock('ROUTER')
ends = [bind(front)]
for i in range(${count}):
    back = sock('DEALER')
    at = bind(back)
    thread(lambda a=front, b=back: zmq.proxy(a, b))
    if i + 1 < ${count}:
        front = sock('ROUTER')
        front.connect(at)
ends.append(at)
out = ends`)

    it('Z-41 a REQ of libzmq reaches a REP', async () => {
      const [front, back] = await line()
      const rep = track(new Rep())
      rep.serve(({ body }) => `<${body}>`)
      rep.connect(ours(back))
      expect(await zmq.run(`s = sock('REQ')\ns.connect('${front}')\ns.send(b'hi')\nout = s.recv()`)).toBe('<hi>')
    })

    it('Z-41 a REQ reaches a REP of libzmq', async () => {
      const [front, back] = await line()
      const req = track(new Req())
      req.connect(ours(front))
      await zmq.run(`s = sock('REP')\ns.connect('${back}')`)
      const reply = req.request('hi', soon)
      await zmq.run("s.send(s.recv() + b'!')")
      expect(String(await reply)).toBe('hi!')
    })

    it('Z-41 a REQ reaches a REP of hubless', async () => {
      const [front, back] = await line()
      const [req, rep] = track(new Req(), new Rep())
      rep.serve(({ body }) => `<${body}>`)
      rep.connect(ours(back))
      req.connect(ours(front))
      expect(String(await req.request('ho', soon))).toBe('<ho>')
    })
  })

  it('Z-39 a REQ that correlates and gives up gets the right reply', async () => {
    const { url } = await serve()
    const code = `s = sock('REQ', req_correlate=1, req_relaxed=1)\ns.connect('${url}')`
    expect(await zmq.run(`${code}\ns.send(b'one')\ns.send(b'two')\nout = s.recv()`)).toBe('<two>')
  })

  it('Z-40 a DEALER has 1000 requests under way, each with an envelope of its own', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const waiting: (() => void)[] = []
    rep.serve(
      ({ body }) =>
        new Promise((resolve) => {
          waiting.push(() => resolve(body))
          // the last ones first
          if (waiting.length === 1000) for (const answer of waiting.reverse()) answer()
        }),
      { concurrency: 1000 }
    )
    const got = await zmq.run<boolean>(`
s = sock('DEALER')
s.connect('${theirs(url)}')
for i in range(1000): s.send_multipart([b'e%d' % i, b'', b'%d' % i])
replies = [s.recv_multipart() for _ in range(1000)]
out = sorted(int(r[2]) for r in replies) == list(range(1000)) and all(r[0] == b'e' + r[2] and r[1] == b'' for r in replies)`)
    expect(got).toBe(true)
  })

  it('Z-43 a request without an empty frame is dropped as malformed, and the connection stays', async () => {
    const { rep, url } = await serve()
    const dropped = nextEvent(rep, 'drop')
    await zmq.run(`s = sock('DEALER')\ns.connect('${url}')\ns.send(b'hi')`)
    expect(await dropped).toMatchObject({ reason: 'malformed' })
    expect(await zmq.run("s.send_multipart([b'', b'ho'])\nout = s.recv_multipart()")).toEqual(['', '<ho>'])
  })

  it('Z-44 envelopes of every kind come back as they were, and one that is too long is dropped as ttl', async () => {
    const { rep, url } = await serve(new Rep({ ttl: 255 }))
    await zmq.run(`s = sock('DEALER', identity=b'me')\ns.connect('${url}')`)
    const envelopes = [
      '[b"x" * 255]',
      '[b"\\0abcd", b"\\0" * 5, b"abcd"]',
      '[b"\\x80\\0\\0\\7"]',
      '[bytes([n]) * n for n in range(1, 20)]'
    ]
    for (const envelope of envelopes) {
      const same = await zmq.run(
        `e = ${envelope}\ns.send_multipart(e + [b'', b'hi'])\nout = s.recv_multipart() == e + [b'', b'<hi>']`
      )
      expect(same, envelope).toBe(true)
    }
    const dropped = recordEvents(rep, 'drop')
    expect(await zmq.run("s.send_multipart([b'y' * 255] * 4 + [b'', b'hi'])\nout = drain(s, 50)")).toEqual([])
    expect(dropped).toMatchObject([{ reason: 'ttl' }])
    const { rep: strict, url: at } = await serve(new Rep())
    const tooFar = nextEvent(strict, 'drop')
    await zmq.run(`s.connect('${at}')\ns.disconnect('${url}')\ns.send_multipart([b'z' * 40, b'', b'hi'])`)
    expect(await tooFar).toMatchObject({ reason: 'ttl' })
  })

  it('Z-45 a REQ without request id works with a ROUTER that hands back an empty frame and the body', async () => {
    const url = await zmq.run<string>(`s = sock('ROUTER')\nout = bind(s, '${listen}')`)
    const req = track(new Req())
    req.connect(ours(url), { zmtp: { requestId: false, identity: 'me' } })
    const replies = Promise.all([req.request('1', soon), req.request('2', soon)])
    expect(await zmq.run('a = s.recv_multipart()\nout = [a, drain(s, 50)]')).toEqual([['me', '', '1'], []])
    await zmq.run(
      "s.send_multipart([b'me', b'', b'one'])\nb = s.recv_multipart()\ns.send_multipart([b'me', b'', b'two'])"
    )
    expect((await replies).map(String)).toEqual(['one', 'two'])
  })

  it('Z-46 the reply to a request whose peer left is dropped, and nobody else gets it', async () => {
    const rep = track(new Rep())
    const { url } = await rep.bind(any)
    const requests = rep.requests()
    await zmq.run(`s = sock('REQ')\ns.connect('${theirs(url)}')\ns.send(b'hi')`)
    const { value } = await requests.next()
    const left = nextEvent(rep, 'detach')
    await zmq.run('s.close()')
    await left
    await zmq.run(`s = sock('REQ')\ns.connect('${theirs(url)}')\ns.send(b'ho')`)
    const { value: other } = await requests.next()
    const dropped = nextEvent(rep, 'drop')
    await value.reply('late')
    expect(await dropped).toMatchObject({ reason: 'unroutable' })
    await other.reply('good')
    expect(await zmq.run('out = s.recv()')).toBe('good')
  })

  it('Z-47 a request whose REP dies goes to the other one, and with retry: false it is rejected', async () => {
    await using doomed = await ZmqPeer.start()
    const first = await doomed.run<string>(`s = sock('REP')\nout = bind(s, '${listen}')`)
    const second = await zmq.run<string>(`s = sock('REP')\nout = bind(s, '${listen}')`)
    const req = track(new Req())
    await req.connect(ours(first), { sendPriority: 1 }).whenConnected(soon)
    await req.connect(ours(second), { sendPriority: 2 }).whenConnected(soon)
    const kept = req.request('kept', soon)
    const once = req.request('once', { ...soon, retry: false })
    expect(await doomed.run('out = s.recv()')).toBe('kept')
    doomed.kill('SIGKILL')
    await expect(once).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await zmq.run("a = s.recv()\ns.send(b'saved')\nout = a")).toBe('kept')
    expect(String(await kept)).toBe('saved')
  })

  it('Z-42 a device forwards between REQ and REP of libzmq, and between both families', async () => {
    const [front, back] = track(new RawRep(), new RawReq())
    const { url } = await front.bind(any)
    const { url: sp } = await front.bind('tcp://127.0.0.1:0')
    await zmq.run(`back = sock('REP')\nat = bind(back, '${listen}')`)
    back.connect(ours(await zmq.run<string>('out = at')))
    const running = device(front, back)
    const code = `s = sock('REQ')\ns.connect('${theirs(url)}')\ns.send(b'hi')`
    expect(await zmq.run(`${code}\nback.send(back.recv().upper())\nout = s.recv()`)).toBe('HI')
    // an SP requester reaches the same REP of ZeroMQ
    const req = track(new Req())
    req.connect(sp)
    const reply = req.request('ho', soon)
    await zmq.run('back.send(back.recv().upper())')
    expect(String(await reply)).toBe('HO')
    await Promise.all([front.close(), back.close()])
    await running.catch(() => {})
  })

  it('Z-42 a REQ of libzmq reaches an SP REP through a device', async () => {
    const [front, back] = track(new RawRep(), new RawReq())
    const { url } = await front.bind(any)
    const rep = track(new Rep())
    const { url: sp } = await rep.bind('tcp://127.0.0.1:0')
    rep.serve(({ body }) => `<${body}>`)
    back.connect(sp)
    const running = device(front, back)
    expect(await zmq.run(`s = sock('REQ')\ns.connect('${theirs(url)}')\ns.send(b'hi')\nout = s.recv()`)).toBe('<hi>')
    await Promise.all([front.close(), back.close()])
    await running.catch(() => {})
  })
})
