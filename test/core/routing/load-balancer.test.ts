import { Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { waiting } from '../../helpers/messages.ts'
import {
  eventually,
  inprocUrl,
  isPending,
  nextEvent,
  track,
  transportCases,
  zeromqCases
} from '../../helpers/sockets.ts'

const quick = { reconnectInterval: 5, reconnectIntervalMax: 5 }

/** A PULL that is bound, and connected to by `push` with that priority. */
async function worker(push: Push, sendPriority?: number, options?: { recvBuffer: number }): Promise<Pull> {
  const pull = track(new Pull(options))
  const { url } = await pull.bind(inprocUrl())
  await push.connect(url, { sendPriority, ...quick }).whenConnected()
  return pull
}

describe('round-robin', () => {
  it('COM-46 six messages over three workers go 0 3, 1 4, 2 5, in order of becoming ready', async () => {
    for (const transport of [...transportCases, ...zeromqCases]) {
      const push = track(new Push())
      const { url } = await push.bind(transport.url(), transport.bind)
      const pulls: Pull[] = []
      for (let i = 1; i <= 3; i++) {
        const pull = track(new Pull())
        pulls.push(pull)
        pull.connect(url, transport.connect)
        await push.waitForPeers(i)
      }
      for (let i = 0; i < 6; i++) await push.send(String(i))
      const received = await Promise.all(
        pulls.map(async (pull) => [
          String(await pull.recv({ timeout: 5000 })),
          String(await pull.recv({ timeout: 5000 }))
        ])
      )
      expect(received, transport.name).toEqual([
        ['0', '3'],
        ['1', '4'],
        ['2', '5']
      ])
      await push.close({ linger: 0 })
    }
  })

  it('COM-46 a worker that was full takes its turn behind those that were ready before it', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const pulls = [await worker(push, 8, { recvBuffer: 1 }), await worker(push), await worker(push)]
    const log: string[] = []
    // The first worker keeps what it gets; the others hand it over at once.
    const send = (text: string): void => {
      expect(push.trySend(text)).toBe(true)
      const at = pulls.findIndex((pull, i) => i > 0 && waiting(pull).includes(text))
      log.push(`${text}:${at < 0 ? 'kept' : at}`)
    }
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) send(text)
    // a fills what the first reads, d its buffer; from then on the other two alternate.
    expect(log).toEqual(['a:kept', 'b:1', 'c:2', 'd:kept', 'e:1', 'f:2', 'g:1'])
    expect(waiting(pulls[0] as Pull)).toEqual(['a', 'd'])
    // Ready again, behind the two whose turn it is.
    for (const text of ['h', 'i', 'j']) send(text)
    expect(log.slice(-3)).toEqual(['h:2', 'i:1', 'j:kept'])
  })

  it('COM-46 requests go round as well', async () => {
    const req = track(new Req())
    const reps: Rep[] = []
    for (let i = 0; i < 3; i++) {
      const rep = track(new Rep())
      reps.push(rep)
      void rep.serve(() => String(i))
      await req.connect((await rep.bind(inprocUrl())).url).whenConnected()
    }
    const answers: string[] = []
    for (let i = 0; i < 6; i++) answers.push(String(await req.request('who?')))
    expect(answers).toEqual(['0', '1', '2', '0', '1', '2'])
  })
})

