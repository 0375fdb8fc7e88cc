/** Sockets of different threads: found without being told, in any order, with every pattern, and gone when a thread ends. */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { turns } from '../../helpers/messages.ts'
import { eventually, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { freshName, said, startThread } from './threads.ts'

const patience = { timeout: 9000 }

describe('threads find each other', { timeout: 20_000 }, () => {
  it('when this one binds first, and when it connects first', async () => {
    for (const bindFirst of [true, false]) {
      const name = freshName()
      const req = track(new Req())
      if (bindFirst) {
        await req.bind(`thread://${name}`)
        startThread({ job: 'connectRep', name })
      } else {
        req.connect(`thread://${name}`)
        startThread({ job: 'bindRep', name })
      }
      expect(String(await req.request('hello', patience))).toBe('hello from a worker')
    }
  })

  it('two workers talk that this thread knows of only because it started them', async () => {
    const name = freshName()
    const asking = startThread({ job: 'requests', name, count: 20 })
    startThread({ job: 'bindRep', name })
    const replies = Array.from({ length: 20 }, (_, i) => `${i} from a worker`)
    expect(await said(asking)).toEqual(replies)
  })

  it('and a name is bound once among all of them, and free again when its thread has ended', async () => {
    const [own, name] = [track(new Pull()), freshName()]
    // Threads that have names know each other.
    await own.bind(`thread://${freshName()}`)
    const worker = startThread({ job: 'bindRep', name })
    expect(await said(worker)).toBe('bound')
    await expect(own.bind(`thread://${name}`)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await worker.terminate()
    const listener = await own.bind(`thread://${name}`)
    const other = startThread({ job: 'bind', name })
    expect(await said(other)).toBe('EADDRINUSE')
    await listener.close()
  })

  it('every pattern works between them', async () => {
    const name = freshName()
    const sockets = {
      pair: new Pair(),
      pull: new Push(),
      sub: new Pub(),
      bus: new Bus(),
      respondent: new Surveyor(),
      surveyor: new Respondent(),
      pub: new Sub()
    }
    const { pair, pull: push, sub: pub, bus, respondent: surveyor, surveyor: respondent, pub: sub } = sockets
    sub.subscribe('to')
    void respondent.serve(({ body }) => `${body}: main`)
    for (const [kind, socket] of Object.entries(sockets)) await track(socket).bind(`thread://${name}-${kind}`)
    const worker = startThread({ job: 'patterns', name })
    const heard = said(worker)
    await Promise.all([pair, push, pub, bus, surveyor, respondent, sub].map((one) => one.waitForPeers(1, patience)))
    await Promise.all([pair.send('pair'), push.send('push'), pub.send('news'), bus.send('bus')])
    const answers: string[] = []
    for await (const { body } of surveyor.survey('who', { count: 1, deadline: 5000 })) answers.push(String(body))
    expect(answers).toEqual(['who: worker'])
    expect(await heard).toEqual(['pair', 'push', 'news', 'bus', 'from worker: main'])
    const back = [pair.recv(patience), bus.recv(patience), sub.recv(patience)]
    expect((await Promise.all(back)).map(String)).toEqual(['to pair', 'to bus', 'to sub'])
  })
})

describe('messages between threads', { timeout: 20_000 }, () => {
  it.each([10, 1000, 20_000, 300_000])(
    'of %i bytes arrive whole, in order, none missing, at a slow reader',
    async (size) => {
      const [pull, name] = [track(new Pull({ recvBuffer: 50_000 })), freshName()]
      await pull.bind(`thread://${name}`)
      const count = Math.min(20_000, 20_000_000 / size)
      startThread({ job: 'push', name, count, size })
      for (let i = 0; i < count; i++) {
        if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        const body = await pull.recv(patience)
        expect([body.length, body.readUInt32BE(), body.at(-1)]).toEqual([size, i, i & 0xff])
      }
      await eventually(() => pull.peers.length === 0)
      expect(pull.stats().drops).toEqual({})
    }
  )

  it('of a flood wait at its sender while nobody reads', async () => {
    const [pull, name] = [track(new Pull({ recvBuffer: 100_000 })), freshName()]
    await pull.bind(`thread://${name}`)
    startThread({ job: 'flood', name, size: 1000 })
    await pull.waitForPeers(1, patience)
    await eventually(() => (pull.peers[0]?.stats().recvQueue ?? 0) >= 100)
    const before = process.memoryUsage().arrayBuffers
    await turns(100)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000)
    expect(pull.stats().pipes[0]?.recvQueue).toBeLessThanOrEqual(300)
  })

  it('are moved where that is asked for and the body fills its memory, and copied where it is a view', async () => {
    const [pull, name] = [track(new Pull()), freshName()]
    await pull.bind(`thread://${name}`)
    const worker = startThread({ job: 'transfer', name })
    const left = said(worker)
    const [whole, part] = [await pull.recv(patience), await pull.recv(patience)]
    expect([whole.length, whole[0], part.length, part[0]]).toEqual([100_000, 1, 100_000, 2])
    expect(await left).toEqual({ whole: 0, part: 200_000 })
  })

  it('a REQ keeps its request when it may have to send it again, moved or not', async () => {
    const name = freshName()
    const req = track(new Req({ thread: { transfer: true }, reconnectInterval: 5 }))
    await req.bind(`thread://${name}`)
    const body = Buffer.from(new ArrayBuffer(100_000)).fill(1)
    const lost = new Rep()
    await lost.connect(`thread://${name}`).whenConnected(patience)
    const reply = req.request(body, patience)
    await lost.recv(patience)
    await lost.close({ linger: 0 })
    const rep = track(new Rep())
    rep.connect(`thread://${name}`)
    const again = await rep.recv(patience)
    expect([again.length, again[0]]).toEqual([100_000, 1])
    await rep.send('done')
    expect(String(await reply)).toBe('done')
  })

  it('a REQ moves a request that it never sends again', async () => {
    const name = freshName()
    const [req, rep] = [track(new Req({ thread: { transfer: true } })), track(new Rep())]
    await rep.bind(`thread://${name}`)
    void rep.serve(({ body }) => String(body.length))
    req.connect(`thread://${name}`)
    const body = Buffer.from(new ArrayBuffer(100_000))
    expect(String(await req.request(body, { ...patience, retry: false }))).toBe('100000')
    expect(body.length).toBe(0)
  })
})

describe('a thread that ends is a peer that is gone within a second', { timeout: 20_000 }, () => {
  it.each(['crash', 'exit'] as const)('by %s', async (job) => {
    const [pull, name] = [track(new Pull()), freshName()]
    await pull.bind(`thread://${name}`)
    const detached = nextEvent(pull, 'detach', patience)
    const worker = startThread({ job, name })
    worker.on('error', () => {})
    await new Promise((resolve) => worker.once('exit', resolve))
    const ended = performance.now()
    const { reason, cause } = await detached
    expect(performance.now() - ended).toBeLessThan(1000)
    expect(reason).toBe('connection-error')
    expect(String(cause)).toMatch(/thread of thread:.* ended/)
    if (job === 'crash') expect(String(await pull.recv(patience))).toBe('last words')
  })

  it('by being terminated, even one that is busy', async () => {
    const [push, name] = [track(new Push()), freshName()]
    await push.bind(`thread://${name}`)
    const worker = startThread({ job: 'freeze', name })
    expect(await said(worker)).toBe('connected')
    await push.waitForPeers(1, patience)
    const detached = nextEvent(push, 'detach')
    await worker.terminate()
    expect((await detached).reason).toBe('connection-error')
  })

  it('and loses, counted, the message of 4 MiB in the middle of which it was killed, and nothing else', async () => {
    const [pull, name] = [track(new Pull({ recvMaxSize: 8 << 20 })), freshName()]
    await pull.bind(`thread://${name}`)
    const dropped = recordEvents(pull, 'drop')
    const worker = startThread({ job: 'flood', name, size: 4 << 20 })
    await pull.waitForPeers(1, patience)
    let sent = -1
    worker.on('message', (number: number) => {
      sent = number
    })
    let next = 0
    const take = (body: Buffer): void => {
      expect([body.length, body.readUInt32BE(), body.at(-1)]).toEqual([4 << 20, next, next & 0xff])
      next++
    }
    for (let i = 0; i < 3; i++) take(await pull.recv(patience))
    // Nobody reads on: one message is here, one is on its way, and one is being sent for which there is no room.
    await eventually(() => sent === 5)
    const detached = nextEvent(pull, 'detach')
    await worker.terminate()
    await detached
    expect(dropped).toMatchObject([{ reason: 'truncated', count: 1 }])
    for (let body = pull.tryRecv(); body !== undefined; body = pull.tryRecv()) take(body)
    expect(next).toBe(5)
    expect(pull.stats().drops).toEqual({ truncated: 1 })
  })

  it('and the others go on: of three one is killed while all send', async () => {
    const [pull, name] = [track(new Pull()), freshName()]
    await pull.bind(`thread://${name}`)
    const first = startThread({ job: 'flood', name, size: 100 })
    startThread({ job: 'flood', name, size: 200 })
    startThread({ job: 'flood', name, size: 300 })
    await pull.waitForPeers(3, patience)
    const next: Record<number, number> = { 100: 0, 200: 0, 300: 0 }
    const take = async (): Promise<void> => {
      const body = await pull.recv(patience)
      expect(body.readUInt32BE()).toBe(next[body.length])
      next[body.length] = body.readUInt32BE() + 1
    }
    for (let i = 0; i < 3000; i++) await take()
    const detached = nextEvent(pull, 'detach')
    void first.terminate()
    let gone = false
    void detached.then(() => {
      gone = true
    })
    while (!gone) await take()
    for (let i = 0; i < 3000; i++) await take()
    expect(pull.peers).toHaveLength(2)
  })
})

describe('a hundred connections between threads', { timeout: 20_000 }, () => {
  it('are each heard, and end with their thread', async () => {
    const [pull, name] = [track(new Pull()), freshName()]
    await pull.bind(`thread://${name}`)
    const pushes = Array.from({ length: 100 }, () => track(new Push()))
    for (const push of pushes) push.connect(`thread://${name}`)
    await pull.waitForPeers(100, patience)
    for (const [i, push] of pushes.entries()) await push.send(String(i))
    const seen = new Set<string>()
    while (seen.size < 100) seen.add(String(await pull.recv(patience)))
    await Promise.all(pushes.map((push) => push.close()))
    await eventually(() => pull.peers.length === 0)
  })
})
