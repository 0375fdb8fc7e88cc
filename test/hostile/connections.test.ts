/** Connections that waste what a listener has: silent, slow, boastful or broken off. */
import { connect, type Socket as NetSocket } from 'node:net'
import { Pull, Push } from 'hubless'
import { afterEach, describe, expect, it } from 'vitest'
import { connectBytes, hex, listenBytes } from '../helpers/bytes.ts'
import { memoryInUse } from '../helpers/memory.ts'
import { turns } from '../helpers/messages.ts'
import { openPeer, peerOf, plainUrl } from '../helpers/peers.ts'
import { eventually, nextEvent, recordEvents, type TransportCase, track, transportCases } from '../helpers/sockets.ts'

const patience = { timeout: 10_000 }
const pushHello = hex('00 53 50 00 00 50 00 00')

const crowd: NetSocket[] = []

afterEach(() => {
  for (const stream of crowd.splice(0)) stream.destroy()
})

/** So many bare connections, which say `greeting`. */
async function gather(url: string, count: number, greeting?: Uint8Array): Promise<readonly NetSocket[]> {
  const { hostname, port } = new URL(url.replace('tcp:', 'http:'))
  const connections = Array.from({ length: count }, () => {
    const stream = connect({ host: hostname, port: Number(port) })
    stream.on('error', () => {})
    crowd.push(stream)
    return new Promise<NetSocket>((resolve) => stream.once('connect', () => resolve(stream)))
  })
  const streams = await Promise.all(connections)
  for (const stream of streams) {
    stream.resume()
    if (greeting !== undefined) stream.write(greeting)
  }
  return streams
}

describe('a crowd', { timeout: 30_000 }, () => {
  it('HOST-03 of 1000 silent connections keeps no good client out, and is sent away at handshakeTimeout', async () => {
    const pull = track(new Pull({ handshakeTimeout: 2000 }))
    const rejected = recordEvents(pull, 'reject')
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const began = performance.now()
    const streams = await gather(url, 1000)
    const push = track(new Push())
    await push.connect(url).whenConnected(patience)
    await push.send('good')
    expect(String(await pull.recv(patience))).toBe('good')
    expect(rejected.length).toBeLessThan(1000)
    await eventually(() => streams.every((stream) => stream.destroyed), 20_000)
    expect(performance.now() - began).toBeGreaterThanOrEqual(1990)
    expect(rejected).toHaveLength(1000)
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(['handshake-timeout']))
    expect(pull.stats()).toMatchObject({ acceptedConnections: 1001, brokenConnections: 1000, currentConnections: 1 })
  })

  it('HOST-05 of 1000 connections that announce a message of maximum size and send nothing costs no such memory', async () => {
    const limit = 100 * 1024 * 1024
    const pull = track(new Pull({ recvMaxSize: limit }))
    const { url } = await pull.bind('tcp://127.0.0.1:0')
    const announced = Buffer.alloc(8)
    announced.writeUInt32BE(limit, 4)
    const before = await memoryInUse()
    await gather(url, 1000, Buffer.concat([pushHello, announced, Buffer.from('x')]))
    await pull.waitForPeers(1000, patience)
    await turns(20)
    // Both ends of every connection live in this process.
    expect((await memoryInUse()) - before).toBeLessThan(1000 * 60_000)
    expect(pull.peers).toHaveLength(1000)
  })
})

describe.each(['tcp', 'ipc'])('a slow peer over %s', (name) => {
  it('HOST-04 that sends a hello of one byte per 100 ms does not outlive handshakeTimeout', async () => {
    const transport = transportCases.find((entry) => entry.name === name) as TransportCase
    const pull = track(new Pull({ handshakeTimeout: 350 }))
    const rejected = nextEvent(pull, 'reject')
    const { url } = await pull.bind(transport.url())
    const began = performance.now()
    const peer = await connectBytes(url)
    let sent = 0
    const dripping = setInterval(() => {
      peer.send(pushHello.subarray(sent, sent + 1))
      sent++
    }, 100)
    await peer.closed
    clearInterval(dripping)
    expect(performance.now() - began).toBeGreaterThanOrEqual(348)
    expect(sent).toBeLessThan(8)
    expect((await rejected).reason).toBe('handshake-timeout')
  })
})

