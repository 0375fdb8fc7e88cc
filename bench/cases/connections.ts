/** 10 000 connections on one listener: memory of each in the process that listens, and how fast they come. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, scaled } from '../harness/case.ts'
import { costMetrics, ownCosts } from '../harness/costs.ts'
import { crowd, sum } from '../harness/crowd.ts'
import { bareNet, hubless, type Peer } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'

const connections = 10_000
/** Clients share processes, for the sake of limits on open files. */
const perProcess = 2500

export function manyConnections(effort: Effort): Case[] {
  return [
    {
      name: `connections/${connections}`,
      metrics: [
        { name: 'bytes', unit: 'bytes each', better: 'less' },
        { name: 'rate', unit: 'connections/s', better: 'more' },
        ...costMetrics()
      ],
      subjects: [hubless, bareNet].map((peer) => ({ peer, measure: () => connect(peer, scaled(connections, effort)) })),
      rounds: fewRounds
    }
  ]
}

async function connect({ program }: Peer, total: number): Promise<Figures> {
  const url = await freeAddress('tcp')
  const common = { pattern: 'pipeline', url, size: 0 }
  await using server = await new PeerProcess({
    ...common,
    peer: program,
    role: 'hold',
    end: 'listen',
    count: total
  }).ready()
  await using clients = crowd(total, perProcess, (count) => {
    return new PeerProcess({ ...common, peer: 'net', role: 'flood', end: 'dial', count })
  })
  await Promise.all(clients.processes.map((client) => client.ready()))
  const { messages, seconds } = sum(await Promise.all(clients.processes.map((client) => client.report())))
  const report = await server.report()
  return { bytes: report.bytes ?? Number.NaN, rate: messages / seconds, ...ownCosts(report) }
}
