/** `nats(options)`: what `engine` of a cluster is, for members that are not in reach of each other. */
import type { EngineFactory } from 'hubless/cluster'
import { NatsEngine } from './engine.ts'
import { type NatsOptions, resolveNatsOptions } from './options.ts'
import { natsPackage } from './package.ts'

export type { NatsConnectionOptions, NatsOptions } from './options.ts'

/**
 * The five verbs over a NATS system. Members in reach come first; what none of them can answer goes through NATS. Throws
 * `EINVAL`, and `ENOTSUP` without its package; a server that is not there is tried again, and told by the event `warning`.
 *
 * @example
 * const cluster = new Cluster({ network: 'shop', engine: nats({ servers: 'nats://10.0.0.7:4222' }) })
 * await cluster.request('resize', image) // by the other site, while this one has no member
 */
export function nats(options: NatsOptions): EngineFactory {
  const settings = resolveNatsOptions(options)
  natsPackage()
  return { name: 'nats', open: (host) => new NatsEngine(host, settings) }
}
