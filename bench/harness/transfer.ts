/** One producer and one consumer, in two processes. */
import { freeAddress, type Scheme } from './address.ts'
import type { Pattern, Peer } from './peers.ts'
import { PeerProcess, type Report } from './process.ts'
import { serverAddress } from './servers.ts'

export interface Transfer {
  readonly pattern: Pattern
  readonly scheme: Scheme
  readonly size: number
  readonly count: number
  /** Whether every message carries the time of sending. */
  readonly stamped?: boolean
}

/** The consumer listens and the producer dials; with a broker both dial, the consumer first. */
export async function transfer(
  peer: Peer,
  { pattern, scheme, size, count, stamped = false }: Transfer
): Promise<{ readonly sent: Report; readonly received: Report }> {
  const url = peer.server === undefined ? await freeAddress(scheme) : await serverAddress(peer.server)
  const common = { peer: peer.program, pattern, url, size, count }
  const end = peer.server === undefined ? 'listen' : 'dial'
  await using receiver = await new PeerProcess({ ...common, role: stamped ? 'delay' : 'recv', end }).ready()
  await using sender = await new PeerProcess({ ...common, role: stamped ? 'stamp' : 'send', end: 'dial' }).ready()
  const [sent, received] = await Promise.all([sender.report(), receiver.report()])
  return { sent, received }
}

/** Fewer messages than this have no rate: the others were lost. */
const least = 10

export function rate({ begin, end, messages }: Report): number {
  return messages < least ? Number.NaN : messages / (end - begin)
}
