/** Pings: what keeps proxies from cutting, and notices a peer that is gone. */
import { Pair, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { code } from '../../helpers/messages.ts'
import { eventually, marry, nextEvent, recordEvents, track } from '../../helpers/sockets.ts'
import { acceptOf, connectFrames, frame, readHead } from './upgrade.ts'

const any = 'ws://127.0.0.1:0'
const never = { reconnectInterval: 60_000, reconnectIntervalMax: 60_000 }

describe('pings', () => {
  it('WS-34 come every interval, from both sides, unmasked and masked', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(any, { ws: { pingInterval: 20 } })
    const peer = await connectFrames(url)
    for (let i = 0; i < 3; i++) {
      expect(await peer.read(2)).toEqual(hex('89 00'))
      peer.send(frame(0x8a))
    }

    const server = await listenBytes()
    const dialing = track(new Pair(never))
    dialing.connect(server.url.replace('tcp', 'ws'), { ws: { pingInterval: 20 } })
    const other = await server.accept()
    const key = /Sec-WebSocket-Key: (\S+)/.exec(await readHead(other))?.[1] ?? ''
    other.send(
      Buffer.from(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${acceptOf(key)}\r\nSec-WebSocket-Protocol: pair.sp.nanomsg.org\r\n\r\n`
      )
    )
    expect((await other.read(6)).subarray(0, 2)).toEqual(hex('89 80'))
  })

  it('WS-34 that are not answered until the next end the pipe, with the reason', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(any, { ws: { pingInterval: 30 } })
    await connectFrames(url)
    const { reason, cause } = await nextEvent(pair, 'detach')
    expect(reason).toBe('connection-error')
    expect(String(cause)).toContain('did not answer a ping within 30 ms')
  })

  it('WS-34 are answered by any bytes: a peer that only sends messages stays', async () => {
    const pull = track(new Pull())
    const { url } = await pull.bind(any, { ws: { pingInterval: 50 } })
    const ended = recordEvents(pull, 'detach')
    const peer = await connectFrames(url, { headers: { 'Sec-WebSocket-Protocol': 'pull.sp.nanomsg.org' } })
    await pull.waitForPeers(1)
    for (let i = 0; i < 30; i++) {
      peer.send(frame(0x82, String(i)))
      expect(String(await pull.recv({ timeout: 2000 }))).toBe(String(i))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(ended).toEqual([])
    expect(peer.unread.length).toBeGreaterThan(0)
  })

  it('WS-34 keep a connection whose reader is stopped by back-pressure', async () => {
    const [push, pull] = [new Push({ sendBuffer: 65_536 }), new Pull({ recvBuffer: 65_536 })]
    const ws = { pingInterval: 20 }
    await marry(pull, push, any, { bind: { ws }, connect: { ws } })
    const ended = [recordEvents(pull, 'detach'), recordEvents(push, 'detach')]
    let sent = 0
    while (
      await push.send(Buffer.alloc(10_000), { timeout: 200 }).then(
        () => true,
        () => false
      )
    ) {
      sent++
    }
    expect(ended).toEqual([[], []])
    for (let i = 0; i < sent; i++) await pull.recv({ timeout: 2000 })
    await push.send('still there')
    await eventually(() => pull.tryRecv() !== undefined)
  })

  it('WS-34 are never sent for Infinity; other values are EINVAL', async () => {
    const pair = track(new Pair())
    const { url } = await pair.bind(any, { ws: { pingInterval: Number.POSITIVE_INFINITY } })
    const peer = await connectFrames(url)
    await pair.waitForPeers(1)
    await pair.send('only this')
    expect((await peer.read(2 + 9)).subarray(0, 2)).toEqual(hex('82 09'))
    for (const pingInterval of [0, -1, Number.NaN, '1s' as never]) {
      await expect(pair.bind(any, { ws: { pingInterval } })).rejects.toThrow(code('EINVAL'))
    }
  })
})
