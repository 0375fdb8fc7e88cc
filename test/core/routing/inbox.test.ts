import { Bus, type Message, Pair, Pub, Pull, Push, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import {
  Bus as RawBus,
  Pair as RawPair,
  Pub as RawPub,
  Pull as RawPull,
  Push as RawPush,
  Sub as RawSub
} from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { numbered, waiting } from '../../helpers/messages.ts'
import { eventually, inprocUrl, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

/** A PUSH connected to `pull`, which receives from it with that priority. */
async function producer(pull: Pull, recvPriority?: number): Promise<Push> {
  const push = track(new Push())
  const { url } = await push.bind(inprocUrl())
  await pull.connect(url, { recvPriority }).whenConnected()
  await push.waitForPeers(1)
  return push
}

describe('priorities for receiving', () => {
  it('COM-48 class 1 is read before class 2, whatever arrived first', async () => {
    const pull = track(new Pull())
    const low = await producer(pull, 2)
    const high = await producer(pull, 1)
    const lowest = await producer(pull, 16)
    await lowest.send('z0')
    for (const text of numbered('b', 3)) await low.send(text)
    for (const text of numbered('a', 3)) await high.send(text)
    expect(String(pull.tryRecv())).toBe('a0')
    expect(String(await pull.recv())).toBe('a1')
    await high.send('a3')
    expect(waiting(pull)).toEqual(['a2', 'a3', 'b0', 'b1', 'b2', 'z0'])
  })

  it('COM-50 priorities are those of the endpoint and are shared by its connections', async () => {
    const pull = track(new Pull({ recvPriority: 5 }))
    const first = await pull.bind(inprocUrl(), { recvPriority: 1 })
    const second = await pull.bind(inprocUrl())
    const pushes: Push[] = []
    for (const { url } of [second, first, first]) {
      const push = track(new Push())
      pushes.push(push)
      await push.connect(url).whenConnected()
    }
    await pull.waitForPeers(3)
    expect(pull.peers.map(({ recvPriority }) => recvPriority)).toEqual([5, 1, 1])
    for (const [i, push] of pushes.entries()) for (const text of numbered(`${i}-`, 2)) await push.send(text)
    expect(waiting(pull)).toEqual(['1-0', '2-0', '1-1', '2-1', '0-0', '0-1'])
  })
})

describe('fairness', () => {
  it('COM-49 inside a class, receiving alternates between pipes with data', async () => {
    const pull = track(new Pull())
    const pushes = [await producer(pull), await producer(pull), await producer(pull)]
    for (const [i, push] of pushes.entries()) for (const text of numbered(`${i}:`, 4 - i)) await push.send(text)
    expect(waiting(pull)).toEqual(['0:0', '1:0', '2:0', '0:1', '1:1', '2:1', '0:2', '1:2', '0:3'])
  })

  it('COM-49 a pipe that floods does not starve a quiet one', async () => {
    const pull = track(new Pull())
    const loud = await producer(pull)
    const quiet = await producer(pull)
    for (const text of numbered('loud', 5000)) await loud.send(text)
    await quiet.send('quiet 0')
    expect([String(pull.tryRecv()), String(pull.tryRecv())]).toContain('quiet 0')
    await quiet.send('quiet 1')
    await quiet.send('quiet 2')
    const next = [1, 2, 3, 4].map(() => String(pull.tryRecv()))
    expect(next.filter((text) => text.startsWith('quiet'))).toEqual(['quiet 1', 'quiet 2'])
  })
})

describe('what has arrived', () => {
  it('COM-31 stays readable in its order when a pipe goes, and new pipes queue behind it', async () => {
    const pull = track(new Pull())
    const [one, two] = [await producer(pull), await producer(pull)]
    for (const text of numbered('1:', 3)) await one.send(text)
    for (const text of numbered('2:', 2)) await two.send(text)
    const gone = nextEvent(pull, 'detach')
    await one.close()
    await gone
    const three = await producer(pull)
    await three.send('3:0')
    expect(waiting(pull)).toEqual(['1:0', '2:0', '3:0', '1:1', '2:1', '1:2'])
  })

  it('a reader that makes room lets the pipe go on where it stopped', async () => {
    const pull = track(new Pull({ recvBuffer: 100 }))
    const push = track(new Push({ sendBuffer: 100 }))
    await push.bind(inprocUrl()).then(({ url }) => pull.connect(url).whenConnected())
    const texts = numbered('message ', 200)
    const sending = (async () => {
      for (const text of texts) await push.send(text)
    })()
    const received: string[] = []
    while (received.length < texts.length) received.push(String(await pull.recv({ timeout: 5000 })))
    await sending
    expect(received).toEqual(texts)
    expect(pull.stats().drops).toEqual({})
  })

  it('what is pruned makes room as well', async () => {
    const sub = track(new Sub({ recvBuffer: 10 }))
    for (const topic of ['a', 'b']) sub.subscribe(topic)
    const pub = track(new Pub({ sendBuffer: 1000 }))
    await pub.bind(inprocUrl()).then(({ url }) => sub.connect(url).whenConnected())
    for (let i = 0; i < 5; i++) for (const topic of ['a', 'b']) await pub.send(`${topic}${i} `)
    sub.unsubscribe('a')
    const received: string[] = []
    while (received.length < 5) received.push(String(await sub.recv({ timeout: 1000 })).trim())
    expect(received).toEqual(['b0', 'b1', 'b2', 'b3', 'b4'])
    expect(sub.stats()).toMatchObject({ drops: { unsubscribed: 2 }, messagesFiltered: 3 })
  })
})

describe('what nobody received', () => {
  it('STAT-13 is counted as closed, by pipe and endpoint too, and told once', async () => {
    const pull = track(new Pull())
    const pushes = [await producer(pull), await producer(pull, 1)]
    for (const push of pushes) for (const text of numbered('', 3)) await push.send(text)
    await pull.recv()
    const drops = recordEvents(pull, 'drop')
    const { peers } = pull
    await pull.close({ linger: 0 })
    expect(drops).toEqual([{ reason: 'closed', count: 5 }])
    expect(pull.stats().drops).toEqual({ closed: 5 })
    expect(peers.map((peer) => peer.stats().drops)).toEqual([{ closed: 3 }, { closed: 2 }])
  })

  it.each<[string, () => Socket, () => Socket]>([
    ['Sub', () => everything(new Sub()), () => new Pub()],
    ['[raw] Sub', () => everything(new RawSub()), () => new RawPub()],
    ['Pair', () => new Pair(), () => new Pair()],
    ['[raw] Pair', () => new RawPair(), () => new RawPair()],
    ['Bus', () => new Bus(), () => new Bus()],
    ['[raw] Bus', () => new RawBus(), () => new RawBus()],
    ['[raw] Pull', () => new RawPull(), () => new RawPush()]
  ])('STAT-13 of a %s is counted when it closes', async (name, receiver, sender) => {
    const [socket, other] = [receiver(), sender()]
    await marry(socket, other)
    for (const body of numbered('', 4))
      await (other as Bus).send((name.startsWith('[raw]') ? { body } : body) as string)
    await socket.close({ linger: 0 })
    expect(socket.stats().drops).toEqual({ closed: 4 })
  })

  it('STAT-13 of surveys is counted when the Surveyor closes', async () => {
    const [surveyor, respondent] = [new Surveyor({ deadline: 60_000 }), new Respondent()]
    await marry(surveyor, respondent)
    void respondent.serve(({ body }) => body)
    const responses = surveyor.survey('one')
    await surveyor.send('two')
    await eventually(() => surveyor.stats().pipes[0]?.recvQueue === 2)
    await surveyor.close({ linger: 0 })
    expect(surveyor.stats().drops).toEqual({ closed: 2 })
    expect(await responses.next()).toEqual({ done: true, value: undefined })
  })

  it('goes to another when its Pull closes before it was taken', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const { url } = await push.bind(inprocUrl())
    const first = track(new Pull({ recvBuffer: 1 }))
    await first.connect(url).whenConnected()
    while (push.trySend('taken'));
    const sent = push.send('for the other')
    const second = track(new Pull())
    await first.close({ linger: 0 })
    await second.connect(url).whenConnected()
    await sent
    expect(waiting(second)).toEqual(['for the other'])
  })
})

describe('a listener of drops', () => {
  it('COM-54 that receives changes nothing about what others receive', async () => {
    const pull = track(new RawPull({ recvBuffer: 1, recvMaxSize: 2 }))
    const pushes = [track(new RawPush()), track(new RawPush())]
    for (const push of pushes) await pull.bind(inprocUrl()).then(({ url }) => push.connect(url).whenConnected())
    await pull.waitForPeers(2)
    const [a, b] = pull.peers
    // What waits in the transport comes once there is room, and is larger than it may be.
    for (const [i, push] of pushes.entries()) for (const body of [`${i}`, 'too big']) await push.send({ body })
    const inner: (Message | undefined)[] = []
    pull.once('drop', () => inner.push(pull.tryRecv()))
    const outer = pull.tryRecv()
    expect([outer?.pipe, String(outer?.body)]).toEqual([a, '0'])
    expect(inner).toHaveLength(1)
    expect([inner[0]?.pipe, String(inner[0]?.body)]).toEqual([b, '1'])
  })
})

function everything<T extends { subscribe(topic: string): void }>(sub: T): T {
  sub.subscribe('')
  return sub
}
