/** One producer and one consumer, in two processes. */
import { freeAddress, type Scheme } from './address.ts'
import type { Figures, Metric } from './case.ts'
import { costMetrics, costs, type Part, Watch } from './costs.ts'
import type { Pattern, Peer } from './peers.ts'
import { PeerProcess, type Report } from './process.ts'
import { serverAddress, serverProcesses } from './servers.ts'

export interface Transfer {
  readonly pattern: Pattern
  readonly scheme: Scheme
  readonly size: number
  readonly count: number
  /** Whether every message carries the time of sending. */
  readonly stamped?: boolean
}

export interface Transferred {
  readonly sent: Report
  readonly received: Report
  /** The figures of `transferCosts`. */
  readonly costs: Figures
}

/** What a message costs each process that it passes. */
export const transferCosts: readonly Metric[] = costMetrics('sender', 'receiver', 'broker')

/** The consumer listens and the producer dials; with a broker both dial, the consumer first. */
export async function transfer(
  peer: Peer,
  { pattern, scheme, size, count, stamped = false }: Transfer
): Promise<Transferred> {
  const { server, program } = peer
  const url = server === undefined ? await freeAddress(scheme) : await serverAddress(server)
  const common = { peer: program, pattern, url, size, count }
  const end = server === undefined ? 'listen' : 'dial'
  await using receiver = await new PeerProcess({ ...common, role: stamped ? 'delay' : 'recv', end }).ready()
  const watch = server === undefined ? undefined : new Watch(() => serverProcesses(server))
  await using sender = await new PeerProcess({ ...common, role: stamped ? 'stamp' : 'send', end: 'dial' }).ready()
  const [sent, received] = await Promise.all([sender.report(), receiver.report()])
  const parts: Record<string, Part> = { sender: sent, receiver: received }
  if (watch !== undefined) parts.broker = watch.part(received.messages)
  return { sent, received, costs: costs(parts) }
}

/** Fewer messages than this have no rate: the others were lost. */
const least = 10

export function rate({ begin, end, messages }: Report): number {
  return messages < least ? Number.NaN : messages / (end - begin)
}
