/**
 * Devices in a line with the C libraries: a hubless device between C peers, and a C device between hubless sockets.
 * Every device joins two transports. Chains and the hop limit are in `hops.test.ts`.
 */
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import * as raw from 'hubless/raw'
import { describe, expect, it } from 'vitest'
import { track } from '../helpers/sockets.ts'
import { boundaryBodies, peerLine, peerLines, sizesOf } from './peers/body.ts'
import {
  everyTransport,
  type Library,
  libraries,
  ownUrl,
  requirePeers,
  startBound,
  startPeer,
  type TransportName,
  theirUrl
} from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

type Forwarder = Socket & Parameters<typeof raw.device>[0]

const timeout = 5000
const bodies = boundaryBodies()
/** A request that passed a device has two words in front of it. */
const bodiesWithHeader = boundaryBodies(8)
const count = bodies.length
const sizes = ['--size', sizesOf(bodies)]
const sizesWithHeader = ['--size', sizesOf(bodiesWithHeader)]
/** A nanomsg PUB or BUS drops for a pipe that is busy. */
const pace = ['--peers', 1, '--interval', 5]

/** Each transport in front of the next one. */
const crossings = libraries.flatMap((peer) =>
  everyTransport.map((front, i): [string, { peer: Library; front: TransportName; back: TransportName }] => {
    const back = everyTransport[(i + 1) % everyTransport.length] ?? front
    return [`${peer}, ${front} to ${back}`, { peer, front, back }]
  })
)

describe.each(crossings)('a hubless device between C peers, %s:', (_title, { peer, front, back }) => {
  requirePeers(peer)

  /** Binds two raw sockets, starts a peer at the back, and forwards. Resolves once the peer is attached. */
  async function forward(a: Forwarder, b: Forwarder, ...far: readonly (string | number)[]) {
    track(a, b)
    const near = (await a.bind(ownUrl(front))).url
    const farPeer = startPeer(peer, ...far, '--connect', (await b.bind(ownUrl(back))).url)
    await b.waitForPeers(1, { timeout })
    void raw.device(a, b)
    return { far: farPeer, near }
  }

  async function expectAll(receiver: PeerProcess): Promise<void> {
    await receiver.line(`msg ${count - 1} `)
    expect(receiver.lines.filter((line) => line.startsWith('msg '))).toEqual(peerLines('msg', bodies))
  }

  it('TR-20 passes requests and replies', async () => {
    const { far, near } = await forward(new raw.Rep(), new raw.Req(), 'rep')
    await using _rep = far
    await using req = startPeer(peer, 'req', '--connect', near, ...sizesWithHeader)
    expect(await req.line('ok')).toBe(`ok ${count}`)
  })

  it('TR-20 passes surveys and answers', async () => {
    const { far, near } = await forward(new raw.Respondent(), new raw.Surveyor(), 'respondent')
    await using _respondent = far
    const once = ['--peers', 1, '--answers', 1, '--deadline', timeout]
    await using surveyor = startPeer(peer, 'surveyor', '--connect', near, ...sizesWithHeader, ...once)
    for (const body of bodiesWithHeader) {
      expect(await surveyor.line(/^(answer|end)/)).toBe(peerLine('answer', 0, body))
      expect(await surveyor.line(/^(answer|end)/)).toBe('end')
    }
  })

  it('TR-20 passes from PUSH to PULL', async () => {
    const { far, near } = await forward(new raw.Pull(), new raw.Push(), 'pull')
    await using pull = far
    await using _push = startPeer(peer, 'push', '--connect', near, ...sizes)
    await expectAll(pull)
  })

  it('TR-20 passes from PUB to SUB', async () => {
    const everything = new raw.Sub()
    everything.subscribe('')
    const { far, near } = await forward(everything, new raw.Pub(), 'sub')
    await using sub = far
    await using _pub = startPeer(peer, 'pub', '--connect', near, ...sizes, ...pace)
    await expectAll(sub)
  })

  it('TR-20 passes between PAIRs both ways', async () => {
    const { far, near } = await forward(new raw.Pair(), new raw.Pair(), 'pair-echo')
    await using echo = far
    await using pair = startPeer(peer, 'pair', '--connect', near, ...sizes)
    await expectAll(pair)
    await expectAll(echo)
  })

  it('TR-20 passes from one BUS node to another and not back', async () => {
    const { far, near } = await forward(new raw.Bus(), new raw.Bus(), 'bus')
    await using receiver = far
    await using sender = startPeer(peer, 'bus', '--connect', near, ...sizes, ...pace)
    await expectAll(receiver)
    expect(sender.lines.filter((line) => line.startsWith('msg '))).toEqual([])
  })
})

