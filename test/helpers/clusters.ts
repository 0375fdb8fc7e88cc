/**
 * Clusters for tests: members of one test share a meeting place of their own, and are closed without being asked.
 * `startMember` runs one in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Body, BodyInput } from 'hubless'
import { Cluster, type ClusterEventName, type ClusterEvents, type ClusterOptions, local } from 'hubless/cluster'
import { afterEach } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

let open: { close(options: { timeout: number }): Promise<void> }[] = []
let children: ChildProcess[] = []
let directory: string | undefined

/** The meeting place of the members of this test. */
export function meetingPlace(): string {
  directory ??= mkdtempSync(join(tmpdir(), 'hc-'))
  return directory
}

/** A cluster that is closed after the test. By default it meets the others of the test on this host. */
export function member<Out = BodyInput, In = Body>(options: ClusterOptions<Out, In> = {}): Cluster<Out, In> {
  const cluster = new Cluster<Out, In>({ members: local({ directory: meetingPlace() }), ...options })
  open.push(cluster)
  return cluster
}

export function closeLater<T extends { close(): Promise<void> }>(closable: T): T {
  open.push(closable)
  return closable
}

afterEach(async () => {
  const [clusters, processes, path] = [open, children, directory]
  open = []
  children = []
  directory = undefined
  for (const child of processes) child.kill('SIGKILL')
  await Promise.all(clusters.map((cluster) => cluster.close({ timeout: 0 })))
  await Promise.all(processes.map(ended))
  if (path !== undefined) rmSync(path, { recursive: true, force: true })
})

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/** The next event of that name for which `where` holds. Call it before what causes the event. */
export function nextOf<E extends ClusterEventName>(
  cluster: Cluster<never, unknown> | Cluster,
  name: E,
  where: (event: Parameters<ClusterEvents[E]>[0]) => boolean = () => true,
  timeout = 5000
): Promise<Parameters<ClusterEvents[E]>[0]> {
  return new Promise((resolve, reject) => {
    const listener = ((event: Parameters<ClusterEvents[E]>[0]): void => {
      if (!where(event)) return
      clearTimeout(timer)
      cluster.off(name, listener)
      resolve(event)
    }) as ClusterEvents[E]
    const timer = setTimeout(() => {
      cluster.off(name, listener)
      reject(new Error(`no '${name}' event within ${timeout} ms`))
    }, timeout)
    cluster.on(name, listener)
  })
}

/** What a member in a process of its own does; see test/cluster/children/member.ts. */
export interface MemberPlan {
  readonly directory?: string
  readonly hubs?: readonly string[]
  readonly lan?: boolean
  readonly network?: string
  readonly key?: string | readonly string[]
  readonly zone?: string
  readonly bind?: string
  readonly host?: string
  /** Served: requests are answered with the process id after `delay` ms. */
  readonly names?: readonly string[]
  readonly delay?: number
  readonly concurrency?: number
  readonly queue?: number
  readonly subscribe?: string
}

export interface MemberProcess {
  readonly child: ChildProcess
  readonly pid: string
  readonly id: string
  /** What it printed besides; grows. */
  readonly lines: string[]
  /** Resolves with the line once it was printed. */
  line(pattern: RegExp, timeout?: number): Promise<string>
  /** Resolves with its exit code, or the name of the signal. */
  exited(): Promise<number | string | null>
}

/** Resolves once it serves. */
export async function startMember(plan: MemberPlan = {}): Promise<MemberProcess> {
  const script = fileURLToPath(new URL('../cluster/children/member.ts', import.meta.url))
  const whole = { directory: plan.hubs === undefined && plan.lan === undefined ? meetingPlace() : undefined, ...plan }
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(whole)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  children.push(child)
  const lines: string[] = []
  const watchers = new Set<() => void>()
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    for (const watcher of [...watchers]) watcher()
  })
  const line = (pattern: RegExp, timeout = 15_000): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((one) => pattern.test(one))
        if (found === undefined) return
        clearTimeout(timer)
        watchers.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        watchers.delete(look)
        reject(new Error(`the member did not print ${pattern} within ${timeout} ms; it printed ${lines.join(' | ')}`))
      }, timeout)
      watchers.add(look)
      look()
    })
  const exit = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code))
  )
  const [, id = ''] = (await line(/^ready /)).split(' ')
  return { child, pid: String(child.pid), id, lines, line, exited: () => exit }
}

/** A TCP connection in between that a test can cut, or make swallow everything. */
export interface Breakable {
  /** Listens, and hands connections on to the URL. Resolves with its own URL. */
  to(url: string): Promise<string>
  /** Ends every connection. */
  cut(): void
  /** `true`: nothing gets through in either direction, and nobody is told. `'there'`: only towards the URL. */
  swallow(what: boolean | 'there'): void
  /** Everything that went through, both ways. */
  readonly captured: Buffer[]
}

export async function breakable(): Promise<Breakable> {
  const sockets = new Set<Socket>()
  const captured: Buffer[] = []
  let swallowing: boolean | 'there' = false
  const link = (from: Socket, to: Socket, there: boolean): void => {
    sockets.add(from)
    from.on('data', (chunk: Buffer) => {
      captured.push(chunk)
      if (swallowing !== true && !(swallowing === 'there' && there)) to.write(chunk)
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const cut = (): void => {
    for (const socket of [...sockets]) socket.destroy()
  }
  return {
    to: (url) =>
      new Promise((resolve) => {
        const { hostname, port } = new URL(url.replace(/^tls\+tcp/, 'http').replace(/^tcp/, 'http'))
        const server = createServer((socket) => {
          const onward = connect({ host: hostname, port: Number(port) })
          link(socket, onward, true)
          link(onward, socket, false)
        })
        closeLater({
          close: () => {
            cut()
            return new Promise<void>((done) => server.close(() => done()))
          }
        })
        server.listen(0, '127.0.0.1', () => {
          resolve(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
        })
      }),
    cut,
    swallow: (what) => {
      swallowing = what
    },
    captured
  }
}
