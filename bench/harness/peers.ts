/** Who is measured beside hubless, and what each can do. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Scheme } from './address.ts'
import type { BuildFailures } from './build.ts'
import { root } from './root.ts'

export type Pattern = 'pipeline' | 'pubsub' | 'pair' | 'reqrep'

export interface Peer {
  /** The name of its program. */
  readonly program: string
  readonly label: string
  readonly schemes: readonly Scheme[]
  readonly patterns: readonly Pattern[]
  /** Messages per second of 64 bytes that it is expected to move: slow ones are given fewer to move. */
  readonly pace: number
  /** Set where it is a package of bench/peers/package.json. */
  readonly package?: string
}

const sp: readonly Pattern[] = ['pipeline', 'pubsub', 'pair', 'reqrep']
const everywhere: readonly Scheme[] = ['tcp', 'ipc', 'ws', 'inproc']

export const hubless: Peer = { program: 'hubless', label: 'hubless', schemes: everywhere, patterns: sp, pace: 2e6 }
export const hublessTry: Peer = {
  ...hubless,
  program: 'hubless-try',
  label: 'hubless try',
  patterns: ['pipeline', 'pair']
}

export const nanomsg: Peer = { program: 'nanomsg', label: 'nanomsg', schemes: everywhere, patterns: sp, pace: 5e5 }
export const nng: Peer = { program: 'nng', label: 'nng', schemes: everywhere, patterns: sp, pace: 2e5 }
export const zmq: Peer = { program: 'zmq', label: 'libzmq', schemes: ['tcp', 'ipc', 'inproc'], patterns: sp, pace: 2e6 }
export const bareNet: Peer = {
  program: 'net',
  label: 'bare node:net',
  schemes: ['tcp', 'ipc'],
  patterns: ['pipeline', 'reqrep'],
  pace: 8e6
}

/** Why a peer cannot run on this machine. */
export function absence(peer: Peer, failures: BuildFailures): string | undefined {
  if (peer.package !== undefined && !existsSync(join(root, 'bench/peers/node_modules', peer.package))) {
    return `${peer.package} is not installed: npm run bench:setup`
  }
  return failures.get(peer.program)
}
