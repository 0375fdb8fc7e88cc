/**
 * `hubless/nats`: the engine of a cluster that reaches beyond one site, over a NATS system. Needs the package
 * `@nats-io/transport-node`. See docs/nats.md.
 *
 * @module hubless/nats
 */
export { type NatsConnectionOptions, type NatsOptions, nats } from './nats/nats.ts'
