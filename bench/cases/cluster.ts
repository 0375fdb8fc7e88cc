/**
 * Calls by name beside the same over a bare REQ and REP, and over NATS: requests, with the processor time that both sides
 * spend on one, and publications and broadcasts to three receivers.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { freeAddress } from '../harness/address.ts'
import {
  type Case,
  type Effort,
  type Figures,
  fewRounds,
  lost,
  type Metric,
  median,
  messagesPerSecond,
  requestsPerSecond,
  scaled,
  worst
} from '../harness/case.ts'
import { hubless, hublessCluster, nats, type Peer } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'
import { serverAddress } from '../harness/servers.ts'
import { rate } from '../harness/transfer.ts'

const size = 64
const alone = 30_000
const together = 200_000
const receivers = 3
/** Of both processes, without that of a server in between. */
const processor: Metric = { name: 'cpu', unit: 'µs', better: 'less' }

export function cluster(effort: Effort): Case[] {
  const asking = [hublessCluster, hubless, nats]
  return [
    ...[1, 64].map((many) => ({
      name: `cluster/request/${many}`,
      metrics:
        many === 1 ? [median, worst, requestsPerSecond, processor] : [requestsPerSecond, median, worst, processor],
      subjects: asking.map((peer) => ({
        peer,
        measure: () => ask(peer, scaled(many === 1 ? alone : Math.min(together, peer.pace / 4), effort), many)
      }))
    })),
    ...(['publish', 'broadcast'] as const).map((pattern) => ({
      name: `cluster/${pattern}/${receivers}`,
      metrics: [{ ...messagesPerSecond, unit: 'deliveries/s' }, lost],
      subjects: [hublessCluster, nats].map((peer) => ({
        peer,
        measure: () => tell(peer, pattern, scaled(peer.pace / receivers, effort))
      })),
      rounds: fewRounds
    }))
  ]
}

async function ask(peer: Peer, count: number, many: number): Promise<Figures> {
  const url = peer.server === undefined ? await freeAddress('tcp') : await serverAddress(peer.server)
  const common = { peer: peer.program, pattern: 'request', url, size, count, many }
  const core = many === 1 ? { core: availableParallelism() - 1 } : {}
  const end = peer.server === undefined ? 'listen' : 'dial'
  await using replying = await new PeerProcess({ ...common, ...core, role: 'reply', end }).ready()
  await using asking = await new PeerProcess({ ...common, ...core, role: 'ask', end: 'dial' }).ready()
  const used = (): number => processorTime(replying.pid) + processorTime(asking.pid)
  const before = used()
  const report = await asking.report()
  const cpu = ((used() - before) / (count * warmedUp)) * 1e6
  const { p50 = Number.NaN, p99 = Number.NaN } = report
  return { p50, p99, rate: rate(report), cpu }
}

/** A tenth more is asked than is timed. */
const warmedUp = 1.1

async function tell(peer: Peer, pattern: string, count: number): Promise<Figures> {
  const server = peer.server === undefined ? undefined : await serverAddress(peer.server)
  const urls = await Promise.all(Array.from({ length: receivers }, () => server ?? freeAddress('tcp')))
  const common = { peer: peer.program, pattern, size, count, many: receivers }
  const end = server === undefined ? 'listen' : 'dial'
  const processes = urls.map((url) => new PeerProcess({ ...common, url, role: 'recv', end }))
  await using _all = { [Symbol.asyncDispose]: async () => void (await Promise.all(processes.map(dispose))) }
  await Promise.all(processes.map((process) => process.ready()))
  await using sender = await new PeerProcess({
    ...common,
    url: server ?? urls.join(','),
    role: 'send',
    end: 'dial'
  }).ready()
  await sender.report()
  const reports = await Promise.all(processes.map((process) => process.report()))
  const got = reports.reduce((sum, { messages }) => sum + messages, 0)
  const seconds = Math.max(...reports.map(({ end: last }) => last)) - Math.min(...reports.map(({ begin }) => begin))
  return { rate: got / seconds, lost: 100 * (1 - got / (count * receivers)) }
}

const dispose = (process: PeerProcess): Promise<void> => process[Symbol.asyncDispose]()

const ticksPerSecond = 100

/** User and system time of a process, seconds; NaN where there is no /proc. */
function processorTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return Number.NaN
  }
}
