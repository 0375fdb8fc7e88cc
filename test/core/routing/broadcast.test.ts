/** Sending to all beside a peer that is stuck: it is waited for once, and costs the others nothing after that. */
import { Bus, Pub, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { Bus as RawBus, Pub as RawPub, Surveyor as RawSurveyor } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { numberOf, sized, texts } from '../../helpers/messages.ts'
import { eventually, isPending, marry, nextEvent, track } from '../../helpers/sockets.ts'

interface Case {
  readonly name: string
  /** Endpoint id of the peers. */
  readonly peer: number
  open(): Socket
  send(socket: Socket, body: Buffer): Promise<void>
}

const raw = (header: Buffer) => (socket: Socket, body: Buffer) => (socket as RawBus).send({ header, body })
const cooked = (socket: Socket, body: Buffer): Promise<void> => (socket as Bus).send(body)
const small = { sendBuffer: 262_144 }

const cases: Case[] = [
  { name: 'Pub', peer: 0x21, open: () => new Pub(small), send: cooked },
  { name: 'Bus', peer: 0x70, open: () => new Bus(small), send: cooked },
  { name: 'Surveyor', peer: 0x63, open: () => new Surveyor(small), send: cooked },
  { name: '[raw] Pub', peer: 0x21, open: () => new RawPub(small), send: raw(hex('')) },
  { name: '[raw] Bus', peer: 0x70, open: () => new RawBus(small), send: raw(hex('')) },
  { name: '[raw] Surveyor', peer: 0x63, open: () => new RawSurveyor(small), send: raw(hex('80 00 00 01')) }
]

/** A peer that says hello and reads nothing after that. */
async function stick(socket: Socket, peer: number): Promise<void> {
  const listener = await listenBytes()
  const attached = nextEvent(socket, 'attach')
  ;(socket as Bus).connect(listener.url)
  const bytes = await listener.accept()
  await bytes.greet(peer)
  bytes.stream.pause()
  await attached
}

describe.each(cases)('$name', ({ peer, open, send }) => {
  it.each([64, 262_144])('PS-27 waits for a stuck peer once, with messages of %i bytes', async (size) => {
    const socket = track(open())
    await stick(socket, peer)
    const body = Buffer.alloc(size)
    while (socket.stats().drops['queue-full'] === undefined) await send(socket, body)
    for (let i = 0; i < 50; i++) {
      const { messagesSent } = socket.stats()
      const sent = send(socket, body)
      expect(socket.stats().messagesSent).toBe(messagesSent + 1)
      await sent
    }
  })
})

describe('a Pub beside a stuck subscriber', () => {
  it('PS-27 loses nothing for the others, in a tight loop', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 65_536 }), new Sub())
    sub.subscribe('')
    await marry(pub, sub, 'tcp://127.0.0.1:0')
    await stick(pub, 0x21)
    const count = 20_000
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await sub.recv({ timeout: 5000 }))).toBe(i)
    })()
    for (let i = 0; i < count; i++) await pub.send(sized(i, 1024))
    await reading
    const [good, stuck] = pub.stats().pipes
    expect(good?.drops).toEqual({})
    expect(stuck?.drops['queue-full']).toBeGreaterThan(0)
  })

  it('PS-28 waits for it again when it has read what waited for it', async () => {
    const size = 65_536
    const [pub, sub] = track(new Pub({ sendBuffer: 4 * size }), new Sub({ recvBuffer: size }))
    sub.subscribe('')
    await marry(pub, sub)
    let sent = 0
    while (pub.stats().drops['queue-full'] === undefined) await pub.send(sized(sent++, size))
    const dropped = pub.stats().drops['queue-full']
    for (let i = 0; i < sent - 1; i++) expect(numberOf(await sub.recv({ timeout: 5000 }))).toBe(i)
    const count = 200
    const reading = (async () => {
      for (let i = 0; i < count; i++) expect(numberOf(await sub.recv({ timeout: 5000 }))).toBe(sent + i)
    })()
    for (let i = 0; i < count; i++) await pub.send(sized(sent + i, size))
    await reading
    expect(pub.stats().drops['queue-full']).toBe(dropped)
  })
})

describe('calls that wait', () => {
  /** A Pub with a full subscriber. */
  async function full(): Promise<{ pub: Pub; sub: Sub }> {
    const [pub, sub] = track(new Pub({ sendBuffer: 8 }), new Sub({ recvBuffer: 4 }))
    sub.subscribe('')
    await marry(pub, sub)
    for (const text of ['aaaa', 'bbbb', 'b2b2']) await pub.send(text)
    return { pub, sub }
  }

  it('PS-27 can be taken back, and are not sent then', async () => {
    const { pub, sub } = await full()
    const { signal, abort } = abortable()
    const sends = [pub.send('cccc', { signal }), pub.send('dddd')]
    expect(await isPending(sends[0] as Promise<void>)).toBe(true)
    abort()
    await expect(sends[0]).rejects.toBe(signal.reason)
    const reading = texts(sub, 4)
    await sends[1]
    expect(await reading).toEqual(['aaaa', 'bbbb', 'b2b2', 'dddd'])
  })

  it('PS-27 are a thousand at most, however small they are', async () => {
    const [pub, sub] = track(new Pub({ sendBuffer: 1_000_000 }), new Sub({ recvBuffer: 1 }))
    sub.subscribe('')
    await marry(pub, sub)
    const sends: Promise<void>[] = []
    for (let i = 0; i < 100_000; i++) sends.push(pub.send(''))
    expect(100_000 - pub.stats().messagesSent).toBeLessThanOrEqual(1024)
    await Promise.all(sends)
  })

  it('PS-19 are sent once each, in order, when a listener of drops sends as well', async () => {
    const { pub, sub } = await full()
    pub.once('drop', () => pub.trySend('eeee'))
    const sends = ['cccc', 'dddd'].map((text) => pub.send(text))
    pub.trySend('ffff')
    await Promise.all(sends)
    expect(pub.stats()).toMatchObject({ messagesSent: 7, drops: { 'queue-full': 4 } })
    expect(await texts(sub, 3)).toEqual(['aaaa', 'bbbb', 'b2b2'])
  })

  it('COM-30 reject when the socket closes', async () => {
    const { pub } = await full()
    const sent = pub.send('cccc')
    await pub.close({ linger: 0 })
    await expect(sent).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('PS-27 go on when the peer that they wait for leaves', async () => {
    const { pub, sub } = await full()
    const sent = pub.send('cccc')
    await sub.close({ linger: 0 })
    await eventually(() => pub.peers.length === 0)
    await sent
    expect(pub.stats().drops['no-peer']).toBe(1)
  })
})

function abortable(): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

describe('a Surveyor beside a stuck respondent', () => {
  it('PS-27 SUR-07 asks the others at once', async () => {
    const [surveyor, respondent] = track(new Surveyor({ sendBuffer: 65_536 }), new Respondent())
    await marry(surveyor, respondent, 'tcp://127.0.0.1:0')
    void respondent.serve(({ body }) => body)
    await stick(surveyor, 0x63)
    while (surveyor.stats().drops['queue-full'] === undefined) await surveyor.send(Buffer.alloc(65_536))
    for (let i = 0; i < 20; i++) {
      const answers: string[] = []
      for await (const { body } of surveyor.survey(`${i}`, { count: 1, deadline: 5000 })) answers.push(String(body))
      expect(answers).toEqual([`${i}`])
    }
  })
})
