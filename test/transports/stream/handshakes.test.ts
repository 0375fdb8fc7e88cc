/** Handshakes in progress: each is followed by its own connection, whatever address and port it comes from. */
import { connect, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { Pull } from 'hubless'
import { afterEach, describe, expect, it } from 'vitest'
import { hex } from '../../helpers/bytes.ts'
import { localTls } from '../../helpers/certificates.ts'
import { eventually, recordEvents, track } from '../../helpers/sockets.ts'
import { upgradeRequest } from '../ws/upgrade.ts'

/** On Linux all of 127/8 is local. */
const manyLoopbacks = process.platform === 'linux'
const streams = new Set<Socket>()

afterEach(() => {
  for (const stream of streams) stream.destroy()
  streams.clear()
})

function open(port: number, host: string, localPort?: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stream: Socket = connect({
      port,
      host,
      localAddress: '127.0.0.1',
      ...(localPort !== undefined && { localPort })
    })
    streams.add(stream)
    stream.once('error', reject).once('connect', () => {
      stream.off('error', reject).on('error', () => {})
      resolve(stream)
    })
  })
}

const hello = hex('00 53 50 00 00 50 00 00')
const upgrade = upgradeRequest({ headers: { 'Sec-WebSocket-Protocol': 'pull.sp.nanomsg.org' } })
type Greet = (stream: Socket) => void

const plain = (greeting: Buffer): Greet => {
  return (stream) => {
    stream.write(greeting)
  }
}
const encrypted = (greeting: Buffer): Greet => {
  return (stream) => {
    const secure = connectSecure({ socket: stream, rejectUnauthorized: false })
    secure.on('error', () => {})
    secure.once('secureConnect', () => {
      secure.write(greeting)
    })
  }
}

const cases: readonly (readonly [scheme: string, secure: boolean, greet: Greet])[] = [
  ['tcp', false, plain(hello)],
  ['ws', false, plain(upgrade)],
  ['tls+tcp', true, encrypted(hello)],
  ['wss', true, encrypted(upgrade)]
]

describe.skipIf(!manyLoopbacks).each(cases)('handshakes over %s', (scheme, secure, greet) => {
  it('HOST-20 of one port towards two addresses end each on its own', async () => {
    const pull = track(new Pull({ handshakeTimeout: 300, ...(secure && localTls().bind) }))
    const { url } = await pull.bind(`${scheme}://*:0`)
    const port = Number(url.split(':').at(-1))
    const [attached, detached] = [recordEvents(pull, 'attach'), recordEvents(pull, 'detach')]
    const rejects = recordEvents(pull, 'reject')
    const first = await open(port, '127.0.0.1')
    const silent = await open(port, '127.0.0.2', first.localPort)
    const over = new Promise((resolve) => silent.once('close', resolve))
    silent.resume()
    greet(first)
    await eventually(() => attached.length === 1)
    await over
    expect(rejects.map(({ reason }) => reason)).toEqual(['handshake-timeout'])
    expect(pull.peers).toHaveLength(1)
    expect(detached).toEqual([])
  })

  it('HOST-20 that are reset at once are counted once each, and nothing later', async () => {
    const pull = track(new Pull({ handshakeTimeout: 100, ...(secure && localTls().bind) }))
    const { url } = await pull.bind(`${scheme}://127.0.0.1:0`)
    const rejects = recordEvents(pull, 'reject')
    const port = Number(url.split(':').at(-1))
    for (const stream of await Promise.all(Array.from({ length: 10 }, () => open(port, '127.0.0.1')))) {
      stream.resetAndDestroy()
    }
    await eventually(() => rejects.length === 10)
    // One that comes later is given up later, so that a deadline of the others would show before.
    const last = await open(port, '127.0.0.1')
    last.resume()
    await eventually(() => rejects.length === 11)
    expect(rejects.slice(0, 10).map(({ reason }) => reason)).toEqual(new Array(10).fill(secure ? 'tls' : 'closed'))
  })
})
