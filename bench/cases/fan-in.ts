/** 1000 REQs, one request outstanding each, and one REP over TCP: requests per second. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, fewRounds, requestsPerSecond, scaled } from '../harness/case.ts'
import { costMetrics, costs, Watch } from '../harness/costs.ts'
import { crowd, sum } from '../harness/crowd.ts'
import { hubless, nanomsg, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'

const requesters = 1000
const size = 64
/** nanomsg has at most 512 sockets in a process. */
const perProcess = 250
const requests = 100_000

export function fanIn(effort: Effort): Case[] {
  return [
    {
      name: `fan-in/${requesters}`,
      metrics: [requestsPerSecond, ...costMetrics('askers', 'answerer')],
      subjects: [hubless, nanomsg, nng, zmq, zeromqJs].map((peer) => ({ peer, measure: () => request(peer, effort) })),
      rounds: fewRounds
    }
  ]
}

async function request({ program }: Peer, effort: Effort): Promise<Figures> {
  const url = await freeAddress('tcp')
  const total = scaled(requests, effort, 4 * requesters)
  const common = { peer: program, pattern: 'reqrep', url, size }
  await using rep = await new PeerProcess({ ...common, role: 'reply', end: 'listen', count: total }).ready()
  await using askers = crowd(requesters, perProcess, (many) => {
    return new PeerProcess({ ...common, role: 'crowd', end: 'dial', count: (total * many) / requesters, many })
  })
  await Promise.all(askers.processes.map((asker) => asker.ready()))
  const watch = new Watch(() => [rep.pid])
  const asked = sum(await Promise.all(askers.processes.map((asker) => asker.report())))
  const { messages, seconds } = asked
  return { rate: messages / seconds, ...costs({ askers: asked, answerer: watch.part(messages) }) }
}
