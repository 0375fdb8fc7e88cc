/** Who is measured, and what each can do. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scheme } from './address.ts'
import type { ServerName } from './brokers.ts'
import type { BuildFailures } from './build.ts'
import { root } from './root.ts'
import { serverAbsence } from './servers.ts'

export type Pattern = 'pipeline' | 'pubsub' | 'pair' | 'reqrep' | 'bus' | 'survey'

export interface Peer {
  /** The name of its program. */
  readonly program: string
  readonly label: string
  readonly schemes: readonly Scheme[]
  readonly patterns: readonly Pattern[]
  /** Messages of 64 bytes that make a measurement of about half a second. */
  readonly pace: number
  /** A package of bench/peers/package.json that it needs. */
  readonly package?: string
  /** The server between its two ends. */
  readonly server?: ServerName
}

const sp: readonly Pattern[] = ['pipeline', 'pubsub', 'pair', 'reqrep']
const streams: readonly Scheme[] = ['tcp', 'ipc']
const spSchemes: readonly Scheme[] = ['tcp', 'ipc', 'ws', 'inproc']
const zmqSchemes: readonly Scheme[] = ['tcp', 'ipc', 'inproc']

export const hubless: Peer = { program: 'hubless', label: 'hubless', schemes: spSchemes, patterns: sp, pace: 1.5e6 }
export const hublessTry: Peer = {
  ...hubless,
  program: 'hubless-try',
  label: 'hubless try',
  patterns: ['pipeline', 'pair']
}
/** Measured where the wire of ZeroMQ is, not among the others. */
export const hublessZmtp: Peer = { ...hubless, program: 'hubless-zmtp', label: 'hubless zmtp', schemes: streams }
export const hublessCurve: Peer = { ...hublessZmtp, program: 'hubless-curve', label: 'hubless CURVE', pace: 1e5 }
export const hublessCluster: Peer = {
  ...hubless,
  program: 'cluster',
  label: 'hubless by name',
  schemes: ['tcp'],
  patterns: [],
  pace: 8e5
}
export const hublessBatch: Peer = {
  ...hubless,
  program: 'hubless-batch',
  label: 'hubless batch',
  schemes: ['tcp', 'ipc', 'ws'],
  patterns: ['pipeline', 'pubsub', 'pair']
}
export const nanomsg: Peer = { program: 'nanomsg', label: 'nanomsg', schemes: spSchemes, patterns: sp, pace: 2.5e5 }
export const nng: Peer = { program: 'nng', label: 'nng', schemes: spSchemes, patterns: sp, pace: 8e4 }
export const zmq: Peer = { program: 'zmq', label: 'libzmq', schemes: zmqSchemes, patterns: sp, pace: 1.5e6 }
export const zeromqJs: Peer = {
  program: 'zeromq',
  label: 'zeromq.js',
  schemes: zmqSchemes,
  patterns: sp,
  pace: 1.2e5,
  package: 'zeromq'
}
export const npmNanomsg: Peer = {
  program: 'npm-nanomsg',
  label: 'nanomsg for Node',
  schemes: ['tcp', 'ipc', 'ws'],
  patterns: ['pipeline', 'pubsub', 'reqrep'],
  pace: 5e4,
  package: 'nanomsg'
}
export const bareNet: Peer = {
  program: 'net',
  label: 'bare node:net',
  schemes: streams,
  patterns: ['pipeline', 'reqrep'],
  pace: 5e6
}
/** Measured with large messages, where joining what was read is what costs. */
export const bareWhole: Peer = { ...bareNet, program: 'net-whole', label: 'bare, joined', patterns: ['pipeline'] }
export const bareWs: Peer = { program: 'ws', label: 'bare ws', schemes: ['ws'], patterns: ['pipeline'], pace: 1e5 }
export const nats: Peer = {
  program: 'nats',
  label: 'NATS',
  schemes: ['tcp'],
  patterns: ['pubsub', 'reqrep'],
  pace: 1e5,
  package: '@nats-io/transport-node',
  server: 'nats'
}
export const redis: Peer = {
  program: 'redis',
  label: 'Redis',
  schemes: ['tcp'],
  patterns: ['pubsub'],
  pace: 5e4,
  package: 'redis',
  server: 'redis'
}
export const rabbitmq: Peer = {
  program: 'rabbitmq',
  label: 'RabbitMQ',
  schemes: ['tcp'],
  patterns: ['pubsub'],
  pace: 2e4,
  package: 'amqplib',
  server: 'rabbitmq'
}

export const activemq: Peer = {
  program: 'activemq',
  label: 'ActiveMQ',
  schemes: ['tcp'],
  patterns: ['pubsub'],
  pace: 1e4,
  package: 'stompit',
  server: 'activemq'
}

export const allPeers: readonly Peer[] = [
  hubless,
  hublessTry,
  hublessCluster,
  hublessBatch,
  nanomsg,
  nng,
  zmq,
  zeromqJs,
  npmNanomsg,
  bareNet,
  bareWs,
  nats,
  redis,
  rabbitmq,
  activemq
]

/** Why a peer cannot run on this machine. */
export function absence(peer: Peer, failures: BuildFailures): string | undefined {
  if (peer.package !== undefined && packageVersion(peer.package) === undefined) {
    return `${peer.package} is not installed: npm run bench:setup`
  }
  return (peer.server && serverAbsence(peer.server)) ?? failures.get(peer.program)
}

/** The installed version of a package of the peers. */
export function packageVersion(name: string): string | undefined {
  const path = join(root, 'bench/peers/node_modules', name, 'package.json')
  if (!existsSync(path)) return undefined
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
