/**
 * Messages at and above the receive limit, both ways, and large ones with the limit raised. Whoever refuses a message
 * closes the connection; whoever dialed comes back, and later messages pass.
 */
import { Pair, Push, Rep, Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { nextEvent, recordEvents } from '../helpers/sockets.ts'
import { peerBody, peerLine } from './peers/body.ts'
import { meet, meetings, pairings, requirePeers, startBound, theirUrl } from './peers/matrix.ts'

const timeout = 5000

describe.each(meetings)('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)

  it('TR-08 TR-10 hubless refuses more than recvMaxSize from a peer, and takes what comes after', async () => {
    await using pair = new Pair({ recvMaxSize: 100 })
    await using _echo = await meet(pair, meeting, 'pair-echo')
    for (const size of [98, 99, 100]) {
      await pair.send(peerBody(size, size), { timeout })
      expect(await pair.recv({ timeout })).toEqual(peerBody(size, size))
    }
    const dropped = nextEvent(pair, 'drop')
    const detached = nextEvent(pair, 'detach')
    await pair.send(peerBody(0, 101))
    const { pipe, reason } = await detached
    expect(reason).toBe('too-big')
    expect(await dropped).toEqual({ reason: 'too-big', count: 1, size: 101, limit: 100, pipe })
    await pair.send('after', { timeout })
    expect(`${await pair.recv({ timeout })}`).toBe('after')
    expect(pair.stats().drops).toEqual({ 'too-big': 1 })
  })

  it('TR-13 every power of two up to 1 MiB passes both ways, and 4 MB with the limits raised', async () => {
    await using pair = new Pair({ recvMaxSize: Number.POSITIVE_INFINITY })
    await using _echo = await meet(pair, meeting, 'pair-echo', '--maxsize', -1)
    for (const size of [...Array.from({ length: 21 }, (_, i) => 2 ** i), 4_000_000]) {
      const body = peerBody(size, size)
      await pair.send(body, { timeout })
      expect((await pair.recv({ timeout })).equals(body)).toBe(true)
    }
  })

  it('REQ-26 a body of 1 MiB less 4 passes the limit of a REP, 1 MiB does not, and the refusal shows on the REP', async () => {
    await using rep = new Rep()
    void rep.serve(({ body }) => body)
    const drop = nextEvent(rep, 'drop')
    await using req = await meet(rep, meeting, 'req', '--size', '1048572,1048576', '--timeout', timeout)
    expect(await req.line('reply')).toBe(peerLine('reply', 0, peerBody(0, 1048572)))
    expect(await drop).toMatchObject({ reason: 'too-big', size: 1048580, limit: 1048576 })
    expect(rep.stats().drops['too-big']).toBeGreaterThanOrEqual(1)
  })
})

describe.each(pairings)('%s:', (_title, { peer, transport }) => {
  requirePeers(peer)

  it('REQ-26 copies of a request that the REP refuses follow reconnections, never in a tight loop', async () => {
    const url = await theirUrl(transport)
    await using rep = await startBound(peer, 'rep', '--bind', url, '--maxsize', 1048576)
    await using req = new Req()
    const attaches = recordEvents(req, 'attach')
    const retries = recordEvents(req, 'retry')
    req.connect(url)
    await req.request(Buffer.alloc(1048572), { timeout })
    await expect(req.request(Buffer.alloc(1048576), { timeout: 700 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(retries.length).toBeGreaterThanOrEqual(2)
    expect(retries.every(({ delay }) => delay >= 75)).toBe(true)
    // one copy for each connection; the last may have come after the request was given up
    expect(attaches.slice(0, -1).map(({ pipe }) => pipe.stats().messagesSent)).toEqual([
      2,
      ...attaches.slice(2).map(() => 1)
    ])
    expect(`${await req.request('small', { timeout })}`).toBe('small')
    expect(await rep.line('request')).toBe(peerLine('request', 0, Buffer.alloc(1048572)))
    expect(await rep.line('request')).toBe(peerLine('request', 1, Buffer.from('small')))
  })
})

/** nanomsg that dialed never recovers: what it had read of the refused message it takes for the hello of the next peer. */
const recovering = meetings.filter(([, { peer, hubless }]) => peer !== 'nanomsg' || hubless === 'connects')

describe.each(recovering)('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)

  it('TR-20 a peer refuses more than its limit from hubless, and takes what comes after', async () => {
    await using push = new Push()
    await using pull = await meet(push, meeting, 'pull', '--maxsize', 100)
    await push.send(peerBody(0, 100))
    await pull.line(peerLine('msg', 0, peerBody(0, 100)))
    const detached = nextEvent(push, 'detach')
    await push.send(peerBody(1, 101))
    // the peer did not read it, so over TCP the connection may end with a reset
    expect((await detached).reason).toMatch(/^(closed-by-peer|connection-error)$/)
    await push.send('after', { timeout })
    expect(await pull.line('msg')).toBe(peerLine('msg', 1, Buffer.from('after')))
  })
})
