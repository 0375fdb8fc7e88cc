/** A peer that breaks the rules, on either side: what waits for it still leaves, then a Close says what was wrong. */
import { Pair, Pull } from 'hubless'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { nextEvent, recordEvents, track } from '../../helpers/sockets.ts'

const never = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }

interface Meeting {
  readonly pair: Pair
  /** Our peer, as `ws` has it. */
  readonly peer: WebSocket
  close(): void
}

/** We dial, or listen. */
async function meet(dialing: boolean): Promise<Meeting> {
  const pair = track(new Pair({ ...never, sendBuffer: 64e6 }))
  if (!dialing) {
    const { url } = await pair.bind('ws://127.0.0.1:0')
    const peer = new WebSocket(url, 'pair.sp.nanomsg.org')
    await new Promise((resolve) => peer.once('open', resolve))
    await pair.waitForPeers(1)
    return { pair, peer, close: () => peer.terminate() }
  }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'pair.sp.nanomsg.org' })
  await new Promise((resolve) => server.once('listening', resolve))
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  const { port } = server.address() as { port: number }
  pair.connect(`ws://127.0.0.1:${port}`)
  const peer = await connected
  await pair.waitForPeers(1)
  return { pair, peer, close: () => void server.close(peer.terminate.bind(peer)) }
}

/** Bytes that `ws` would not send, past it. */
const smuggle = (peer: WebSocket, bytes: Uint8Array): void => {
  ;(peer as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(bytes)
}

describe.each([
  ['a dialer', true],
  ['a listener', false]
])('%s whose peer breaks the rules', (_title, dialing) => {
  const mask = dialing ? [] : [0, 0, 0, 0]
  const flag = dialing ? 0 : 0x80

  it.each([
    ['reserved bits', [0xf2, flag | 1, ...mask, 0x41], 1002, 'malformed'],
    ['text that is not UTF-8', [0x81, flag | 1, ...mask, 0xff], 1007, 'malformed'],
    ['a message that is too big', [0x82, flag | 127, 0, 0, 0, 0, 0, 0x20, 0, 0, ...mask], 1009, 'too-big']
  ])('WS-23 loses nothing that waits for it: %s', async (_what, bytes, code, reason) => {
    const { pair, peer, close } = await meet(dialing)
    let received = 0
    peer.on('message', () => received++)
    peer.on('error', () => {})
    peer.pause()
    for (let i = 0; i < 20; i++) pair.trySend(Buffer.alloc(300_000))
    const ended = nextEvent(pair, 'detach')
    smuggle(peer, Uint8Array.from(bytes))
    expect((await ended).reason).toBe(reason)
    const closed = new Promise((resolve) => peer.once('close', resolve))
    peer.resume()
    expect(await closed).toBe(code)
    expect(received).toBe(20)
    close()
  })
})

it('TR-08 a message that is too big and comes with the answer to the upgrade is counted', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'push.sp.nanomsg.org' })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.send(Buffer.alloc(2 ** 21))
  })
  const pull = track(new Pull(never))
  const drops = recordEvents(pull, 'drop')
  const ended = nextEvent(pull, 'detach')
  pull.connect(`ws://127.0.0.1:${(server.address() as { port: number }).port}`)
  expect((await ended).reason).toBe('too-big')
  expect(drops).toMatchObject([{ reason: 'too-big', size: 2 ** 21, limit: 2 ** 20 }])
  for (const client of server.clients) client.terminate()
  server.close()
})
