/** Both ends in one thread: a message is sent, then received, a pair at a time. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, messagesPerSecond, scaled } from '../harness/case.ts'
import { costMetrics, ownCosts } from '../harness/costs.ts'
import { allPeers, type Peer } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'
import { rate } from '../harness/transfer.ts'

const sizes = [64, 1024, 65_536, 1_048_576]
/** At least; what passes more in a second has as many, of which compiling is a small part. */
const pairs = 300_000
const bytes = 5e9

export function inproc(effort: Effort): Case[] {
  const peers = allPeers.filter((peer) => peer.schemes.includes('inproc'))
  return sizes.map((size) => ({
    name: `throughput/pair/inproc/${size}`,
    metrics: [messagesPerSecond, ...costMetrics()],
    subjects: peers.map((peer) => ({ peer, measure: () => pass(peer, size, effort) })),
    ...(size === 1024 ? {} : { rounds: fewRounds })
  }))
}

/** Both ends of a peer in one thread. */
export async function pass({ program, pace }: Peer, size: number, effort: Effort): Promise<Figures> {
  const count = scaled(Math.min(Math.max(pairs, pace), bytes / size), effort)
  const url = await freeAddress('inproc')
  const common = { peer: program, pattern: 'pair', role: 'inproc', end: 'listen', url, size, count } as const
  await using one = await new PeerProcess(common).ready()
  const report = await one.report()
  return { rate: rate(report), ...ownCosts(report) }
}
