/** The cluster as its engines see it: what they report is counted and told, what arrives is delivered. */
import type { Body } from 'hubless'
import type { EngineHost } from './engine/engine.ts'
import type { ClusterEmitter } from './events.ts'
import type { ResolvedClusterOptions } from './options.ts'
import { isReserved } from './statistics.ts'
import type { Counters } from './stats.ts'

/** The host of the engine of that name. */
export function hostOf(
  engine: string,
  id: string,
  { network, zone, recvMaxSize }: ResolvedClusterOptions,
  counters: Counters,
  events: ClusterEmitter,
  deliver: (topic: string, body: Body, from: string) => void
): EngineHost {
  return {
    network,
    id,
    zone,
    recvMaxSize,
    counts: counters.calls,
    deliver: (topic, body, from) => {
      counters.calls.received++
      deliver(topic, body, from)
    },
    joined: (member) => {
      if (!isReserved(member.name)) events.emit('join', { member, engine })
    },
    left: (member, reason) => {
      if (!isReserved(member.name)) events.emit('leave', { member, engine, reason })
    },
    dropped: (reason, details = {}) => {
      counters.dropped(reason)
      events.emit('drop', { reason, ...details })
    },
    warn: (message, cause) => events.emit('warning', { message, ...(cause !== undefined && { cause }) })
  }
}
