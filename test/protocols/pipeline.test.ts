/** PUSH and PULL: one worker per message, in turn and by priority, waiting, back-pressure, workers that die. */
import { Pull, Push } from 'hubless'
import { Pull as RawPull, Push as RawPush } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { connectBytes, hex } from '../helpers/bytes.ts'
import { code, fill, numbered, numberOf, sized, texts, turns, waiting } from '../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, nextEvent, recordEvents, track } from '../helpers/sockets.ts'
import { plainTransports } from './transports.ts'

/** A bound PUSH and `count` PULLs that joined one after the other. */
async function workers(count: number, url: string): Promise<{ push: Push; pulls: Pull[] }> {
  const push = track(new Push())
  const listener = await push.bind(url)
  const pulls: Pull[] = []
  for (let i = 0; i < count; i++) {
    const pull = track(new Pull())
    pull.connect(listener.url)
    await push.waitForPeers(i + 1, { timeout: 5000 })
    pulls.push(pull)
  }
  return { push, pulls }
}

describe.each(plainTransports)('Push and Pull over $name', (transport) => {
  it('PIPE-01 COM-46 hands out in turn: two PULLs alternate, three get one each in order of joining', async () => {
    const two = await workers(2, transport.url())
    for (const text of numbered('', 4)) await two.push.send(text)
    expect(await Promise.all(two.pulls.map((pull) => texts(pull, 2)))).toEqual([
      ['0', '2'],
      ['1', '3']
    ])
    const three = await workers(3, transport.url())
    for (const text of numbered('', 6)) await three.push.send(text)
    expect(await Promise.all(three.pulls.map((pull) => texts(pull, 2)))).toEqual([
      ['0', '3'],
      ['1', '4'],
      ['2', '5']
    ])
  })

  it('PIPE-02 PIPE-03 gives five PULLs exactly 20 of 100 messages each, and each message to one of them', async () => {
    const { push, pulls } = await workers(5, transport.url())
    const sent = numbered('job ', 100)
    for (const text of sent) await push.send(text)
    const received = await Promise.all(pulls.map((pull) => texts(pull, 20)))
    await turns()
    expect(pulls.map((pull) => pull.tryRecv())).toEqual(Array(5).fill(undefined))
    expect(new Set(received.flat())).toEqual(new Set(sent))
  })

  it('PIPE-04 collects from two PUSHes, in order per PUSH', async () => {
    const pull = track(new Pull())
    const listener = await pull.bind(transport.url(), transport.bind)
    const pushes = track(new Push(), new Push())
    for (const push of pushes) await push.connect(listener.url).whenConnected()
    await Promise.all(
      pushes.map(async (push, i) => {
        for (const text of numbered(`${i}:`, 50)) await push.send(text)
      })
    )
    const received = await texts(pull, 100)
    for (const i of [0, 1]) expect(received.filter((t) => t.startsWith(`${i}:`))).toEqual(numbered(`${i}:`, 50))
  })

  it('PIPE-05 makes send wait for a PULL, several in call order, while trySend is false', async () => {
    const push = track(new Push())
    expect(push.trySend('no')).toBe(false)
    await expect(push.send('no', { timeout: 20 })).rejects.toEqual(code('ETIMEDOUT'))
    const sends = numbered('', 5).map((text) => push.send(text))
    expect(push.trySend('no')).toBe(false)
    expect(await isPending(Promise.race(sends))).toBe(true)
    const pull = track(new Pull())
    await marry(push, pull, transport.url(), transport)
    await Promise.all(sends)
    expect(await texts(pull, 5)).toEqual(numbered('', 5))
    await turns()
    expect(pull.tryRecv()).toBeUndefined()
  })

  it('PIPE-06 skips a full PULL, waits when all are full, and goes on with the first that reads', async () => {
    const size = 16384
    const push = track(new Push({ sendBuffer: 2 * size }))
    const [idle, busy] = track(new Pull({ recvBuffer: 2 * size }), new Pull({ recvBuffer: 2 * size }))
    const listener = await push.bind(transport.url(), transport.bind)
    idle.connect(listener.url)
    await push.waitForPeers(1)
    const stuck = await fill(push, size, 2000)
    busy.connect(listener.url)
    await push.waitForPeers(2)
    // As much again many times over: only the second reads.
    const more = 2 * stuck
    const sending = (async () => {
      for (let i = 0; i < more; i++) await push.send(sized(stuck + i, size))
    })()
    for (let i = 0; i < more; i++) expect(numberOf(await busy.recv({ timeout: 5000 }))).toBe(stuck + i)
    await sending

    await fill(push, size, 2000)
    const held = push.send(sized(999_999, size))
    expect(await isPending(held, 5)).toBe(true)
    expect(push.trySend(sized(0, size))).toBe(false)
    for (let i = 0; i < stuck; i++) expect(numberOf(await idle.recv({ timeout: 5000 }))).toBe(i)
    await held
    expect(numberOf(await idle.recv({ timeout: 5000 }))).toBe(999_999)
  })

  it('PIPE-07 shows readiness in trySend', async () => {
    const size = 100_000
    const push = track(new Push({ sendBuffer: 4 }))
    const pull = new Pull({ recvBuffer: 4 })
    expect(push.trySend('none')).toBe(false)
    const { listener } = await marry(push, pull, transport.url(), transport)
    expect(push.trySend('one')).toBe(true)
    expect(await texts(pull, 1)).toEqual(['one'])

    const accepted = await fill(push, size, 500)
    expect(push.trySend('full')).toBe(false)
    for (let i = 0; i < accepted; i++) expect(numberOf(await pull.recv({ timeout: 5000 }))).toBe(i)
    await eventually(() => push.trySend('again'))
    expect(await texts(pull, 1)).toEqual(['again'])

    const gone = nextEvent(push, 'detach')
    await pull.close()
    await gone
    expect(push.trySend('nobody')).toBe(false)
    const next = track(new Pull())
    next.connect(listener.url)
    await push.waitForPeers(1)
    expect(push.trySend('back')).toBe(true)
    expect(await texts(next, 1)).toEqual(['back'])
  })

  it('PIPE-11 keeps handing out while PULLs with many connections take a few and leave', {
    timeout: 30_000
  }, async () => {
    const push = track(new Push({ sendBuffer: 256 }))
    const listener = await push.bind(transport.url(), transport.bind)
    let stop = false
    const sending = (async () => {
      while (!stop) await push.send('job').catch(() => {})
    })()
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          await using pull = new Pull({ linger: 0, recvBuffer: 32 })
          for (let i = 0; i < 10; i++) pull.connect(listener.url)
          expect(await texts(pull, 10)).toEqual(Array(10).fill('job'))
        })
      )
    }
    stop = true
    await push.close({ linger: 0 })
    await sending
  })

  it('PIPE-12 receives everything from short-lived PUSHes, in order per sender', { timeout: 30_000 }, async () => {
    const pull = track(new Pull())
    const listener = await pull.bind(transport.url(), transport.bind)
    const sent = Promise.all(
      Array.from({ length: 10 }, async (_, sender) => {
        for (let life = 0; life < 10; life++) {
          await using push = new Push()
          push.connect(listener.url)
          for (const text of numbered(`${sender}.${life}.`, 10)) await push.send(text)
        }
      })
    )
    const received = await texts(pull, 1000)
    await sent
    for (let sender = 0; sender < 10; sender++) {
      for (let life = 0; life < 10; life++) {
        const prefix = `${sender}.${life}.`
        expect(received.filter((text) => text.startsWith(prefix))).toEqual(numbered(prefix, 10))
      }
    }
  })

  it('PIPE-13 behaves the same raw, with an empty header', async () => {
    const [push, pull] = track(new RawPush(), new RawPull())
    expect(push.trySend({ body: 'no' })).toBe(false)
    const { pipes } = await marry(push, pull, transport.url(), transport)
    await push.send({ body: 'one' })
    await push.send({ header: hex('00 01'), body: hex('02') })
    const one = await pull.recv()
    expect(String(one.body)).toBe('one')
    expect(one.header.length).toBe(0)
    expect(one.pipe).toBe(pipes[1])
    const two = await pull.recv()
    expect(two.body).toEqual(hex('00 01 02'))
    expect(two.header.length).toBe(0)
  })

  it('PIPE-13 [raw] copies the header, whether send waits or the transport does', async () => {
    const [push, pull] = track(new RawPush(), new RawPull({ recvBuffer: 1 }))
    const header = Buffer.from('1')
    const sends = [push.send({ header, body: '!' })]
    header.write('2')
    await marry(push, pull, transport.url(), transport)
    for (const digit of '34') {
      sends.push(push.send({ header, body: '!' }))
      header.write(digit)
    }
    await Promise.all(sends)
    for (const text of ['1!', '2!', '3!']) expect(String((await pull.recv({ timeout: 5000 })).body)).toBe(text)
  })

  it('COM-47 prefers the best class that is ready, with failover and failback', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const first = new Pull({ recvBuffer: 1 })
    const second = track(new Pull())
    const [one, two] = [
      await track(first).bind(transport.url(), transport.bind),
      await second.bind(transport.url(), transport.bind)
    ]
    await push.connect(two.url, { sendPriority: 2 }).whenConnected()
    await push.send('0')
    await push.connect(one.url, { sendPriority: 1, reconnectInterval: 5 }).whenConnected()
    expect(push.stats().currentSendPriority).toBe(1)
    for (const text of numbered('a', 3)) {
      await push.send(text)
      expect(await texts(first, 1)).toEqual([text])
    }
    const lost = nextEvent(push, 'detach')
    await first.close()
    await lost
    expect(push.stats().currentSendPriority).toBe(2)
    await push.send('b')
    expect(await texts(second, 2)).toEqual(['0', 'b'])

    const back = track(new Pull())
    await back.bind(one.url)
    await push.waitForPeers(2, { timeout: 5000 })
    await push.send('c')
    expect(await texts(back, 1)).toEqual(['c'])
    expect(waiting(second)).toEqual([])
  })

  it('COM-48 COM-49 COM-50 reads the best class first and takes turns inside a class', async () => {
    const pull = track(new Pull())
    const low = await pull.bind(transport.url(), { recvPriority: 2 })
    const high = await pull.bind(transport.url(), { recvPriority: 1 })
    const pushes = track(new Push(), new Push(), new Push())
    const urls = [low.url, low.url, high.url]
    for (const [i, push] of pushes.entries()) {
      await push.connect(urls[i] as string).whenConnected()
      for (const text of numbered('abc'[i] as string, 4)) await push.send(text)
    }
    await eventually(() => pull.stats().pipes.filter(({ messagesReceived }) => messagesReceived === 4).length === 3)
    expect(waiting(pull)).toEqual(['c0', 'c1', 'c2', 'c3', 'a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })
})

describe('Push and workers that misbehave', () => {
  it('PIPE-08 counts what a PULL that dies had accepted and sends it to nobody else', async () => {
    const push = track(new Push())
    const dying = new Pull({ recvBuffer: 1 })
    const { listener } = await marry(push, dying)
    for (const text of numbered('', 5)) await push.send(text)
    const drops = recordEvents(push, 'drop')
    await dying.close()
    // The first was delivered, four were on their way.
    expect(drops).toEqual([expect.objectContaining({ reason: 'closed', count: 4 })])
    expect(push.stats().drops).toEqual({ closed: 4 })
    const next = track(new Pull())
    await next.connect(listener.url).whenConnected()
    await push.send('new')
    expect(await texts(next, 1)).toEqual(['new'])
  })

  it('PIPE-08 PIPE-09 loses a pipe whose connection breaks with one detach, and the others go on', async () => {
    const push = track(new Push({ sendBuffer: 65536 }))
    const listener = await push.bind('tcp://127.0.0.1:0')
    const broken = await connectBytes(listener.url)
    await broken.greet(0x51)
    broken.stream.pause()
    await push.waitForPeers(1)
    const accepted = await fill(push, 65536, 1000)
    const pull = track(new Pull())
    pull.connect(listener.url)
    await push.waitForPeers(2)
    const detached = recordEvents(push, 'detach')
    broken.reset()
    await eventually(() => detached.length === 1)
    for (const text of numbered('', 20)) await push.send(text)
    expect(await texts(pull, 20)).toEqual(numbered('', 20))
    expect(detached.length).toBe(1)
    const { closed } = push.stats().drops
    expect(closed).toBeGreaterThanOrEqual(1)
    expect(closed).toBeLessThanOrEqual(accepted)
  })

  it('PIPE-10 discards and counts what a PULL peer sends, and keeps the pipe', async () => {
    const push = track(new Push())
    const listener = await push.bind('tcp://127.0.0.1:0')
    const peer = await connectBytes(listener.url)
    await peer.greet(0x51)
    const dropped = nextEvent(push, 'drop')
    peer.send('00 00 00 00 00 00 00 02 68 69')
    expect(await dropped).toMatchObject({ reason: 'unexpected', count: 1, size: 2, pipe: push.peers[0] })
    expect(push.stats().drops).toEqual({ unexpected: 1 })
    await push.send('A')
    expect(await peer.read(9)).toEqual(hex('00 00 00 00 00 00 00 01 41'))
  })

  it('PIPE-07 closes nothing when a PULL that is full leaves: the next one is ready at once', async () => {
    const push = track(new Push({ sendBuffer: 1 }))
    const full = new Pull({ recvBuffer: 1 })
    const { listener } = await marry(push, full, inprocUrl())
    expect([push.trySend('a'), push.trySend('b'), push.trySend('c')]).toEqual([true, true, false])
    const pending = push.send('d')
    await full.close()
    const next = track(new Pull())
    await next.connect(listener.url).whenConnected()
    await pending
    expect(await texts(next, 1)).toEqual(['d'])
  })
})
