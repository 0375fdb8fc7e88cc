/** Whether a message costs the same among 10 k and among 10 M: ns per message of 64 B over TCP. */
import { type Case, type Effort, type Figures, fewRounds, scaled } from '../harness/case.ts'
import { hubless, nanomsg, type Peer, zmq } from '../harness/peers.ts'
import { rate, transfer, transferCosts } from '../harness/transfer.ts'

const counts = [10_000, 100_000, 1_000_000, 10_000_000]

export function flatness(effort: Effort): Case[] {
  return counts.map((count) => ({
    name: `flatness/${count}`,
    metrics: [{ name: 'cost', unit: 'ns per message', better: 'less' }, ...transferCosts],
    subjects: [hubless, nanomsg, zmq].map((peer) => ({ peer, measure: () => cost(peer, scaled(count, effort)) })),
    rounds: fewRounds
  }))
}

async function cost(peer: Peer, count: number): Promise<Figures> {
  const { received, costs } = await transfer(peer, { pattern: 'pipeline', scheme: 'tcp', size: 64, count })
  return { cost: 1e9 / rate(received), ...costs }
}
