/** One PUB and many SUBs over TCP: deliveries per second, all subscribers together. At most 250 share a process. */
import { freeAddress } from '../harness/address.ts'
import { type Case, type Effort, type Figures, lost, messagesPerSecond, scaled } from '../harness/case.ts'
import { hubless, nanomsg, nng, type Peer, zeromqJs, zmq } from '../harness/peers.ts'
import { PeerProcess, type Report } from '../harness/process.ts'

const crowds = [1, 50, 1000]
const sizes = [64, 1024]
/** Share of the pace of two processes: one process now reads for all. */
const deliveries = 0.5
const perProcess = 250

export function fanOut(effort: Effort): Case[] {
  return crowds.flatMap((subscribers) =>
    sizes.map((size) => ({
      name: `fan-out/${subscribers}/${size}`,
      metrics: [{ ...messagesPerSecond, unit: 'deliveries/s' }, lost],
      subjects: [hubless, nanomsg, nng, zmq, zeromqJs].map((peer) => ({
        peer,
        measure: () => publish(peer, subscribers, size, effort)
      }))
    }))
  )
}

async function publish({ program, pace }: Peer, subscribers: number, size: number, effort: Effort): Promise<Figures> {
  const url = await freeAddress('tcp')
  const count = scaled((pace * deliveries) / subscribers, effort, 20)
  const common = { peer: program, pattern: 'pubsub', url, size, count }
  await using pub = await new PeerProcess({ ...common, role: 'send', end: 'listen', many: subscribers }).ready()
  await using sinks = crowd(subscribers, (many) => new PeerProcess({ ...common, role: 'sink', end: 'dial', many }))
  await Promise.all(sinks.processes.map((sink) => sink.ready()))
  await pub.report()
  const { messages, seconds } = sum(await Promise.all(sinks.processes.map((sink) => sink.report())))
  return { rate: messages / seconds, lost: 100 * (1 - messages / (count * subscribers)) }
}

/** Processes that have `total` sockets together. */
export function crowd(
  total: number,
  start: (many: number) => PeerProcess
): AsyncDisposable & { readonly processes: readonly PeerProcess[] } {
  const processes: PeerProcess[] = []
  for (let left = total; left > 0; left -= perProcess) processes.push(start(Math.min(left, perProcess)))
  return {
    processes,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()))
    }
  }
}

/** From the first beginning to the last end. */
export function sum(reports: readonly Report[]): { readonly messages: number; readonly seconds: number } {
  const begin = Math.min(...reports.map((report) => report.begin).filter((time) => time > 0))
  const end = Math.max(...reports.map((report) => report.end))
  return { messages: reports.reduce((total, { messages }) => total + messages, 0), seconds: end - begin }
}