describe('priorities for sending', () => {
  it('COM-47 class 2 gets a message only while no class 1 pipe is ready', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const second = await worker(push, 2)
    const first = await worker(push, 1, { recvBuffer: 1 })
    const third = await worker(push, 3)
    for (const text of ['a', 'b']) expect(push.trySend(text)).toBe(true)
    expect(waiting(second)).toEqual([])
    // Class 1 is full now.
    expect(push.trySend('c')).toBe(true)
    expect(waiting(second)).toEqual(['c'])
    expect(waiting(first)).toEqual(['a', 'b'])
    expect(push.trySend('d')).toBe(true)
    expect(waiting(first)).toEqual(['d'])
    expect(waiting(second)).toEqual([])
    expect(waiting(third)).toEqual([])
  })

  it('COM-47 failover and failback follow pipes as they come and go', async () => {
    const push = track(new Push())
    const backup = await worker(push, 2)
    const main = track(new Pull())
    const { url } = await main.bind(inprocUrl())
    const dialer = push.connect(url, { sendPriority: 1, ...quick })
    await dialer.whenConnected()
    await push.send('to main')
    expect(waiting(main)).toEqual(['to main'])
    const lost = nextEvent(push, 'detach')
    await main.close()
    await lost
    await push.send('to the backup')
    expect(waiting(backup)).toEqual(['to the backup'])
    const again = track(new Pull())
    const back = nextEvent(push, 'attach')
    await again.bind(url)
    await back
    await push.send('to main again')
    expect(waiting(again)).toEqual(['to main again'])
    expect(waiting(backup)).toEqual([])
  })

  it('COM-50 priorities are those given at bind or connect; all connections of one endpoint share them', async () => {
    const push = track(new Push({ sendPriority: 9 }))
    const low = await push.bind(inprocUrl(), { sendPriority: 12 })
    const high = await push.bind(inprocUrl(), { sendPriority: 3 })
    const plain = await push.bind(inprocUrl())
    const connect = async (url: string): Promise<Pull> => {
      const pull = track(new Pull())
      await pull.connect(url).whenConnected()
      return pull
    }
    const [low1, plain1, high1, high2] = [
      await connect(low.url),
      await connect(plain.url),
      await connect(high.url),
      await connect(high.url)
    ]
    await push.waitForPeers(4)
    const priorities = push.peers.map(({ sendPriority }) => sendPriority)
    expect(priorities).toEqual([12, 9, 3, 3])
    for (let i = 0; i < 6; i++) await push.send(String(i))
    expect(waiting(high1 as Pull)).toEqual(['0', '2', '4'])
    expect(waiting(high2 as Pull)).toEqual(['1', '3', '5'])
    await high.close()
    await push.send('next class')
    expect(waiting(plain1 as Pull)).toEqual(['next class'])
    await plain.close()
    await push.send('last class')
    expect(waiting(low1 as Pull)).toEqual(['last class'])
    await low.close()
    expect(push.trySend('nobody')).toBe(false)
  })
})

describe('pipes that end', () => {
  it('COM-46 those that go leave the order of the others as it is, however many come and go', async () => {
    const push = track(new Push())
    const [a, b] = [await worker(push), await worker(push)]
    for (let i = 0; i < 40; i++) {
      const passing = await worker(push)
      const lost = nextEvent(push, 'detach')
      await passing.close()
      await lost
      if (i % 10 === 9) for (const text of [`${i}`, `${i}`]) expect(push.trySend(text)).toBe(true)
    }
    const c = await worker(push)
    for (const text of ['x', 'y', 'z', 'x2', 'y2', 'z2']) expect(push.trySend(text)).toBe(true)
    expect(waiting(a)).toEqual(['9', '19', '29', '39', 'x', 'x2'])
    expect(waiting(b)).toEqual(['9', '19', '29', '39', 'y', 'y2'])
    expect(waiting(c)).toEqual(['z', 'z2'])
    expect(push.stats().drops).toEqual({})
  })

  it('a receiver that ends inside the call that sends to it gets nothing more', async () => {
    const push = track(new Push())
    const failing = {
      encode: String,
      decode: (): never => {
        void bad.close({ linger: 0 })
        throw new Error('this worker gives up at its first message')
      }
    }
    const bad = track(new Pull({ codec: failing }))
    await push.connect((await bad.bind(inprocUrl())).url, { reconnectInterval: 60_000 }).whenConnected()
    const good = await worker(push)
    const given = bad.recv().catch((error: { code: string }) => error.code)
    for (let i = 0; i < 5; i++) await push.send(String(i))
    expect(await given).toBe('EBADF')
    expect(waiting(good)).toEqual(['1', '2', '3', '4'])
    await eventually(() => push.peers.length === 1)
  })

  it('send waits while the last pipe is full and goes on when it is gone and another comes', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const slow = await worker(push, 8, { recvBuffer: 1 })
    while (push.trySend('filler'));
    const sent = push.send('for the next')
    expect(await isPending(sent)).toBe(true)
    await slow.close({ linger: 0 })
    expect(await isPending(sent)).toBe(true)
    const next = await worker(push)
    await sent
    expect(waiting(next)).toEqual(['for the next'])
  })
})
