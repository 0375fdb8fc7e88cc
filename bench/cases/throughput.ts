/**
 * Two processes, one producer and one consumer: messages per second that the consumer receives. The consumer listens.
 */
import { freeAddress, type Scheme } from '../harness/address.ts'
import { type Case, type Effort, type Figures, lost, messagesPerSecond, type Subject, scaled } from '../harness/case.ts'
import { bareNet, hubless, hublessTry, nanomsg, nng, type Pattern, type Peer, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'

const sizes = [64, 1024, 65_536, 1_048_576]
const patterns: Pattern[] = ['pipeline', 'pubsub', 'pair']
const schemes: Scheme[] = ['tcp', 'ipc', 'ws']
const peers = [hubless, hublessTry, nanomsg, nng, zmq, bareNet]
const bytesPerSecond = 1.5e9

export function throughput(effort: Effort, absent: (peer: Peer) => string | undefined): Case[] {
  const cases: Case[] = []
  for (const pattern of patterns) {
    for (const scheme of schemes) {
      for (const size of sizes) {
        const subjects: Subject[] = peers
          .filter((peer) => peer.schemes.includes(scheme) && peer.patterns.includes(pattern))
          .map((peer) => ({
            name: peer.label,
            skip: absent(peer),
            measure: () => move(peer, pattern, scheme, size, effort)
          }))
        const metrics = pattern === 'pubsub' ? [messagesPerSecond, lost] : [messagesPerSecond]
        cases.push({ name: `throughput/${pattern}/${scheme}/${size}`, metrics, subjects })
      }
    }
  }
  return cases
}

async function move(peer: Peer, pattern: Pattern, scheme: Scheme, size: number, effort: Effort): Promise<Figures> {
  const url = await freeAddress(scheme)
  const count = scaled(Math.min(peer.pace, bytesPerSecond / size), effort)
  const common = { peer: peer.program, pattern, url, size, count }
  await using receiver = await new PeerProcess({ ...common, role: 'recv', end: 'listen' }).ready()
  await using _sender = new PeerProcess({ ...common, role: 'send', end: 'dial' })
  const { begin, end, messages } = await receiver.report()
  return { rate: messages / (end - begin), lost: 100 * (1 - messages / count) }
}
