/**
 * A real `nats-server` for tests, and sites: members that share a directory on this host see each other, members of other
 * sites are reached through the server alone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Cluster, type ClusterOptions, local } from 'hubless/cluster'
import { nats } from 'hubless/nats'
import { afterEach } from 'vitest'
import { findTool, requirePeer } from '../interop/peers/tools.ts'
import { closeLater, member } from './clusters.ts'

export const natsServer = requirePeer('nats-server', findTool('nats-server') ?? findTool('../sbin/nats-server'))

let children: ChildProcess[] = []
let directories: string[] = []

afterEach(async () => {
  const [processes, paths] = [children, directories]
  children = []
  directories = []
  for (const child of processes) {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  for (const path of paths) rmSync(path, { recursive: true, force: true })
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'hn-'))
  directories.push(path)
  return path
}

export interface NatsServer {
  readonly url: string
  readonly port: number
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Stops and goes on without ending. */
  freeze(): void
  thaw(): void
}

/** Resolves once it listens. `config` are lines of its configuration file, such as `max_payload: 1024`. */
export async function startNats(config: readonly string[] = [], port = -1): Promise<NatsServer> {
  const file = join(directory(), 'nats.conf')
  writeFileSync(file, ['host: 127.0.0.1', `port: ${port}`, ...config].join('\n'))
  const child = spawn(natsServer.path, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  const listening = await new Promise<string>((resolve, reject) => {
    const lines: string[] = []
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line)
      const [, found] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`nats-server ended: ${lines.join('\n')}`)))
  })
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return {
    url: `nats://127.0.0.1:${listening}`,
    port: Number(listening),
    kill,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT')
  }
}

export interface Site {
  readonly directory: string
  member(options?: ClusterOptions): Cluster
}

/** Members that see each other, and everyone else through the servers. */
export function site(servers: string | readonly string[]): Site {
  const place = directory()
  return {
    directory: place,
    member: (options = {}) => member({ members: local({ directory: place }), engine: nats({ servers }), ...options })
  }
}

export interface NatsMember {
  readonly child: ChildProcess
  readonly pid: string
  readonly lines: readonly string[]
  line(pattern: RegExp): Promise<string>
}

/** A member in a process of its own, at a site of its own unless told where; see test/nats/children/member.ts. */
export async function startNatsMember(
  server: NatsServer,
  plan: { readonly directory?: string; readonly delay?: number } = {}
): Promise<NatsMember> {
  const script = fileURLToPath(new URL('../nats/children/member.ts', import.meta.url))
  const whole = JSON.stringify({ directory: directory(), servers: server.url, delay: 0, ...plan })
  const child = spawn(process.execPath, ['--import', 'tsx', script, whole], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const lines: string[] = []
  const watchers = new Set<() => void>()
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    for (const watcher of [...watchers]) watcher()
  })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find((one) => pattern.test(one))
        if (found === undefined) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
    })
  await Promise.race([line(/^ready/), once(child, 'exit').then(() => Promise.reject(new Error('the member ended')))])
  return { child, pid: String(child.pid), lines, line }
}

/** What tests use of a client that is not ours. Described here: the types of the package do not hold in strict projects. */
export interface NatsClient {
  publish(subject: string, data: string | Uint8Array, options?: { readonly reply?: string }): void
  subscribe(
    subject: string,
    options: { readonly queue?: string; readonly callback: (error: unknown, message: NatsMessage) => void }
  ): unknown
  request(subject: string, data: string, options: { readonly timeout: number }): Promise<NatsMessage>
  requestMany(
    subject: string,
    data: string,
    options: { readonly strategy: string; readonly maxWait: number }
  ): Promise<AsyncIterable<NatsMessage>>
  flush(): Promise<void>
}

export interface NatsMessage {
  readonly subject: string
  readonly headers?: { get(name: string): string } | undefined
  string(): string
  respond(data: string, options?: { readonly headers: object }): void
}

interface ClientPackage {
  connect(options: object): Promise<NatsClient & { close(): Promise<void> }>
  headers(): { set(name: string, value: string): void }
}

const client = (): ClientPackage => createRequire(import.meta.url)('@nats-io/transport-node') as ClientPackage

/** Headers for what a client of the package sends. */
export function natsHeaders(fields: Readonly<Record<string, string>>): object {
  const headers = client().headers()
  for (const [name, value] of Object.entries(fields)) headers.set(name, value)
  return headers
}

/** A client of the package, closed after the test. */
export async function natsClient(server: NatsServer): Promise<NatsClient> {
  return closeLater(await client().connect({ servers: [server.url], reconnect: false }))
}
