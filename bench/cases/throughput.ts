/** Two processes, one producer and one consumer: messages per second that the consumer receives. */
import type { Scheme } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, lost, messagesPerSecond, scaled } from '../harness/case.ts'
import { allPeers, bareWhole, type Pattern, type Peer } from '../harness/peers.ts'
import { rate, transfer, transferCosts } from '../harness/transfer.ts'

const small = [64, 1024]
const sizes = [...small, 65_536, 1_048_576]
const schemes: Scheme[] = ['tcp', 'ipc', 'ws']
const patterns: Pattern[] = ['pipeline', 'pubsub', 'pair']
/** Times the pace: two seconds, since Node compiles in much of the first half second, with a bare socket, too. */
const measurements = 4
/** The same for what is large; half a second of it takes slow peers longer. */
const bytesOf = ({ pace }: Peer): number => (pace > 1e6 ? 2e9 : 5e8)

export function throughput(effort: Effort): Case[] {
  return patterns.flatMap((pattern) =>
    schemes.flatMap((scheme) =>
      // A PAIR moves large messages as a PUSH does.
      (pattern === 'pair' ? small : sizes).map((size) => oneCase(pattern, scheme, size, effort))
    )
  )
}

function oneCase(pattern: Pattern, scheme: Scheme, size: number, effort: Effort): Case {
  const candidates = small.includes(size) ? allPeers : [...allPeers, bareWhole]
  const peers = candidates.filter((peer) => peer.schemes.includes(scheme) && peer.patterns.includes(pattern))
  return {
    name: `throughput/${pattern}/${scheme}/${size}`,
    metrics: [messagesPerSecond, ...(pattern === 'pubsub' ? [lost] : []), ...transferCosts],
    subjects: peers.map((peer) => ({ peer, measure: () => move(peer, pattern, scheme, size, effort) })),
    ...(pattern === 'pipeline' && small.includes(size) ? {} : { rounds: fewRounds })
  }
}

export async function move(
  peer: Peer,
  pattern: Pattern,
  scheme: Scheme,
  size: number,
  effort: Effort
): Promise<Figures> {
  const count = scaled(Math.min(peer.pace * measurements, bytesOf(peer) / size), effort)
  const { received, costs } = await transfer(peer, { pattern, scheme, size, count })
  return { rate: rate(received), lost: 100 * (1 - received.messages / count), ...costs }
}
