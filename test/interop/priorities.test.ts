/**
 * Priorities between hubless and the C libraries: the first class takes everything, another one stands in while it is
 * away, and the first takes over again when it is back. nng has no priorities, so only nanomsg has them over hubless.
 */
import { type Dialer, type Listener, Pull, Push, Rep, Req, type Socket } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, nextEvent } from '../helpers/sockets.ts'
import { type Meeting, meetings, ownUrl, requirePeers, startPeer, theirUrl, transportNames } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

const timeout = 5000
const quick = { reconnectInterval: 10, reconnectIntervalMax: 20 }

/** A place for a C worker: an endpoint of the socket with a priority, and how to start a worker there. */
async function place(socket: Socket, { peer, transport, hubless }: Meeting, sendPriority: number, command: string) {
  const url = hubless === 'binds' ? ownUrl(transport) : await theirUrl(transport)
  const endpoint: Listener | Dialer =
    hubless === 'binds' ? await socket.bind(url, { sendPriority }) : socket.connect(url, { sendPriority, ...quick })
  const start = async (): Promise<PeerProcess> => {
    const worker = startPeer(peer, command, hubless === 'binds' ? '--connect' : '--bind', endpoint.url, '--show')
    await eventually(() => socket.peers.some((pipe) => pipe.endpoint === endpoint))
    return worker
  }
  return { endpoint, start }
}

/** Kills a worker; resolves once the socket has noticed. */
async function kill(worker: PeerProcess, socket: Socket): Promise<void> {
  const detached = nextEvent(socket, 'detach')
  worker.kill('SIGKILL')
  await detached
}

describe.each(meetings)('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)

  it('COM-47 COM-50 PUSH prefers a C worker of class 1, fails over to class 2 and back', async () => {
    await using push = new Push()
    const [first, second] = [await place(push, meeting, 1, 'pull'), await place(push, meeting, 2, 'pull')]
    await using spare = await second.start()
    await using preferred = await first.start()
    expect(push.stats().currentSendPriority).toBe(1)
    for (const text of ['a1', 'a2', 'a3']) await push.send(text)
    await preferred.line(/a3$/)
    await kill(preferred, push)
    expect(push.stats().currentSendPriority).toBe(2)
    for (const text of ['b1', 'b2']) await push.send(text)
    await spare.line(/b2$/)
    await using restarted = await first.start()
    for (const text of ['c1', 'c2']) await push.send(text)
    await restarted.line(/c2$/)
    expect(textsOf(preferred)).toEqual(['a1', 'a2', 'a3'])
    expect(textsOf(spare)).toEqual(['b1', 'b2'])
    expect(textsOf(restarted)).toEqual(['c1', 'c2'])
  })

  it('COM-47 COM-50 REQ prefers a C replier of class 1, fails over to class 2 and back', async () => {
    await using req = new Req()
    const [first, second] = [await place(req, meeting, 1, 'rep'), await place(req, meeting, 2, 'rep')]
    await using spare = await second.start()
    await using preferred = await first.start()
    for (const text of ['a1', 'a2', 'a3']) await req.request(text, { timeout })
    await kill(preferred, req)
    for (const text of ['b1', 'b2']) await req.request(text, { timeout })
    await using restarted = await first.start()
    for (const text of ['c1', 'c2']) await req.request(text, { timeout })
    await Promise.all([preferred.line(/a3$/), spare.line(/b2$/), restarted.line(/c2$/)])
    expect(textsOf(preferred)).toEqual(['a1', 'a2', 'a3'])
    expect(textsOf(spare)).toEqual(['b1', 'b2'])
    expect(textsOf(restarted)).toEqual(['c1', 'c2'])
  })
})

/** The messages a worker with `--show` has printed. */
function textsOf(worker: PeerProcess): string[] {
  return worker.lines.filter((line) => /^(msg|request) /.test(line)).map((line) => line.split(' ')[4] ?? '')
}

/** The number of a body that a peer made for `--size 1`, modulo 256: 223 is the inverse of 31. */
function numberOf(body: Buffer): number {
  return ((body[0] ?? 0) * 223) & 0xff
}

describe.each(transportNames)('nanomsg over %s, with priorities over hubless workers:', (transport) => {
  requirePeers('nanomsg')

  const endless = ['--peers', 2, '--count', 100_000, '--interval', 5, '--size', 1]

  /** Arguments that connect a peer to both sockets, the second one with a lower class. */
  async function inClasses(first: Socket, second: Socket): Promise<{ url: string; classes: string[] }> {
    const { url } = await first.bind(ownUrl(transport))
    const spareUrl = (await second.bind(ownUrl(transport))).url
    return { url, classes: ['--prio-connect', `2=${spareUrl}`, '--prio-connect', `1=${url}`] }
  }

  it('TR-20 PUSH prefers class 1, fails over to class 2 and back', async () => {
    await using spare = new Pull()
    await using preferred = new Pull()
    const { url, classes } = await inClasses(preferred, spare)
    await using _push = startPeer('nanomsg', 'push', ...classes, ...endless)
    const expectRun = async (pull: Pull, from?: number): Promise<void> => {
      const first = from ?? numberOf(await pull.recv({ timeout }))
      const start = from ?? first + 1
      for (let i = 0; i < 5; i++) expect(numberOf(await pull.recv({ timeout }))).toBe((start + i) & 0xff)
    }
    await expectRun(preferred, 0)
    expect(spare.tryRecv()).toBeUndefined()
    // what was on its way to the closed socket is lost, so the next ones start anywhere
    await preferred.close({ linger: 0 })
    await expectRun(spare)
    await using back = new Pull()
    await back.bind(url)
    await expectRun(back)
  })

  it('TR-20 REQ prefers class 1, fails over to class 2 and back', async () => {
    await using spare = new Rep()
    await using preferred = new Rep()
    const { url, classes } = await inClasses(preferred, spare)
    await using req = startPeer('nanomsg', 'req', ...classes, ...endless)
    const serve = (rep: Rep): number[] => {
      const numbers: number[] = []
      void rep.serve(({ body }) => {
        numbers.push(numberOf(body))
        return body
      })
      return numbers
    }
    const atSpare = serve(spare)
    const atPreferred = serve(preferred)
    await eventually(() => atPreferred.length >= 5)
    expect(atSpare).toEqual([])
    await preferred.close({ linger: 0 })
    await eventually(() => atSpare.length >= 5)
    await using back = new Rep()
    const atBack = serve(back)
    await back.bind(url)
    await eventually(() => atBack.length >= 5)
    // no number is missing: what the closed one left unanswered went to the next class
    const numbers = new Set([...atPreferred, ...atSpare, ...atBack])
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from(numbers, (_, n) => n))
    expect(req.lines.filter((line) => line.startsWith('bad'))).toEqual([])
  })
})
