/** The brokers: started on loopback when they are first needed, in a directory of their own, and stopped at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directory, freePort } from './address.ts'
import { type ServerName, servers } from './brokers.ts'

/** Erlang's. */
const portMapper = 'epmd'
const patience = 60_000
interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly env: Readonly<Record<string, string>> | undefined
}

const running = new Map<ServerName, Running>()

export function serverAbsence(name: ServerName): string | undefined {
  const { command } = servers[name]
  const places = command.startsWith('/') ? [''] : (process.env.PATH ?? '').split(':')
  const found = places.some((place) => isExecutable(join(place, command)))
  return found ? undefined : `${command} is not installed: npm run bench:setup`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The address of a server that accepts connections. */
export async function serverAddress(name: ServerName): Promise<string> {
  const known = running.get(name)
  if (known !== undefined) return known.url
  const { command, url, start } = servers[name]
  const port = await freePort()
  const home = join(directory, name)
  mkdirSync(home, { recursive: true })
  const { args, env, command: program = command } = await start(port, home)
  // A group of its own: RabbitMQ is a shell that starts several processes.
  const options = { env: { ...process.env, ...env }, cwd: home, stdio: 'ignore', detached: true } as const
  const child = spawn(program, args, options)
  child.unref()
  running.set(name, { child, url: url(port), env })
  const deadline = Date.now() + patience
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error(`${command} accepts no connections`)
    await sleep(50)
  }
  return url(port)
}

/** All processes of a server that runs. */
export function serverProcesses(name: ServerName): number[] {
  const group = running.get(name)?.child.pid
  if (group === undefined) return []
  // Without it their time cannot be told either.
  if (!existsSync('/proc')) return [group]
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && groupOf(pid) === group)
}

function groupOf(pid: number): number | undefined {
  try {
    // The name of the program is in parentheses and may have spaces; state, parent and group follow.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
  } catch {
    return undefined
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export async function stopServers(): Promise<void> {
  await Promise.all(Array.from(running.values(), stop))
  running.clear()
}

async function stop({ child, env }: Running): Promise<void> {
  child.ref()
  if (child.exitCode === null && child.pid !== undefined) {
    const exit = once(child, 'exit')
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000)
    signalGroup(child, 'SIGTERM')
    await exit
    clearTimeout(timer)
  }
  // Erlang's port mapper outlives the server that started it.
  if (env?.ERL_EPMD_PORT !== undefined) {
    await once(spawn(portMapper, ['-kill'], { env: { ...process.env, ...env }, stdio: 'ignore' }), 'exit')
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopServers().finally(() => process.exit(1)))
}
