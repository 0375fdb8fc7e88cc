/** How connections with libzmq begin, stay and end: greetings, heartbeats, restarts, limits, slow peers. */
import { Bus, Pair, Pub, Pull, Push, Rep, Respondent, Sub, Surveyor } from 'hubless'
import 'hubless/zmtp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, nextEvent, recordEvents, tempPath, track } from '../../helpers/sockets.ts'
import { PeerProcess } from '../peers/process.ts'
import { findTool, requirePeer } from '../peers/tools.ts'
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

  it('Z-01 a bound PULL sees the handshake succeed', async () => {
    const url = await zmq.run<string>(`s = sock('PULL')\nseen = monitor(s)\nout = bind(s, '${listen}')`)
    const push = track(new Push())
    await push.connect(ours(url)).whenConnected(soon)
    expect(await zmq.run("out = until(seen, 'HANDSHAKE_SUCCEEDED')")).toBe(0)
    expect(push.peers[0]?.info.zmtp).toEqual({ version: '3.1', mechanism: 'NULL', socketType: 'PULL' })
  })

  it('Z-09 a socket of the wrong type is refused by name', async () => {
    const pub = track(new Pub())
    const { url } = await pub.bind(any)
    const refused = nextEvent(pub, 'reject')
    await zmq.run(`s = sock('PUSH')\ns.connect('${theirs(url)}')`)
    const { reason, error } = await refused
    expect(reason).toBe('protocol-mismatch')
    expect(error.message).toContain('PUB talks to SUB and XSUB; the peer is PUSH')
  })

  it('Z-11 libzmq at an SP listener and an SP peer at a ZMTP listener are refused with a hint', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const refused = nextEvent(pull, 'reject')
    await zmq.run(`s = sock('PUSH')\ns.connect('${url}')`)
    expect((await refused).error.message).toContain('zmtp+')
    const { url: zmtp } = await pull.bind(any)
    const refusedHere = nextEvent(pull, 'reject', { where: ({ reason }) => reason === 'protocol-mismatch' })
    track(new Push()).connect(theirs(zmtp))
    expect((await refusedHere).error.message).toContain('without zmtp+')
  })

  it('Z-33 a second PAIR is hung up on, and is served soon after the first leaves', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(any)
    await zmq.run(`a = sock('PAIR', reconnect_ivl=20)\na.connect('${theirs(url)}')\na.send(b'a')`)
    expect(String(await pair.recv(soon))).toBe('a')
    const busy = nextEvent(pair, 'reject')
    await zmq.run(`b = sock('PAIR', reconnect_ivl=20)\nseen = monitor(b)\nb.connect('${theirs(url)}')\nb.send(b'b')`)
    expect((await busy).reason).toBe('busy')
    await zmq.run('a.close()')
    expect(String(await pair.recv({ timeout: 1000 }))).toBe('b')
  })

  it('Z-34 PUSH of libzmq feeds two PULLs fairly, and PUSH two PULLs of libzmq', async () => {
    const pulls = track(new Pull(), new Pull())
    const urls = await Promise.all(pulls.map(async (pull) => (await pull.bind(any)).url))
    const attached = Promise.all(pulls.map((pull) => nextEvent(pull, 'attach')))
    await zmq.run(`s = sock('PUSH')\nfor u in ${JSON.stringify(urls.map(theirs))}: s.connect(u)`)
    await attached
    await zmq.run("for i in range(300): s.send(b'%d' % i)")
    await eventually(() => pulls.reduce((sum, pull) => sum + (pull.stats().pipes[0]?.messagesReceived ?? 0), 0) === 300)
    for (const pull of pulls) expect(pull.stats().pipes[0]?.messagesReceived).toBeGreaterThan(100)
    const push = track(new Push())
    const ends = await zmq.run<string[]>(`p = [sock('PULL'), sock('PULL')]\nout = [bind(s, '${listen}') for s in p]`)
    for (const end of ends) await push.connect(ours(end)).whenConnected(soon)
    for (let i = 0; i < 300; i++) await push.send(`${i}`)
    const got = await zmq.run<string[][][]>('out = [drain(s, 100) for s in p]')
    expect(
      got
        .flat(2)
        .map(Number)
        .sort((a, b) => a - b)
    ).toEqual(Array.from({ length: 300 }, (_, i) => i))
    for (const share of got) expect(share.length).toBeGreaterThan(100)
  })

  it('Z-35 a sender waits for a reader that does not read, on either side', async () => {
    const push = track(new Push({ sendBuffer: 65_536 }))
    const url = await zmq.run<string>(`s = sock('PULL', rcvhwm=10)\nout = bind(s, '${listen}')`)
    await push.connect(ours(url)).whenConnected(soon)
    let sent = 0
    const body = Buffer.alloc(50_000)
    while (
      push.trySend(body) ||
      (await push.send(body, { timeout: 300 }).then(
        () => true,
        () => false
      ))
    )
      sent++
    expect(sent).toBeLessThan(2000)
    const rest = await zmq.run<number>('out = len(drain(s, 500))')
    expect(rest).toBe(sent)
    const pull = track(new Pull({ recvBuffer: 65_536 }))
    const { url: own } = await pull.bind(any)
    await zmq.run(`s = sock('PUSH', sndhwm=10, sndtimeo=300)\ns.connect('${theirs(own)}')`)
    const count = await zmq.run<number>(`
out = 0
try:
    while out < 5000:
        s.send(b'x' * 50000)
        out += 1
except zmq.Again: pass`)
    expect(count).toBeLessThan(2000)
  })

  it('Z-36 a PUSH goes on with a libzmq that restarts on its port, and the reverse', async () => {
    const push = track(new Push({ reconnectInterval: 20 }))
    const url = await zmq.run<string>(`s = sock('PULL')\nout = bind(s, '${listen}')`)
    push.connect(ours(url))
    await push.send('1', soon)
    const left = nextEvent(push, 'detach')
    expect(await zmq.run(`a = s.recv()\ns.close()\nout = a`)).toBe('1')
    await left
    await zmq.run(`s = sock('PULL')\nbind(s, '${url}')`)
    await push.send('2', soon)
    expect(await zmq.run('out = s.recv()')).toBe('2')
    const first = track(new Pull())
    const { url: own } = await first.bind(any)
    await zmq.run(`s = sock('PUSH', reconnect_ivl=20)\ns.connect('${theirs(own)}')\ns.send(b'3')`)
    expect(String(await first.recv(soon))).toBe('3')
    await first.close()
    const second = track(new Pull())
    await second.bind(own)
    await zmq.run("s.send(b'4')")
    expect(String(await second.recv(soon))).toBe('4')
  })

  it('Z-50 Z-51 subscriptions change while connected and are announced again after a reconnect', async () => {
    const sub = track(new Sub({ reconnectInterval: 20 }))
    const url = await zmq.run<string>(`s = sock('XPUB')\nout = bind(s, '${listen}')`)
    sub.connect(ours(url))
    sub.subscribe('a')
    sub.subscribe('a')
    sub.subscribe('b')
    expect(await zmq.run('out = drain(s, 200)')).toEqual([['\x01a'], ['\x01b']])
    sub.unsubscribe('a')
    sub.unsubscribe('b')
    expect(await zmq.run('out = drain(s, 100)')).toEqual([['\x00b']])
    const left = nextEvent(sub, 'detach')
    await zmq.run('s.close()')
    await left
    await zmq.run(`s = sock('XPUB')\nbind(s, '${url}')`)
    expect(await zmq.run('out = recv(s)')).toEqual(['\x01a'])
  })

  it('Z-52 filters travel through an XSUB/XPUB proxy', async () => {
    const [front, back] = await zmq.run<[string, string]>("out = proxy('XSUB', 'XPUB')")
    const pub = track(new Pub())
    const sub = track(new Sub())
    sub.subscribe('a')
    await pub.connect(ours(front)).whenConnected(soon)
    await sub.connect(ours(back)).whenConnected(soon)
    const body = sub.recv(soon)
    const timer = setInterval(() => {
      pub.trySend('b1')
      pub.trySend('a1')
    }, 5)
    expect(String(await body)).toBe('a1')
    clearInterval(timer)
    const [pipe] = pub.stats().pipes
    expect(pipe?.messagesSent).toBeLessThanOrEqual(pub.stats().messagesSent / 2)
  })

  it('Z-53 the empty prefix, long ones and ten thousand of them', async () => {
    const sub = track(new Sub())
    const url = await zmq.run<string>(`s = sock('XPUB', rcvhwm=0, sndhwm=0)\nout = bind(s, '${listen}')`)
    await sub.connect(ours(url)).whenConnected(soon)
    for (const topic of ['', 'x'.repeat(255), 'y'.repeat(65_536)]) sub.subscribe(topic)
    for (let i = 0; i < 10_000; i++) sub.subscribe(`topic ${i}`)
    expect(await zmq.run('out = len(drain(s, 500))')).toBe(10_003)
    const pub = track(new Pub())
    const { url: own } = await pub.bind(any)
    await zmq.run(
      `s = sock('SUB', sndhwm=0)\nfor i in range(500): s.subscribe(b'%d:' % i)\ns.subscribe(b'z' * 65536)\ns.connect('${theirs(own)}')`
    )
    await pub.waitForPeers(1, soon)
    await zmq.run('drain(s, 200)')
    for (const body of ['499:yes', '500:no', `${'z'.repeat(65_536)}!`, 'z'.repeat(65_535)]) await pub.send(body)
    expect(await zmq.run('out = [len(m[0]) for m in drain(s, 300)]')).toEqual([7, 65_537])
  })

  it('Z-54 topic and payload arrive as one body, and no prefix matches across their border', async () => {
    const sub = track(new Sub())
    sub.subscribe('abc')
    const url = await zmq.run<string>(`s = sock('XPUB', xpub_manual=False)\nout = bind(s, '${listen}')`)
    sub.connect(ours(url))
    await zmq.run("recv(s)\nfor m in [[b'abc', b'1'], [b'abcd', b'', b'2']]: s.send_multipart(m)")
    expect(String(await sub.recv(soon))).toBe('abc1')
    expect(String(await sub.recv(soon))).toBe('abcd2')
    const refusing = track(new Sub())
    refusing.subscribe('')
    const dropped = nextEvent(refusing, 'drop')
    refusing.connect(ours(url), { zmtp: { multipart: 'refuse' } })
    await zmq.run("recv(s)\ns.send_multipart([b'a', b'b', b'c'])")
    expect(await dropped).toMatchObject({
      reason: 'malformed',
      size: 3,
      cause: { message: expect.stringContaining('3 frames') }
    })
  })

  it('Z-55 a slow SUB costs a PUB messages and no memory', async () => {
    const pub = track(new Pub({ sendBuffer: 100_000 }))
    const { url } = await pub.bind(any)
    await zmq.run(`s = sock('SUB', rcvhwm=10)\ns.subscribe(b'')\ns.connect('${theirs(url)}')`)
    await pub.waitForPeers(1, soon)
    await zmq.run('drain(s, 100)')
    const body = Buffer.alloc(10_000)
    for (let i = 0; i < 3000; i++) pub.trySend(body)
    expect(pub.stats().drops['queue-full']).toBeGreaterThan(1000)
    expect(pub.stats().pipes[0]?.sendQueue).toBeLessThan(30)
  })

  it('Z-56 a PING is answered, so that libzmq keeps a quiet connection', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any)
    const left = recordEvents(pull, 'detach')
    await zmq.run(
      `s = sock('PUSH', heartbeat_ivl=20, heartbeat_timeout=60, heartbeat_ttl=200)\ns.connect('${theirs(url)}')\ntime.sleep(0.5)\ns.send(b'alive')`
    )
    expect(String(await pull.recv(soon))).toBe('alive')
    expect(left).toEqual([])
  })

  it('Z-57 heartbeats cut a libzmq that is stopped', async () => {
    await using frozen = await ZmqPeer.start()
    const url = await frozen.run<string>(`s = sock('PULL')\nout = bind(s, '${listen}')`)
    const push = track(new Push())
    await push.connect(ours(url), { zmtp: { heartbeat: { interval: 50, timeout: 100 } } }).whenConnected(soon)
    const left = nextEvent(push, 'detach')
    frozen.kill('SIGSTOP')
    const began = performance.now()
    const { reason, cause } = await left
    expect(reason).toBe('connection-error')
    expect(String(cause)).toContain('no sign of life')
    expect(performance.now() - began).toBeLessThan(1500)
    frozen.kill('SIGCONT')
  })

  it('Z-59 what was sent before close reaches a PULL of libzmq', async () => {
    const push = new Push()
    const url = await zmq.run<string>(`s = sock('PULL', rcvhwm=0)\nout = bind(s, '${listen}')`)
    await push.connect(ours(url)).whenConnected(soon)
    for (let i = 0; i < 10_000; i++) await push.send(`${i}`)
    await push.close({ linger: 5000 })
    expect(await zmq.run('out = len(drain(s, 300))')).toBe(10_000)
  })

  it('Z-61 a path that is too long is EINVAL, and a live socket file stays', async () => {
    const pull = track(new Pull())
    await expect(pull.bind(`zmtp+ipc:///tmp/${'x'.repeat(103)}`)).rejects.toMatchObject({ code: 'EINVAL' })
    const path = tempPath()
    await zmq.run(`s = sock('PUSH')\nbind(s, 'ipc://${path}')`)
    await expect(pull.bind(`zmtp+ipc://${path}`)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it.each([new Surveyor(), new Respondent(), new Bus()])(
    'Z-62 $protocol is ENOTSUP, with what to use instead',
    async (socket) => {
      track(socket)
      await expect(socket.bind(any)).rejects.toMatchObject({ code: 'ENOTSUP', message: expect.stringContaining('PUB') })
      expect(() => socket.connect('zmtp+ipc:///tmp/x')).toThrow(/ZeroMQ has no/)
    }
  )

  const tools = (['nanocat', 'nngcat'] as const).map((name) =>
    requirePeer(name, findTool(name), `${name === 'nanocat' ? 'nanomsg' : 'nng'}-utils`)
  )

  it.skipIf(tools.some(({ skip }) => skip))(
    'Z-68 one REP answers nanocat, nngcat and libzmq at the same time',
    async () => {
      const rep = track(new Rep())
      const tcp = await rep.bind('tcp://127.0.0.1:0')
      const ipc = await rep.bind(`ipc://${tempPath()}`)
      const zmtp = await rep.bind(any)
      rep.serve(({ body }) => `<${body}>`)
      const ask = async (tool: string, url: string): Promise<string> => {
        await using process = PeerProcess.start(tool, [
          '--req',
          '--connect',
          url,
          '--data',
          tool.split('/').at(-1) as string,
          '--ascii'
        ])
        return await process.line('<')
      }
      const answers = await Promise.all([
        ask(tools[0]?.path as string, tcp.url),
        ask(tools[1]?.path as string, ipc.url),
        zmq.run(`s = sock('REQ')\ns.connect('${theirs(zmtp.url)}')\ns.send(b'libzmq')\nout = s.recv()`)
      ])
      expect(answers).toEqual(['<nanocat>', '<nngcat>', '<libzmq>'])
    }
  )
})
