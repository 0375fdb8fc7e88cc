/** One PUB and many SUBs over TCP: deliveries per second, all subscribers together. At most 250 share a process. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Figures, fewRounds, lost, messagesPerSecond } from '../harness/case.ts'
import { costMetrics, costs } from '../harness/costs.ts'
import { crowd, sum } from '../harness/crowd.ts'
import { hubless, hublessBatch, nanomsg, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess } from '../harness/process.ts'

const crowds = [1, 50, 1000]
const sizes = [64, 1024]
/**
 * Times the pace of two processes: a few seconds, in a quick look, too, since nothing is sent before the clock starts and
 * compilers warm up.
 */
const deliveries = 2
const perProcess = 250

export function fanOut(): Case[] {
  return crowds.flatMap((subscribers) =>
    sizes.map((size) => ({
      name: `fan-out/${subscribers}/${size}`,
      metrics: [{ ...messagesPerSecond, unit: 'deliveries/s' }, lost, ...costMetrics('publisher', 'subscribers')],
      subjects: [hubless, hublessBatch, nanomsg, nng, zmq, zeromqJs].map((peer) => ({
        peer,
        measure: () => publish(peer, subscribers, size)
      })),
      ...(subscribers === 50 ? {} : { rounds: fewRounds })
    }))
  )
}

async function publish({ program, pace }: Peer, subscribers: number, size: number): Promise<Figures> {
  const url = await freeAddress('tcp')
  const count = Math.max(20, Math.round((pace * deliveries) / subscribers))
  const common = { peer: program, pattern: 'pubsub', url, size, count }
  await using pub = await new PeerProcess({ ...common, role: 'send', end: 'listen', many: subscribers }).ready()
  await using sinks = crowd(
    subscribers,
    perProcess,
    (many) => new PeerProcess({ ...common, role: 'sink', end: 'dial', many })
  )
  await Promise.all(sinks.processes.map((sink) => sink.ready()))
  const sent = await pub.report()
  const received = sum(await Promise.all(sinks.processes.map((sink) => sink.report())))
  const { messages, seconds } = received
  // For each delivery, not for each message of the publisher.
  const spent = costs({ publisher: { ...sent, messages: count * subscribers }, subscribers: received })
  return { rate: messages / seconds, lost: 100 * (1 - messages / (count * subscribers)), ...spent }
}
