/**
 * Round trips of REQ/REP over TCP: one outstanding, both sides on one core, and 64 outstanding. As many in a quick look:
 * of the first thousands, Node compiling itself is most, also with a bare socket.
 */
import { availableParallelism } from 'node:os'
import { freeAddress, type Scheme } from '../harness/address.ts'
import { type Case, type Figures, fewRounds, median, requestsPerSecond, worst } from '../harness/case.ts'
import { costMetrics, costs, type Part, Watch } from '../harness/costs.ts'
import { allPeers, bareNet, hubless, nats, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'
import { serverAddress, serverProcesses } from '../harness/servers.ts'
import { rate } from '../harness/transfer.ts'

const size = 64
const alone = 30_000
/** At most; what is slower gets fewer, so that all are measured for a second or two. */
const together = 400_000
/** nanomsg's REQ has one request at a time; the others get theirs as each offers it: contexts, DEALER, promises. */
const concurrent: readonly Peer[] = [hubless, nng, zmq, zeromqJs, bareNet, nats]

export function latency(): Case[] {
  const schemes: Scheme[] = ['tcp', 'ipc']
  const spent = costMetrics('asker', 'answerer', 'broker')
  const metrics = [median, worst, requestsPerSecond, ...spent]
  return [
    ...schemes.map((scheme) => ({
      name: `latency/1/${scheme}`,
      metrics,
      subjects: allPeers
        .filter(({ program, patterns, schemes }) => {
          return patterns.includes('reqrep') && schemes.includes(scheme) && program !== 'hubless-try'
        })
        .map((peer) => ({ peer, measure: () => ask(peer, scheme, alone, 1) })),
      ...(scheme === 'tcp' ? {} : { rounds: fewRounds })
    })),
    {
      name: 'latency/64/tcp',
      metrics: [requestsPerSecond, median, worst, ...spent],
      subjects: concurrent.map((peer) => ({
        peer,
        measure: () => ask(peer, 'tcp', Math.min(together, peer.pace / 4), 64)
      }))
    }
  ]
}

async function ask(peer: Peer, scheme: Scheme, count: number, many: number): Promise<Figures> {
  const { server, program } = peer
  const url = server === undefined ? await freeAddress(scheme) : await serverAddress(server)
  const common = { peer: program, pattern: 'reqrep', url, size, count, many }
  const core = many === 1 ? { core: availableParallelism() - 1 } : {}
  const end = server === undefined ? 'listen' : 'dial'
  await using reply = await new PeerProcess({ ...common, ...core, role: 'reply', end }).ready()
  await using asking = await new PeerProcess({ ...common, ...core, role: 'ask', end: 'dial' }).ready()
  const watch = new Watch(() => [reply.pid])
  const broker = server === undefined ? undefined : new Watch(() => serverProcesses(server))
  const report = await asking.report()
  // What answers does not report; it has answered what was not timed, too.
  const all = count + Math.floor(count / 10)
  const parts: Record<string, Part> = { asker: report, answerer: watch.part(all) }
  if (broker !== undefined) parts.broker = broker.part(all)
  const { p50 = Number.NaN, p99 = Number.NaN } = report
  return { p50, p99, rate: rate(report), ...costs(parts) }
}
