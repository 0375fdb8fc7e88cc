/** What the figures were measured on and with. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { packageVersion } from './peers.ts'
import { root } from './root.ts'

export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memory: string
  readonly system: string
  readonly node: string
  /** By name. */
  readonly versions: Readonly<Record<string, string>>
}

export const debianPackages: readonly string[] = [
  'libnanomsg-dev',
  'libnng-dev',
  'libzmq3-dev',
  'nats-server',
  'redis-server',
  'rabbitmq-server',
  'activemq'
]
/** A format of dpkg-query. */
const statusAndVersion = ['db:Status-Status', 'Version'].map((field) => `$\{${field}}`).join(' ')
const npm = ['zeromq', 'nanomsg', '@nats-io/transport-node', 'redis', 'amqplib', 'stompit']

export function machine(): Machine {
  const versions: Record<string, string> = { hubless: commit() }
  for (const name of debianPackages) versions[name] = debianVersion(name) ?? 'not installed'
  for (const name of npm) versions[`npm ${name}`] = packageVersion(name) ?? 'not installed'
  versions['npm ws'] = (
    JSON.parse(readFileSync(join(root, 'node_modules/ws/package.json'), 'utf8')) as { version: string }
  ).version
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.version,
    versions
  }
}

/**
 * Results of machines of one kind are kept together: what a context switch costs, and with it what the C libraries
 * reach, differs by kind.
 */
export function kindOf(cpu: string): string {
  return kinds.find((kind) => cpu.toLowerCase().includes(kind)) ?? 'other'
}

const kinds = ['amd', 'intel', 'apple']

function commit(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return `${version} (${output('git', ['-C', root, 'rev-parse', '--short', 'HEAD']) ?? 'no commit'})`
}

/** The version of an installed Debian package. */
export function debianVersion(name: string): string | undefined {
  const [status, version] = output('dpkg-query', ['-W', '-f', statusAndVersion, name])?.split(' ') ?? []
  return status === 'installed' ? version : undefined
}

function output(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
