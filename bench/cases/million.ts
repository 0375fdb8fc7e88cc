/**
 * The classic experiment: 1,000,000 messages of 1 KB over pub/sub, with and without a broker. What the sender and the
 * receiver reach, and how long a message is under way when it is one of 1 k … 1 M sent as fast as possible.
 */
import { type Case, type Effort, type Figures, fewRounds, lost, median, scaled, worst } from '../harness/case.ts'
import { allPeers, hublessBatch, type Peer } from '../harness/peers.ts'
import { rate, transfer, transferCosts } from '../harness/transfer.ts'

const size = 1024
const counts = [1000, 10_000, 100_000, 1_000_000]

export function million(effort: Effort): Case[] {
  const peers = allPeers.filter((peer) => peer.patterns.includes('pubsub') && peer.schemes.includes('tcp'))
  return [
    {
      name: 'million/rate',
      metrics: [
        { name: 'received', unit: 'messages/s', better: 'more' },
        { name: 'sent', unit: 'messages/s', better: 'more' },
        lost,
        ...transferCosts
      ],
      subjects: peers.map((peer) => ({ peer, measure: () => rates(peer, scaled(1_000_000, effort)) })),
      rounds: fewRounds
    },
    ...counts.map((count) => ({
      name: `million/delay/${count}`,
      metrics: [median, worst, lost, ...transferCosts],
      subjects: peers
        .filter(({ program }) => program !== hublessBatch.program)
        .map((peer) => ({ peer, measure: () => delays(peer, scaled(count, effort)) })),
      rounds: count === 1_000_000 ? 1 : fewRounds
    }))
  ]
}

const pubsub = { pattern: 'pubsub', scheme: 'tcp', size } as const

async function rates(peer: Peer, count: number): Promise<Figures> {
  const { sent, received, costs } = await transfer(peer, { ...pubsub, count })
  return { received: rate(received), sent: rate(sent), lost: 100 * (1 - received.messages / count), ...costs }
}

async function delays(peer: Peer, count: number): Promise<Figures> {
  const { received, costs } = await transfer(peer, { ...pubsub, count, stamped: true })
  const { p50 = Number.NaN, p99 = Number.NaN, messages } = received
  return { p50, p99, lost: 100 * (1 - messages / count), ...costs }
}
