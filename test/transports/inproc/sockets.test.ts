/** What sockets notice of inproc: nothing but its speed. The bytes are the sender's own, and all else is as over TCP. */
import { Bus, Pull, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { fill, numberOf, sized } from '../../helpers/messages.ts'
import { eventually, inprocUrl, isPending, marry, recordEvents, track } from '../../helpers/sockets.ts'

describe('sockets over inproc', () => {
  it('INP-05 get the very bytes that were sent, without copy', async () => {
    const [push, pull] = [new Push(), new Pull()]
    await marry(pull, push)
    const large = Buffer.alloc(1 << 20)
    const part = Buffer.from('0123456789').subarray(3, 7)
    for (const body of [Buffer.from('small'), large, part, Buffer.alloc(0)]) {
      await push.send(body)
      expect(await pull.recv()).toBe(body)
    }
    const view = new Uint16Array([1, 2, 3])
    await push.send(view)
    const received = await pull.recv()
    view[0] = 0x0909
    expect(received).toEqual(Buffer.from(view.buffer))
    expect(received.buffer).toBe(view.buffer)
  })

  it('INP-05 get the very bytes of replies, and of requests that are never sent again', async () => {
    const [req, rep] = [new Req({ retry: false }), new Rep()]
    await marry(rep, req)
    const [question, answer] = [Buffer.from('?'), Buffer.from('!')]
    await req.send(question)
    expect(await rep.recv()).toBe(question)
    await rep.send(answer)
    expect(await req.recv()).toBe(answer)
  })

  it('INP-06 bound what waits: one recv frees room for a waiting send', async () => {
    const [push, pull] = [new Push({ sendBuffer: 100 }), new Pull({ recvBuffer: 100 })]
    await marry(pull, push)
    const body = Buffer.alloc(50)
    let accepted = 0
    while (push.trySend(body)) accepted++
    expect(accepted).toBe(4)
    const sending = push.send(body)
    expect(await isPending(sending)).toBe(true)
    await pull.recv()
    await sending
    for (let i = 0; i < 4; i++) expect(pull.tryRecv()).toHaveLength(50)
    expect(pull.tryRecv()).toBeUndefined()
  })

  it('INP-06 let a message pass that is larger than both buffers', async () => {
    const [push, pull] = [new Push({ sendBuffer: 10 }), new Pull({ recvBuffer: 10 })]
    await marry(pull, push)
    for (let i = 0; i < 5; i++) {
      await push.send(Buffer.alloc(1000), { timeout: 5000 })
      expect(await pull.recv({ timeout: 5000 })).toHaveLength(1000)
    }
  })

  it('INP-07 run no code of the receiver before send returns', async () => {
    const [bus, other] = [new Bus(), new Bus()]
    await marry(bus, other)
    const events: string[] = []
    void other.recv().then(() => events.push('recv'))
    void other.recvMessage().then(() => events.push('recvMessage'))
    const loop = (async () => {
      for await (const body of other) events.push(`loop ${body}`)
    })()
    for (const text of ['1', '2', '3', '4']) {
      const promise = bus.send(text)
      events.push(`sent ${text}`)
      await promise
    }
    bus.trySend('5')
    events.push('sent 5')
    await eventually(() => events.length === 10)
    for (const [sent, received] of [
      ['sent 1', 'recv'],
      ['sent 2', 'recvMessage'],
      ['sent 3', 'loop 3'],
      ['sent 5', 'loop 5']
    ] as const) {
      expect(events.indexOf(sent)).toBeLessThan(events.indexOf(received))
    }
    await other.close()
    await loop
  })

  it('INP-07 run no handler of a server before the request was sent', async () => {
    const [req, rep] = [new Req(), new Rep()]
    await marry(rep, req)
    let handled = false
    void rep.serve(() => {
      handled = true
      return 'done'
    })
    const reply = req.request('now')
    expect(handled).toBe(false)
    expect(String(await reply)).toBe('done')
  })

  /** What one course of events looks like from both ends, addresses aside. */
  async function story(url: string): Promise<unknown> {
    const push = new Push({ sendBuffer: 1000, reconnectInterval: 10_000 })
    const pull = new Pull({ recvMaxSize: 500 })
    const seen: unknown[] = []
    for (const [who, socket] of [
      ['push', push],
      ['pull', pull]
    ] as const) {
      socket.on('attach', ({ pipe }) => seen.push([who, 'attach', pipe.peerProtocol]))
      socket.on('detach', ({ reason }) => seen.push([who, 'detach', reason]))
      socket.on('drop', ({ reason, count, size, limit }) => seen.push([who, 'drop', reason, count, size, limit]))
      socket.on('reject', ({ reason }) => seen.push([who, 'reject', reason]))
    }
    const { listener } = await marry(pull, push, url)
    for (const size of [0, 3, 500]) await push.send(Buffer.alloc(size))
    for (const size of [0, 3, 500]) expect(await pull.recv({ timeout: 5000 })).toHaveLength(size)
    const wrong = track(new Req({ reconnectInterval: 10_000 }))
    const refused = recordEvents(wrong, 'reject')
    wrong.connect(listener.url)
    await eventually(() => refused.length === 1)
    await push.send(Buffer.alloc(501))
    await eventually(() => push.peers.length === 0 && pull.peers.length === 0)
    const stats = [push, pull].map((socket) => {
      const { name, endpoints, ...counters } = socket.stats()
      return { ...counters, endpoints: endpoints.map(({ url: _url, ...rest }) => rest) }
    })
    // Who notices first is the network's business.
    return { seen: seen.map((event) => JSON.stringify(event)).sort(), stats }
  }

  it('INP-08 STAT-07 give the same events, limits and statistics as over TCP', async () => {
    expect(await story(inprocUrl())).toEqual(await story('tcp://127.0.0.1:0'))
  })

  it('INP-08 press back as over TCP: a reader that stops stops the sender, and one that goes on gets everything', async () => {
    for (const url of [inprocUrl(), 'tcp://127.0.0.1:0']) {
      const [push, pull] = [new Push({ sendBuffer: 100_000 }), new Pull({ recvBuffer: 100_000 })]
      await marry(pull, push, url)
      const accepted = await fill(push, 10_000, 3000)
      const late = push.send(sized(accepted, 10_000))
      for (let i = 0; i <= accepted; i++) expect(numberOf(await pull.recv({ timeout: 5000 }))).toBe(i)
      await late
    }
  })
})
