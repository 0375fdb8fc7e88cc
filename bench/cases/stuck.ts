/**
 * One sender, one subscriber that keeps up and one that never reads: what the first receives a second, and what it
 * receives without the other. PUB of all, and BUS and SURVEYOR of hubless.
 */
import { freeAddress } from '../harness/address.ts'
import {
  type Case,
  type Effort,
  type Figures,
  fewRounds,
  lost,
  type Metric,
  messagesPerSecond,
  scaled
} from '../harness/case.ts'
import { costMetrics, costs } from '../harness/costs.ts'
import { hubless, nanomsg, nng, type Pattern, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess, type Report } from '../harness/process.ts'
import { rate } from '../harness/transfer.ts'

const sizes = [64, 1024, 262_144]
const patterns: Partial<Record<Pattern, readonly Peer[]>> = {
  pubsub: [hubless, nanomsg, nng, zmq, zeromqJs],
  bus: [hubless],
  survey: [hubless]
}
/** Times the pace of two processes: the stuck one is waited for once, for a tenth of a second, which is to be a small part. */
const measurements = 4
const bytes = 8e9

const metrics: readonly Metric[] = [
  messagesPerSecond,
  { name: 'alone', unit: 'messages/s', better: 'more', detail: true },
  { name: 'share', unit: 'of the rate alone', better: 'more', detail: true },
  lost,
  ...costMetrics('sender', 'receiver')
]

export function stuckPeers(effort: Effort): Case[] {
  return Object.entries(patterns).flatMap(([pattern, peers]) =>
    sizes.map((size) => ({
      name: `stuck/${pattern}/${size}`,
      metrics,
      subjects: peers.map((peer) => ({ peer, measure: () => beside(peer, pattern, size, effort) })),
      rounds: fewRounds
    }))
  )
}

let aloneFirst = false

async function beside({ program, pace }: Peer, pattern: string, size: number, effort: Effort): Promise<Figures> {
  const count = scaled(Math.min(pace * measurements, bytes / size), effort)
  const run = (many: 1 | 2): ReturnType<typeof publish> => publish(program, pattern, size, count, many)
  // In turn, so that a machine that gets slower or faster meanwhile favours neither.
  aloneFirst = !aloneFirst
  const first = await run(aloneFirst ? 1 : 2)
  const second = await run(aloneFirst ? 2 : 1)
  const [alone, { sent, received }] = aloneFirst ? [first, second] : [second, first]
  return {
    rate: rate(received),
    alone: rate(alone.received),
    share: rate(received) / rate(alone.received),
    lost: 100 * (1 - received.messages / count),
    ...costs({ sender: sent, receiver: received })
  }
}

/** To one that reads, and to one that does not where there are to be two. */
async function publish(
  peer: string,
  pattern: string,
  size: number,
  count: number,
  many: 1 | 2
): Promise<{ sent: Report; received: Report }> {
  const common = { peer, pattern, url: await freeAddress('tcp'), size, count }
  await using sender = await new PeerProcess({ ...common, role: 'send', end: 'listen', many }).ready()
  await using _stuck = many === 2 ? await new PeerProcess({ ...common, role: 'stuck', end: 'dial' }).ready() : undefined
  await using receiver = await new PeerProcess({ ...common, role: 'recv', end: 'dial' }).ready()
  const [sent, received] = await Promise.all([sender.report(), receiver.report()])
  return { sent, received }
}
