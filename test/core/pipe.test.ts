import { Bus, Pair, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { connectBytes, listenBytes } from '../helpers/bytes.ts'
import { eventually, marry, nextEvent, recordEvents, tempPath, track } from '../helpers/sockets.ts'

const tcp = 'tcp://127.0.0.1:0'

describe('a pipe', () => {
  it('EP-20 tells addresses with real ports over TCP', async () => {
    const { pipes, listener } = await marry(new Rep(), new Req(), tcp)
    const [accepted, dialed] = pipes
    expect(accepted.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    expect(accepted.info).toMatchObject({ local: listener.url, remote: accepted.address, peerProtocol: 0x30 })
    expect(dialed.info).toMatchObject({ local: accepted.address, remote: listener.url, peerProtocol: 0x31 })
  })

  it('EP-20 ids are unique among live pipes and change with every reconnection', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(tcp)
    const ids = new Set<number>()
    pull.on('attach', ({ pipe }) => ids.add(pipe.id))
    const push = track(new Push({ reconnectInterval: 2, reconnectIntervalMax: 2 }))
    push.on('attach', ({ pipe }) => ids.add(pipe.id))
    push.connect(url)
    for (let i = 1; i <= 10; i++) {
      await eventually(() => ids.size === 2 * i && pull.peers.length === 1)
      if (i < 10) await pull.peers[0]?.close(0)
    }
    expect(ids.size).toBe(20)
  })

  it('EP-20 its signal aborts when it ends, also for who asks later', async () => {
    const { pipes, dialer } = await marry(new Pull(), new Push(), tcp)
    const [accepted, dialed] = pipes
    const { signal } = accepted
    expect(signal.aborted).toBe(false)
    const gone = new Promise((resolve) => signal.addEventListener('abort', resolve))
    await dialer.close()
    await gone
    expect(accepted.state).toBe('closed')
    expect(dialed.state).toBe('closed')
    expect(dialed.signal.aborted).toBe(true)
  })

  it('says in the detach event why it ended', async () => {
    const pull = track(new Pull({ recvMaxSize: 10 }))
    const { url } = await pull.bind(tcp)
    const ends: [string, string][] = [
      ['closed-by-peer', ''],
      ['too-big', '00 00 00 00 00 00 00 0b'],
      ['connection-error', '']
    ]
    for (const [reason, bytes] of ends) {
      const peer = await connectBytes(url)
      const attached = nextEvent(pull, 'attach')
      await peer.greet(0x50)
      const { pipe } = await attached
      const detached = nextEvent(pull, 'detach')
      if (bytes !== '') peer.send(bytes)
      else if (reason === 'closed-by-peer') peer.end()
      else peer.reset()
      const event = await detached
      expect(event.reason).toBe(reason)
      expect(event.pipe).toBe(pipe)
      expect('cause' in event).toBe(reason === 'connection-error')
    }
    const ipc = await pull.bind(`ipc://${tempPath()}`)
    const peer = await connectBytes(ipc.url)
    await peer.greet(0x50)
    const detached = nextEvent(pull, 'detach')
    peer.send('02 00 00 00 00 00 00 00 00')
    expect((await detached).reason).toBe('malformed')
    const { pipes } = await marry(pull, new Push(), tcp)
    const own = nextEvent(pull, 'detach')
    await pipes[0].close(0)
    expect((await own).reason).toBe('closed-locally')
  })

  it('a message that was cut off by the end of the connection is counted', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(tcp)
    const peer = await connectBytes(url)
    await peer.greet(0x50)
    const drops = recordEvents(pull, 'drop')
    const gone = nextEvent(pull, 'detach')
    peer.send('00 00 00 00 00 00 00 02 68 69 00 00 00 00 00 00 00 05 68 65')
    expect(String(await pull.recv())).toBe('hi')
    peer.end()
    await gone
    expect(drops).toMatchObject([{ reason: 'truncated', count: 1 }])
  })
})

describe('back-pressure', () => {
  it('COM-16 a reader that does not read fills the sender, whatever the size of messages, and nothing is lost', async () => {
    for (const size of [1, 100, 20_000]) {
      const [push, pull] = [new Push({ sendBuffer: 4096 }), new Pull({ recvBuffer: 4096 })]
      const { pipes } = await marry(pull, push, tcp)
      let sent = 0
      const body = (): Buffer => Buffer.alloc(size, sent & 255)
      for (let taken = true; taken; ) {
        taken = await push.send(body(), { timeout: 60 }).then(
          () => true,
          () => false
        )
        if (taken) sent++
      }
      expect(push.trySend(body())).toBe(false)
      // What waits is bounded by recvBuffer, or by 256 messages; the rest is in the operating system and the sender.
      const { recvQueue } = pipes[0].stats()
      expect(recvQueue).toBeGreaterThan(0)
      expect(recvQueue * size).toBeLessThanOrEqual(4096 + 65_536)
      for (let i = 0; i < sent; i++) {
        const received = await pull.recv({ timeout: 5000 })
        if (received.length !== size || received[0] !== (i & 255)) expect.fail(`message ${i} is damaged`)
      }
      await Promise.all([push.close({ linger: 0 }), pull.close()])
    }
  }, 30_000)

  it('TR-15 few messages wait as such, however small they are; the rest waits as bytes', async () => {
    const pull = track(new Pull())
    const listening = await listenBytes()
    const dialer = pull.connect(listening.url)
    const peer = await listening.accept()
    await peer.greet(0x50)
    await dialer.whenConnected()
    peer.send(Buffer.alloc(8 * 20_000))
    await eventually(() => pull.stats().pipes[0]?.recvQueue === 256)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(pull.stats().pipes[0]?.recvQueue).toBe(256)
    let received = 0
    while (received < 20_000 && (await pull.recv()).length === 0) received++
    expect(received).toBe(20_000)
  })
})

describe('a socket with many pipes', () => {
  it('EP-22 EP-20 lists them with their endpoints', async () => {
    const bus = track(new Bus())
    const listener = await bus.bind(tcp)
    const others = track(new Bus(), new Bus())
    const dialers = await Promise.all(others.map(async (other) => bus.connect((await other.bind(tcp)).url)))
    await Promise.all(dialers.map((dialer) => dialer.whenConnected()))
    track(new Bus()).connect(listener.url)
    await bus.waitForPeers(3)
    expect(new Set(bus.peers.map(({ endpoint }) => endpoint))).toEqual(new Set([listener, ...dialers]))
    for (const dialer of dialers) expect(bus.peers).toContain(dialer.pipe)
  })

  it('a PAIR that loses its peer takes the next one', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(tcp)
    for (let i = 0; i < 3; i++) {
      const peer = track(new Pair())
      await peer.connect(url).whenConnected()
      await peer.send(String(i))
      expect(String(await pair.recv({ timeout: 5000 }))).toBe(String(i))
      const gone = nextEvent(pair, 'detach')
      await peer.close()
      await gone
    }
  })
})

it('takes nothing that its peer sends while it leaves', async () => {
  const [pull, push] = [new Pull(), new Push()]
  const { pipes } = await marry(pull, push)
  pull.on('detach', () => push.trySend('too late'))
  await pipes[0].close(0)
  expect(push.stats().messagesSent).toBe(1)
  expect([pull.tryRecv(), pull.stats().messagesReceived, pipes[0].stats().messagesReceived]).toEqual([undefined, 0, 0])
})