describe.each(crossings)('a C device between hubless sockets, %s:', (_title, { peer, front, back }) => {
  requirePeers(peer)

  /** Starts a device and connects both sockets; resolves once it has both. */
  async function join(pattern: string, near: Socket, far: Socket): Promise<PeerProcess> {
    const [nearUrl, farUrl] = [await theirUrl(front), await theirUrl(back)]
    const device = await startBound(peer, 'device', '--pattern', pattern, '--bind', nearUrl, '--bind', farUrl)
    near.connect(nearUrl)
    far.connect(farUrl)
    await device.line('peers 2')
    return device
  }

  /** Sends and receives one at a time, and what did not come again: a PUB or BUS in C drops for a pipe that is busy. */
  async function passAll(
    from: { send(body: Buffer, options: object): Promise<void> },
    to: { recv(options: object): Promise<Buffer> }
  ): Promise<void> {
    const received: Buffer[] = []
    for (const body of bodies) {
      const pass = async (): Promise<Buffer | undefined> => {
        await from.send(body, { timeout })
        return to.recv({ timeout: 1000 }).catch(() => undefined)
      }
      received.push((await pass()) ?? (await pass()) ?? Buffer.from('lost twice'))
    }
    expect(peerLines('msg', received)).toEqual(peerLines('msg', bodies))
  }

  it('TR-20 passes requests and replies', async () => {
    await using req = new Req()
    await using rep = new Rep()
    void rep.serve(({ body }) => body)
    await using _device = await join('reqrep', req, rep)
    const replies = await Promise.all(bodiesWithHeader.map((body) => req.request(body, { timeout })))
    expect(peerLines('reply', replies)).toEqual(peerLines('reply', bodiesWithHeader))
  })

  it('TR-20 passes surveys and answers', async () => {
    await using surveyor = new Surveyor()
    await using respondent = new Respondent()
    void respondent.serve(({ body }) => body)
    await using _device = await join('survey', surveyor, respondent)
    const answers: Buffer[] = []
    for (const body of bodiesWithHeader) {
      for await (const answer of surveyor.survey(body, { deadline: timeout, count: 1 })) answers.push(answer.body)
    }
    expect(peerLines('answer', answers)).toEqual(peerLines('answer', bodiesWithHeader))
  })

  it('TR-20 passes from PUSH to PULL', async () => {
    await using push = new Push()
    await using pull = new Pull()
    await using _device = await join('pipeline', push, pull)
    await passAll(push, pull)
  })

  it('TR-20 passes from PUB to SUB', async () => {
    await using pub = new Pub()
    await using sub = new Sub()
    sub.subscribe('')
    await using _device = await join('pubsub', pub, sub)
    await passAll(pub, sub)
  })

  it('TR-20 passes between PAIRs both ways', async () => {
    await using a = new Pair()
    await using b = new Pair()
    await using _device = await join('pair', a, b)
    await passAll(a, b)
    await passAll(b, a)
  })

  it('TR-20 passes between BUS nodes both ways', async () => {
    await using a = new Bus()
    await using b = new Bus()
    await using _device = await join('bus', a, b)
    await passAll(a, b)
    await passAll(b, a)
  })
})
