/** The brokers: started on loopback when they are first needed, in a directory of their own, and stopped at the end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { directory, freePort } from './address.ts'

export type ServerName = 'nats' | 'redis' | 'rabbitmq'

interface Server {
  /** What is looked for: an absolute path, or a command on the path. */
  readonly command: string
  readonly url: (port: number) => string
  /** Arguments and environment; limits that would disconnect a slow consumer are lifted. */
  readonly start: (port: number, home: string) => Promise<{ args: string[]; env?: Record<string, string> }>
}

const servers: Record<ServerName, Server> = {
  nats: {
    command: 'nats-server',
    url: (port) => `nats://127.0.0.1:${port}`,
    start: async (port, home) => {
      const config = join(home, 'nats.conf')
      writeFileSync(config, `listen: "127.0.0.1:${port}"\nmax_payload: 8MB\nmax_pending: 4GB\nwrite_deadline: "60s"\n`)
      return { args: ['-c', config] }
    }
  },
  redis: {
    command: 'redis-server',
    url: (port) => `redis://127.0.0.1:${port}`,
    start: async (port, home) => {
      const options = { bind: '127.0.0.1', port, dir: home, appendonly: 'no', logfile: join(home, 'log') }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      return { args: [...args, '--save', '', '--client-output-buffer-limit', 'pubsub 0 0 0'] }
    }
  },
  rabbitmq: {
    // Not the wrapper on the path, which changes the user.
    command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    url: (port) => `amqp://127.0.0.1:${port}`,
    start: async (port, home) => ({
      args: [],
      env: {
        HOME: home,
        ERL_EPMD_PORT: String(await freePort()),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'bench@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(await freePort()),
        RABBITMQ_MNESIA_BASE: home,
        RABBITMQ_LOG_BASE: home,
        RABBITMQ_PID_FILE: join(home, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins')
      }
    })
  }
}

/** Erlang's. */
const portMapper = 'epmd'
const patience = 60_000
interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly env: Record<string, string> | undefined
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
  const { args, env } = await start(port, home)
  // A group of its own: RabbitMQ is a shell that starts several processes.
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore', detached: true })
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
