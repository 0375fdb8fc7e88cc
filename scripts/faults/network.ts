/**
 * Two hosts and a cable: three network namespaces of this run, two of which have an address and the third carries their
 * frames (wire.py). They are gone with the run, also after a failure.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const wire = fileURLToPath(new URL('./wire.py', import.meta.url))
const run = (command: string): void => {
  const [program = '', ...args] = command.split(' ')
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export interface Order {
  /** Shares of frames, from 0 to 1. */
  readonly loss?: number
  readonly reorder?: number
  /** ms, each way. */
  readonly delay?: number
  /** What is not carried: "client" is what the client sends. */
  readonly cut?: 'none' | 'both' | 'client' | 'server'
}

/** Why networks cannot be made here, if they cannot. */
export function absence(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  const name = `hubless-${process.pid}`
  try {
    run('python3 --version')
    run(`ip netns add ${name}`)
    run(`ip netns del ${name}`)
    return undefined
  } catch (error) {
    return `no network namespaces (ip netns) or no python3: ${String(error).split('\n')[0]}`
  }
}

export class Network implements AsyncDisposable {
  static readonly server = '10.77.0.2'
  /** Another address of the same host. */
  static readonly moved = '10.77.0.3'
  readonly #prefix = `hubless-${process.pid}`
  #wire: ChildProcess | undefined
  #lines: AsyncIterator<string> | undefined

  /** The command that runs others on a host. */
  on(host: 'client' | 'server' | 'wire'): string[] {
    return ['ip', 'netns', 'exec', `${this.#prefix}-${host}`]
  }

  async start(): Promise<void> {
    const name = (host: string): string => `${this.#prefix}-${host}`
    this.names('')
    for (const host of ['client', 'server', 'wire']) run(`ip netns add ${name(host)}`)
    for (const [host, addresses] of [
      ['client', ['10.77.0.1']],
      ['server', [Network.server, Network.moved]]
    ] as const) {
      run(`ip link add net0 netns ${name(host)} type veth peer name ${host} netns ${name('wire')}`)
      for (const address of addresses) run(`ip -n ${name(host)} addr add ${address}/24 dev net0`)
      for (const device of ['lo', 'net0']) run(`ip -n ${name(host)} link set ${device} up`)
      run(`ip -n ${name('wire')} link set ${host} up`)
      run([...this.on(host), 'python3', wire, 'plain', 'net0'].join(' '))
    }
    run([...this.on('wire'), 'python3', wire, 'plain', 'client', 'server'].join(' '))
    // A host without power says nothing for its dead either.
    const [ip = '', ...there] = [...this.on('server'), 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries']
    execFileSync(ip, there)
    const [program = '', ...args] = [...this.on('wire'), 'python3', wire, 'client', 'server']
    this.#wire = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#wire.stdout === null) throw new Error('no stdout')
    this.#lines = createInterface(this.#wire.stdout)[Symbol.asyncIterator]()
    await this.#lines.next()
  }

  /** Resolves once the wire obeys. */
  async order(order: Order): Promise<void> {
    this.#wire?.stdin?.write(`${JSON.stringify({ loss: 0, reorder: 0, delay: 0, cut: 'none', ...order })}\n`)
    await this.#lines?.next()
  }

  /** What the client's file of host names says. Its name server is an address where nobody is. */
  names(hosts: string): void {
    const folder = `/etc/netns/${this.#prefix}-client`
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/hosts`, `127.0.0.1 localhost\n${hosts}\n`)
    writeFileSync(`${folder}/resolv.conf`, 'nameserver 10.77.0.99\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#wire !== undefined && this.#wire.exitCode === null) {
      const ended = once(this.#wire, 'exit')
      this.#wire.stdin?.end()
      await ended
    }
    for (const host of ['client', 'server', 'wire']) {
      try {
        run(`ip netns del ${this.#prefix}-${host}`)
      } catch {
        // It was not made.
      }
    }
    rmSync(`/etc/netns/${this.#prefix}-client`, { recursive: true, force: true })
  }
}