/** The open streams of this process. */
function streams(): number {
  return process
    .getActiveResourcesInfo()
    .filter((resource) => /^(TCP|TLS|Pipe|TCPSocket|PipeSocket).*Wrap$/.test(resource)).length
}

describe.each(transportCases.filter(({ name }) => name !== 'inproc' && name !== 'thread'))(
  'a reset over $name',
  (transport) => {
    const make = peerOf(transport)
    if (make === undefined) throw new Error(`nobody plays the peer over ${transport.name}`)
    const secure = transport.bind !== undefined
    // Inside TLS the greeting is the beginning of a ClientHello.
    const greeting = secure
      ? hex('16 03 01 02 00 01 00 01 fc 03 03')
      : make.request({ server: 'pull', peer: 0x50 }, []).greeting

    it('HOST-09 in the middle of a handshake gives one event and no leak', async () => {
      const pull = track(new Pull())
      const rejected = recordEvents(pull, 'reject')
      const attached = recordEvents(pull, 'attach')
      const { url } = await pull.bind(transport.url(), transport.bind)
      await turns(5)
      const before = streams()
      for (let round = 1; round <= 10; round++) {
        const peer = await connectBytes(plainUrl(url))
        peer.send(greeting.subarray(0, -2))
        await turns(2)
        peer.reset()
        await eventually(() => rejected.length >= round)
      }
      await eventually(() => streams() <= before)
      expect(rejected).toHaveLength(10)
      expect(attached).toEqual([])
      expect(pull.stats()).toMatchObject({ acceptedConnections: 10, brokenConnections: 10, currentConnections: 0 })
    })

    it('HOST-09 in the middle of a handshake gives a dialer one event and a retry', async () => {
      const server = await listenBytes(transport.name === 'ipc' ? 'ipc' : 'tcp')
      const push = track(new Push({ reconnectInterval: 5, reconnectIntervalMax: 5 }))
      const [rejected, retried] = [recordEvents(push, 'reject'), recordEvents(push, 'retry')]
      push.connect(server.url.replace(/^[a-z]+/, transport.url().replace(/:\/\/.*/, '')), transport.connect)
      for (let round = 1; round <= 5; round++) {
        const peer = await server.accept()
        await eventually(() => (secure ? peer.unread.length > 0 : make.ready(peer.unread)))
        if (!secure) {
          peer.send(make.response({ server: 'pull', peer: 0x51 }, [], peer.unread).greeting.subarray(0, -2))
          await turns(2)
        }
        peer.reset()
        await eventually(() => retried.length >= round)
        expect([rejected.length, retried.length]).toEqual([round, round])
      }
      expect(push.peers).toEqual([])
    })

    it('HOST-09 in the middle of a frame gives one event, one counted loss and no leak', async () => {
      const pull = track(new Pull())
      const [detached, dropped] = [recordEvents(pull, 'detach'), recordEvents(pull, 'drop')]
      const { url } = await pull.bind(transport.url(), transport.bind)
      await turns(5)
      const before = streams()
      const talk = make.request({ server: 'pull', peer: 0x50 }, [Buffer.from('cut off')])
      for (let round = 1; round <= 5; round++) {
        const attached = nextEvent(pull, 'attach')
        const peer = await openPeer(url)
        peer.send(Buffer.concat([talk.greeting, talk.frames.subarray(0, -2)]))
        await attached
        await turns(5)
        // A TLS socket cannot be reset; it breaks off without saying so.
        if (secure) peer.destroy()
        else peer.reset()
        await eventually(() => detached.length >= round)
      }
      await eventually(() => streams() <= before)
      expect(detached).toHaveLength(5)
      expect(dropped.map(({ reason }) => reason)).toEqual(Array(5).fill('truncated'))
      expect(pull.stats().currentConnections).toBe(0)
    })
  }
)
