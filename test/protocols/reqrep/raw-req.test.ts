/** Raw REQ: sends what it is given, in turn, and hands over what comes back with its whole stack. */
import { Rep } from 'hubless'
import { Rep as RawRep, Req as RawReq } from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { hex, listenBytes } from '../../helpers/bytes.ts'
import { frame, readFrame } from '../../helpers/frames.ts'
import { code, turns } from '../../helpers/messages.ts'
import { eventually, isPending, marry, recordEvents, track } from '../../helpers/sockets.ts'
import { idWord } from '../repliers.ts'
import { plainTransports } from '../transports.ts'

describe.each(plainTransports)('raw Req over $name', (transport) => {
  it('REQ-28 COM-17 [raw] waits without peers, and sends in call order when one attaches', async () => {
    const [req, rep] = track(new RawReq(), new Rep())
    expect(req.trySend({ header: idWord(1), body: 'x' })).toBe(false)
    await expect(req.send({ header: idWord(1), body: 'x' }, { timeout: 20 })).rejects.toEqual(code('ETIMEDOUT'))
    const sends = [1, 2, 3].map((n) => req.send({ header: idWord(n), body: `${n}` }))
    expect(await isPending(Promise.race(sends))).toBe(true)
    rep.serve(({ body }) => `re: ${body}`)
    const { pipes } = await marry(rep, req, transport.url(), transport)
    await Promise.all(sends)
    for (const n of [1, 2, 3]) {
      const { header, body, pipe } = await req.recv()
      expect([header, String(body), pipe]).toEqual([idWord(n), `re: ${n}`, pipes[1]])
    }
  })

  it('REQ-22 REQ-28 [raw] takes turns, and never sends anything again', async () => {
    const req = track(new RawReq())
    const dying = new RawRep()
    const other = track(new RawRep())
    await marry(req, dying, transport.url(), transport)
    await marry(req, other, transport.url(), transport)
    for (const n of [0, 1, 2, 3]) await req.send({ header: idWord(n), body: '' })
    const received = [await dying.recv(), await other.recv(), await dying.recv(), await other.recv()]
    expect(received.map(({ header }) => header.subarray(4))).toEqual([0, 1, 2, 3].map(idWord))
    await dying.close()
    await eventually(() => req.peers.length === 1)
    await turns(10)
    expect(other.tryRecv()).toBeUndefined()
  })

  it('REQ-28 [raw] validates nothing it sends: the REP drops and counts it', async () => {
    const [req, rep] = track(new RawReq(), new Rep())
    await marry(rep, req, transport.url(), transport)
    await req.send({ body: 'abc' })
    await req.send({ header: hex('00 00 00 01'), body: '' })
    await req.send({ header: idWord(1), body: 'fine' })
    expect(String(await rep.recv())).toBe('fine')
    expect(rep.stats().drops).toEqual({ malformed: 2 })
  })
})

describe('raw Req against bytes', () => {
  it('REQ-28 [raw] writes header and body as they are, and shows the whole stack of a reply', async () => {
    const peer = await listenBytes()
    const req = track(new RawReq())
    req.connect(peer.url)
    const stream = await peer.accept()
    expect(await stream.greet(0x31)).toEqual(hex('00 53 50 00 00 30 00 00'))
    await req.send({ header: hex('00 00 00 07 80 00 00 01'), body: hex('41') })
    expect(await readFrame(stream)).toEqual(hex('00 00 00 07 80 00 00 01 41'))
    stream.send(frame('00 00 00 09  00 00 00 07  80 00 00 01  42'))
    const { header, body } = await req.recv()
    expect(header).toEqual(hex('00 00 00 09 00 00 00 07 80 00 00 01'))
    expect(body).toEqual(hex('42'))
  })

  it('REQ-24 [raw] drops and counts a reply without end of stack; the pipe stays', async () => {
    const peer = await listenBytes()
    const req = track(new RawReq())
    req.connect(peer.url)
    const stream = await peer.accept()
    await stream.greet(0x31)
    const drops = recordEvents(req, 'drop')
    for (const bad of ['', '80 00 00', '00 00 00 01', '00 00 00 01 41']) stream.send(frame(bad))
    stream.send(frame('80 00 00 05 4f 4b'))
    expect(String((await req.recv()).body)).toBe('OK')
    expect(drops.map(({ reason, size }) => [reason, size])).toEqual([
      ['malformed', 0],
      ['malformed', 3],
      ['malformed', 4],
      ['malformed', 5]
    ])
    expect(req.peers.length).toBe(1)
  })

  it('REQ-24 [raw] a reply of a million words without end is refused in no time', async () => {
    const peer = await listenBytes()
    const req = track(new RawReq())
    req.connect(peer.url)
    const stream = await peer.accept()
    await stream.greet(0x31)
    stream.send(frame(new Uint8Array(2 ** 20)))
    stream.send(frame('80 00 00 01'))
    expect((await req.recv()).body.length).toBe(0)
    expect(req.stats().drops).toEqual({ malformed: 1 })
  })
})
