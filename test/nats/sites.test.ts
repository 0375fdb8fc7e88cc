/** Two sites that share nothing but a nats-server: members in reach first, the others where there are none, and back. */
import { type Cluster, RemoteError } from 'hubless/cluster'
import { nats } from 'hubless/nats'
import { describe, expect, it } from 'vitest'
import { nextOf } from '../helpers/clusters.ts'
import { natsServer, site, startNats, startNatsMember } from '../helpers/nats.ts'
import { eventually } from '../helpers/sockets.ts'

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of iterable) all.push(item)
  return all
}

/** Something that a test waits for. */
function happening(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const told = (cluster: Cluster): Promise<unknown> => nextOf(cluster, 'join', ({ engine }) => engine === 'nats', 20_000)

describe.skipIf(natsServer.skip)('two sites over NATS', () => {
  it('I-41 local members come first; when all are gone the other site answers within 1 s, and local ones again when they are back', async () => {
    const server = await startNats()
    const [here, there] = [site(server.url), site(server.url)]
    const caller = here.member()
    await there.member().serve('resize', { request: () => 'there' })
    const local = await here.member().serve('resize', { request: () => 'here' })
    await eventually(() => caller.members('resize').length === 2)
    for (let i = 0; i < 20; i++) expect(String(await caller.request('resize', ''))).toBe('here')

    await local.close()
    const began = performance.now()
    expect(String(await caller.request('resize', ''))).toBe('there')
    expect(performance.now() - began).toBeLessThan(1000)

    await here.member().serve('resize', { request: () => 'here again' })
    await eventually(() => caller.members('resize').filter(({ urls }) => urls[0]?.startsWith('ipc')).length === 1)
    for (let i = 0; i < 20; i++) expect(String(await caller.request('resize', ''))).toBe('here again')
  }, 20_000)

  it('I-41 a local member that is killed is replaced by the other site within 1 s', async () => {
    const server = await startNats()
    const here = site(server.url)
    const local = await startNatsMember(server, { directory: here.directory })
    await site(server.url)
      .member()
      .serve('work', { request: () => 'there' })
    const caller = here.member()
    expect(String(await caller.request('work', ''))).toBe(local.pid)
    local.child.kill('SIGKILL')
    const began = performance.now()
    // What the dead one had in hand may fail; whatever is asked afterwards is answered.
    expect(String(await caller.request('work', '', { idempotent: true }))).toBe('there')
    expect(performance.now() - began).toBeLessThan(1000)
  }, 20_000)

  it('I-42 a server that is gone harms no local traffic, and everything works again when it is back', async () => {
    const server = await startNats()
    const [here, there] = [site(server.url), site(server.url)]
    const [caller, near, far] = [here.member(), here.member(), there.member()]
    await near.serve('near', { request: () => 'near' })
    await far.serve('far', { request: () => 'far' })
    const prices = await far.subscribe('prices/')
    expect(String(await caller.request('far', ''))).toBe('far')

    const warned = nextOf(caller, 'warning', ({ message }) => message.includes('NATS'))
    await server.kill()
    await warned
    expect(String(await caller.request('near', ''))).toBe('near')
    await expect(caller.request('far', '', { failFast: true })).rejects.toMatchObject({
      code: 'EHOSTUNREACH',
      message: expect.stringMatching(/no connection to NATS/)
    })
    const dropped = nextOf(caller, 'drop', ({ reason }) => reason === 'offline')
    expect(await caller.publish('prices/oil', 'lost')).toBe(0)
    await dropped

    await startNats([], server.port)
    expect(String(await caller.request('far', '', { timeout: 8000 }))).toBe('far')
    await caller.publish('prices/oil', '7')
    expect(await prices.next()).toMatchObject({ value: { topic: 'prices/oil', from: caller.id } })
  }, 30_000)

  it('I-20 a broadcast reaches the members of every site once', async () => {
    const server = await startNats()
    const [here, there] = [site(server.url), site(server.url)]
    const got: string[] = []
    const members = [here.member(), here.member(), there.member(), there.member()]
    const [caller] = members
    if (caller === undefined) throw new Error('nobody')
    for (const [i, cluster] of members.entries()) {
      await cluster.serve('news', {
        broadcast: ({ body, from }) => void got.push(`${i} ${body} ${from === caller.id}`)
      })
    }
    await eventually(() => caller.members('news').length === 4)
    expect(await caller.broadcast('news', 'hello')).toBe(4)
    await eventually(() => got.length === 4)
    // One more, so that a second delivery of the first would have come before it.
    await caller.broadcast('news', 'end')
    await eventually(() => got.filter((line) => line.includes('end')).length === 4)
    expect(got.filter((line) => line.includes('hello')).sort()).toEqual([
      '0 hello true',
      '1 hello true',
      '2 hello true',
      '3 hello true'
    ])
  }, 20_000)

  it('I-46 what came through NATS is not sent on: with three sites each publication arrives once', async () => {
    const server = await startNats()
    const sites = [site(server.url), site(server.url), site(server.url)]
    const subscriptions = await Promise.all(
      sites.flatMap((one) => [one.member(), one.member()]).map((cluster) => cluster.subscribe('prices/'))
    )
    const publisher = sites[0]?.member()
    await publisher?.ready()
    await publisher?.publish('prices/oil', 'first')
    await publisher?.publish('prices/end', 'last')
    for (const subscription of subscriptions) {
      expect(await subscription.next()).toMatchObject({ value: { topic: 'prices/oil' } })
      expect(await subscription.next()).toMatchObject({ value: { topic: 'prices/end' } })
      expect(subscription.waiting).toBe(0)
    }
  }, 20_000)

  it('I-21 a survey gathers the answers of all sites and ends without waiting for its deadline', async () => {
    const server = await startNats()
    const [here, there] = [site(server.url), site(server.url)]
    const members = [here.member(), there.member(), there.member()]
    for (const [i, cluster] of members.entries()) await cluster.serve('who', { survey: () => String(i) })
    const caller = here.member()
    const began = performance.now()
    const answers = await collect(caller.survey('who', '', { deadline: 5000 }))
    expect(performance.now() - began).toBeLessThan(2000)
    expect(answers.map(({ body }) => String(body)).sort()).toEqual(['0', '1', '2'])
    expect(new Set(answers.map(({ from }) => from))).toEqual(new Set(members.map((cluster) => cluster.id)))
  }, 20_000)

  it('I-21 a survey waits for members that take their time, and lists who has not answered', async () => {
    const server = await startNats()
    const [here, there] = [site(server.url), site(server.url)]
    const [slow, stuck] = [there.member(), there.member()]
    await slow.serve('who', { survey: () => new Promise<string>((resolve) => setTimeout(() => resolve('slow'), 600)) })
    await stuck.serve('who', { survey: () => new Promise<string>(() => {}) })
    const survey = here.member().survey('who', '', { deadline: 1200 })
    const answers = await collect(survey)
    expect(answers.map(({ body }) => String(body))).toEqual(['slow'])
    expect(survey.missing).toEqual([stuck.id])
  }, 20_000)

  it('members of other sites are listed with their zone, told of when they come and go, and dropped when they die', async () => {
    const server = await startNats()
    const caller = site(server.url).member()
    const joined = told(caller)
    const remote = await startNatsMember(server)
    expect(await joined).toMatchObject({ member: { name: 'work' }, engine: 'nats' })
    expect(caller.members('work')).toMatchObject([{ name: 'work', urls: [server.url], outstanding: 0 }])
    const left = nextOf(caller, 'leave', ({ engine }) => engine === 'nats')
    remote.child.kill('SIGTERM')
    expect(await left).toMatchObject({ reason: 'left' })
    expect(caller.members('work')).toEqual([])

    const again = told(caller)
    const doomed = await startNatsMember(server, { delay: 60_000 })
    await again
    const lost = nextOf(caller, 'leave', ({ reason }) => reason === 'lost')
    const request = caller.request('work', '', { timeout: 10_000 })
    await doomed.line(/^request/)
    await eventually(() => caller.members('work')[0]?.outstanding === 1)
    doomed.child.kill('SIGKILL')
    await expect(request).rejects.toMatchObject({ code: 'ECONNRESET' })
    await lost
  }, 30_000)

  it('clusters of other networks never meet', async () => {
    const server = await startNats()
    const [one, other] = [site(server.url), site(server.url)]
    await one.member({ network: 'a', engine: nats({ servers: server.url }) }).serve('work', { request: () => 'a' })
    const caller = other.member({ network: 'b', engine: nats({ servers: server.url }) })
    await expect(caller.request('work', '', { timeout: 600 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(caller.members()).toEqual([])
  })

  it('I-48 close gives everything back, whether the server is there or not', async () => {
    const server = await startNats()
    const cluster = site(server.url).member()
    await cluster.serve('work', { request: () => 'x' })
    await cluster.close()
    const orphan = site('nats://127.0.0.1:1').member()
    const waiting = orphan.request('work', '', { timeout: 60_000 })
    const rejected = expect(waiting).rejects.toBeInstanceOf(Error)
    await orphan.close()
    await rejected
  }, 20_000)
})

describe.skipIf(natsServer.skip)('errors over NATS', () => {
  it('I-16 what a handler throws rejects at the caller with name, code and message', async () => {
    const server = await startNats()
    await site(server.url)
      .member()
      .serve('work', {
        request: () => {
          throw Object.assign(new RangeError('too much\r\nEvil: header'), { code: 'ETOOMUCH' })
        }
      })
    const error = await site(server.url)
      .member()
      .request('work', '')
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({
      code: 'EREMOTE',
      remote: { name: 'RangeError', code: 'ETOOMUCH', message: 'too much\r\nEvil: header' }
    })
  })

  it('I-13 nobody is there: at once with failFast, else after the timeout, and it says so', async () => {
    const server = await startNats()
    const caller = site(server.url).member()
    await caller.subscribe('ready/')
    const began = performance.now()
    await expect(caller.request('absent', '', { failFast: true })).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(performance.now() - began).toBeLessThan(500)
    await expect(caller.request('absent', '', { timeout: 400 })).rejects.toMatchObject({
      code: 'EHOSTUNREACH',
      message: expect.stringMatching(/no member of absent seen/)
    })
  })

  it('I-15 a member sees the deadline, and its signal aborts when the caller gives up', async () => {
    const server = await startNats()
    let left = 0
    const aborted = happening()
    const begun = happening()
    await site(server.url)
      .member()
      .serve('work', {
        request: ({ deadline, signal }) => {
          left = deadline - Date.now()
          signal.addEventListener('abort', () => aborted.resolve())
          begun.resolve()
          return new Promise<string>(() => {})
        }
      })
    const caller = site(server.url).member()
    const giveUp = new AbortController()
    const request = caller.request('work', '', { timeout: 60_000, signal: giveUp.signal })
    const rejected = expect(request).rejects.toBe('enough')
    await begun.promise
    await eventually(() => caller.members('work')[0]?.outstanding === 1)
    giveUp.abort('enough')
    await rejected
    await aborted.promise
    expect(left).toBeGreaterThan(50_000)
    expect(left).toBeLessThan(60_100)
  })

  it('I-17 an idempotent request goes to another member when the one that had it dies, and when it is frozen', async () => {
    const server = await startNats()
    const caller = site(server.url).member()
    const doomed = await startNatsMember(server, { delay: 60_000 })
    const request = caller.request('work', 'one', { timeout: 15_000, idempotent: true })
    await doomed.line(/^request/)
    await site(server.url)
      .member()
      .serve('work', { request: () => 'other' })
    doomed.child.kill('SIGKILL')
    expect(String(await request)).toBe('other')

    const frozen = await startNatsMember(server)
    frozen.child.kill('SIGSTOP')
    const answers = Array.from({ length: 8 }, () => caller.request('work', '', { timeout: 15_000, idempotent: true }))
    for (const answer of answers) expect(String(await answer)).toBe('other')
  }, 40_000)

  it('I-18 a full member refuses and another is asked; when all are full it says so', async () => {
    const server = await startNats()
    const full = site(server.url).member()
    const begun = happening()
    const handlers = {
      request: () => {
        begun.resolve()
        return new Promise<string>(() => {})
      }
    }
    await full.serve('work', handlers, { concurrency: 1, queue: 0 })
    const caller = site(server.url).member()
    const stuck = caller.request('work', '', { timeout: 30_000 }).catch((error: unknown) => error)
    await begun.promise
    await expect(caller.request('work', '')).rejects.toMatchObject({ code: 'EBUSY' })
    await caller.close()
    expect(await stuck).toMatchObject({ code: 'EBADF' })
  }, 20_000)

  it('I-43 a body above max_payload is refused before it is sent, in every verb, and a tunnel carries it', async () => {
    const server = await startNats(['max_payload: 4096'])
    const [service, caller] = [site(server.url).member(), site(server.url).member()]
    await service.serve('work', {
      request: ({ body }) => (body.length === 1 ? Buffer.alloc(8192) : body),
      broadcast: () => {},
      tunnel: async (tunnel) => {
        for await (const message of tunnel) await tunnel.send(message)
      }
    })
    await eventually(() => caller.members('work').length === 1)
    const large = Buffer.alloc(4097)
    const tooLarge = { code: 'EMSGSIZE' }
    await expect(caller.request('work', large)).rejects.toMatchObject(tooLarge)
    await expect(caller.broadcast('work', large)).rejects.toMatchObject(tooLarge)
    await expect(caller.publish('work', large)).rejects.toMatchObject(tooLarge)
    await expect(caller.request('work', 'x')).rejects.toMatchObject(tooLarge)
    expect(await caller.request('work', Buffer.alloc(4096))).toHaveLength(4096)
    const tunnel = await caller.tunnel('work')
    await tunnel.send(Buffer.alloc(100_000, 7))
    expect(await tunnel.recv()).toEqual(Buffer.alloc(100_000, 7))
    await tunnel.close()
  }, 20_000)
})
