/**
 * Every pattern between hubless and both C libraries, both ways, over every transport and in both directions of dialing,
 * with bodies around every internal boundary.
 */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { describe, expect, it } from 'vitest'
import { boundaryBodies, type PeerWord, peerLines, sizesOf } from './peers/body.ts'
import { everyMeeting, meet, requirePeers } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

const bodies = boundaryBodies()
const bodiesWithHeader = boundaryBodies(4)
const count = bodies.length
const timeout = 5000

/** What a peer has printed about messages, once it has got the last of them. */
async function printed(peer: PeerProcess, word: PeerWord): Promise<string[]> {
  await peer.line(`${word} ${count - 1} `)
  return peer.lines.filter((line) => line.startsWith(`${word} `))
}

interface Receiving {
  recv(options: { timeout: number }): Promise<Buffer>
}

async function receive(socket: Receiving): Promise<Buffer[]> {
  const received: Buffer[] = []
  while (received.length < count) received.push(await socket.recv({ timeout }))
  return received
}

describe.each(everyMeeting)('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)

  it('TR-20 COM-14 PAIR exchanges bodies of every size both ways', async () => {
    await using pair = new Pair()
    await using peer = await meet(pair, meeting, 'pair-echo', '--count', count)
    for (const body of bodies) await pair.send(body, { timeout })
    expect(peerLines('msg', await receive(pair))).toEqual(peerLines('msg', bodies))
    expect(await printed(peer, 'msg')).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-14 PUSH delivers bodies of every size to a PULL of the peer', async () => {
    await using push = new Push()
    await using peer = await meet(push, meeting, 'pull', '--count', count)
    for (const body of bodies) await push.send(body, { timeout })
    expect(await printed(peer, 'msg')).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-14 PULL receives bodies of every size from a PUSH of the peer', async () => {
    await using pull = new Pull()
    await using _peer = await meet(pull, meeting, 'push', '--size', sizesOf(bodies))
    expect(peerLines('msg', await receive(pull))).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-14 PUB delivers bodies of every size to a SUB of the peer', async () => {
    await using pub = new Pub()
    await using peer = await meet(pub, meeting, 'sub', '--count', count)
    for (const body of bodies) await pub.send(body)
    expect(await printed(peer, 'msg')).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-14 SUB receives bodies of every size from a PUB of the peer', async () => {
    await using sub = new Sub()
    sub.subscribe('')
    // a nanomsg PUB drops for a pipe that is busy
    const pace = ['--peers', 1, '--interval', 2]
    await using _peer = await meet(sub, meeting, 'pub', '--size', sizesOf(bodies), ...pace)
    expect(peerLines('msg', await receive(sub))).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-14 REQ asks a REP of the peer with bodies of every size', async () => {
    await using req = new Req()
    await using peer = await meet(req, meeting, 'rep', '--count', count)
    const replies: Buffer[] = []
    for (const body of bodiesWithHeader) replies.push(await req.request(body, { timeout }))
    expect(peerLines('reply', replies)).toEqual(peerLines('reply', bodiesWithHeader))
    expect(await printed(peer, 'request')).toEqual(peerLines('request', bodiesWithHeader))
  })

  it('TR-20 COM-14 REP answers a REQ of the peer with bodies of every size', async () => {
    await using rep = new Rep()
    void rep.serve(({ body }) => body)
    await using peer = await meet(rep, meeting, 'req', '--size', sizesOf(bodiesWithHeader))
    expect(await printed(peer, 'reply')).toEqual(peerLines('reply', bodiesWithHeader))
  })

  it('TR-20 COM-14 SURVEYOR asks a RESPONDENT of the peer with bodies of every size', async () => {
    await using surveyor = new Surveyor()
    await using peer = await meet(surveyor, meeting, 'respondent', '--count', count)
    const answers: Buffer[] = []
    for (const body of bodiesWithHeader) {
      for await (const answer of surveyor.survey(body, { deadline: timeout, count: 1 })) answers.push(answer.body)
    }
    expect(peerLines('answer', answers)).toEqual(peerLines('answer', bodiesWithHeader))
    expect(await printed(peer, 'survey')).toEqual(peerLines('survey', bodiesWithHeader))
  })

  it('TR-20 COM-14 RESPONDENT answers a SURVEYOR of the peer with bodies of every size', async () => {
    await using respondent = new Respondent()
    void respondent.serve(({ body }) => body)
    const surveys = ['--size', sizesOf(bodiesWithHeader), '--peers', 1, '--answers', 1, '--deadline', timeout]
    await using peer = await meet(respondent, meeting, 'surveyor', ...surveys)
    for (const _ of bodiesWithHeader) await peer.line('end')
    const expected = bodiesWithHeader.flatMap((body) => [peerLines('answer', [body])[0], 'end'])
    expect(peer.lines.filter((line) => /^(answer|end)/.test(line))).toEqual(expected)
  })

  it('TR-20 COM-14 BUS exchanges bodies of every size both ways', async () => {
    await using bus = new Bus()
    const pace = ['--peers', 1, '--interval', 2]
    await using peer = await meet(bus, meeting, 'bus', '--size', sizesOf(bodies), ...pace)
    for (const body of bodies) await bus.send(body)
    expect(peerLines('msg', await receive(bus))).toEqual(peerLines('msg', bodies))
    expect(await printed(peer, 'msg')).toEqual(peerLines('msg', bodies))
  })

  it('TR-20 COM-13 REQ makes 1000 requests one after the other', async () => {
    await using req = new Req()
    await using _peer = await meet(req, meeting, 'rep')
    for (let n = 0; n < 1000; n++) {
      const body = Buffer.alloc(n, n)
      expect((await req.request(body, { timeout })).equals(body)).toBe(true)
    }
  })

  it('TR-20 COM-13 REP answers 1000 requests one after the other', async () => {
    await using rep = new Rep()
    void rep.serve(({ body }) => body)
    await using peer = await meet(rep, meeting, 'req', '--count', 1000, '--size', '0,1,40,128,300,900')
    expect(await peer.line('ok')).toBe('ok 1000')
  })
})
