/** Round trips of REQ/REP over TCP: one outstanding, both sides on one core, and 64 outstanding. */
import { availableParallelism } from 'node:os'
import { freeAddress, type Scheme } from '../harness/address.ts'
import {
  type Case,
  type Effort,
  type Figures,
  fewRounds,
  median,
  requestsPerSecond,
  scaled,
  worst
} from '../harness/case.ts'
import { allPeers, bareNet, hubless, nats, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'
import { serverAddress } from '../harness/servers.ts'
import { rate } from '../harness/transfer.ts'

const size = 64
const alone = 30_000
/** At most; what is slower gets fewer, so that all are measured for a second or two. */
const together = 400_000
/** nanomsg's REQ has one request at a time; the others get theirs as each offers it: contexts, DEALER, promises. */
const concurrent: readonly Peer[] = [hubless, nng, zmq, zeromqJs, bareNet, nats]

export function latency(effort: Effort): Case[] {
  const schemes: Scheme[] = ['tcp', 'ipc']
  const metrics = [median, worst, requestsPerSecond]
  return [
    ...schemes.map((scheme) => ({
      name: `latency/1/${scheme}`,
      metrics,
      subjects: allPeers
        .filter(
          (peer) => peer.patterns.includes('reqrep') && peer.schemes.includes(scheme) && peer.program !== 'hubless-try'
        )
        .map((peer) => ({ peer, measure: () => ask(peer, scheme, scaled(alone, effort), 1) })),
      ...(scheme === 'tcp' ? {} : { rounds: fewRounds })
    })),
    {
      name: 'latency/64/tcp',
      metrics: [requestsPerSecond, median, worst],
      subjects: concurrent.map((peer) => ({
        peer,
        measure: () => ask(peer, 'tcp', scaled(Math.min(together, peer.pace / 4), effort), 64)
      }))
    }
  ]
}

async function ask(peer: Peer, scheme: Scheme, count: number, many: number): Promise<Figures> {
  const url = peer.server === undefined ? await freeAddress(scheme) : await serverAddress(peer.server)
  const common = { peer: peer.program, pattern: 'reqrep', url, size, count, many }
  const core = many === 1 ? { core: availableParallelism() - 1 } : {}
  const end = peer.server === undefined ? 'listen' : 'dial'
  await using _reply = await new PeerProcess({ ...common, ...core, role: 'reply', end }).ready()
  await using asking = await new PeerProcess({ ...common, ...core, role: 'ask', end: 'dial' }).ready()
  const report = await asking.report()
  const { p50 = Number.NaN, p99 = Number.NaN } = report
  return { p50, p99, rate: rate(report) }
}
