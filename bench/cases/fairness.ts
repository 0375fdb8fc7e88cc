/**
 * Whether others get a turn while one peer floods the event loop: round trips of one request at a time, next to a REQ
 * with 256 requests outstanding on the same REP, or next to a PUSH at full speed in the same process.
 */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, median, scaled, worst } from '../harness/case.ts'
import { costMetrics, ownCosts } from '../harness/costs.ts'
import { hubless, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'

const size = 64
const requests = 5000
const endless = 1e9

export function fairness(effort: Effort): Case[] {
  const count = scaled(requests, effort)
  return [
    {
      name: 'fairness/requests',
      metrics: [median, worst, ...costMetrics()],
      subjects: [hubless, nng, zmq, zeromqJs].map((peer) => ({ peer, measure: () => besideRequests(peer, count) })),
      rounds: fewRounds
    },
    {
      name: 'fairness/flood',
      metrics: [median, worst, { name: 'late', unit: 'µs', better: 'less' }, ...costMetrics()],
      subjects: [
        { peer: hubless, measure: () => beside(flood, count) },
        { peer: { label: 'bare: no flood' }, measure: () => beside(nothing, count) }
      ],
      rounds: fewRounds
    }
  ]
}

async function besideRequests({ program }: Peer, count: number): Promise<Figures> {
  const url = await freeAddress('tcp')
  const common = { peer: program, pattern: 'reqrep', url, size } as const
  await using _rep = await new PeerProcess({ ...common, role: 'reply', end: 'listen', count }).ready()
  await using _busy = await new PeerProcess({ ...common, role: 'ask', end: 'dial', count: endless, many: 256 }).ready()
  await using one = await new PeerProcess({ ...common, role: 'ask', end: 'dial', count }).ready()
  const report = await one.report()
  const { p50 = Number.NaN, p99 = Number.NaN } = report
  return { p50, p99, ...ownCosts(report) }
}

async function beside(what: (url: string) => Promise<AsyncDisposable>, count: number): Promise<Figures> {
  const [url, floodUrl] = [await freeAddress('tcp'), await freeAddress('tcp')]
  const served = {
    peer: 'fairness',
    role: 'serve',
    pattern: 'reqrep',
    end: 'listen',
    url: `${url},${floodUrl}`
  } as const
  await using serving = await new PeerProcess({ ...served, size: 0, count: 0 }).ready()
  await using _ = await what(floodUrl)
  const asking = { peer: 'hubless', role: 'ask', pattern: 'reqrep', end: 'dial', url, size, count } as const
  await using one = await new PeerProcess(asking).ready()
  const report = await one.report()
  const { p50 = Number.NaN, p99 = Number.NaN } = report
  serving.end()
  const { late = Number.NaN } = await serving.report()
  return { p50, p99, late, ...ownCosts(report) }
}

function flood(url: string): Promise<AsyncDisposable> {
  const push = { peer: 'hubless', role: 'send', pattern: 'pipeline', end: 'dial', url, size, count: endless } as const
  return new PeerProcess(push).ready()
}

async function nothing(): Promise<AsyncDisposable> {
  return { [Symbol.asyncDispose]: async () => {} }
}
