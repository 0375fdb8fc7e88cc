/** A peer that runs: one role of bench/peers/c/bench.h in a process of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { directory } from './address.ts'
import { program } from './build.ts'
import type { Figures } from './case.ts'

export interface Report {
  /** Seconds of the monotonic clock. */
  readonly begin: number
  readonly end: number
  readonly messages: number
  /** Seconds on the processors, from begin to end. */
  readonly cpu: number
  /** Bytes of the heap of JavaScript, in the same time. */
  readonly allocated?: number
  readonly [more: string]: number | undefined
}

export interface PeerCommand {
  readonly peer: string
  readonly role: string
  readonly pattern: string
  readonly end: 'listen' | 'dial'
  readonly url: string
  readonly size: number
  readonly count: number
  readonly many?: number
  /** The only core it may run on. */
  readonly core?: number
}

/** For a line, in ms; beyond it the slowest broker needs a while for each message. */
const patience = 120_000
const patiencePerMessage = 0.5
const mostAwaited = 1e6

export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #what: string
  readonly #patience: number
  readonly #lines: AsyncIterator<string>
  #stderr = ''

  constructor(command: PeerCommand) {
    const { peer, role, pattern, end, url, size, count, many = 1, core } = command
    const pinned = core === undefined ? [] : ['taskset', '-c', String(core)]
    const argv = [...pinned, ...program(peer), role, pattern, end, url, size, count, many].map(String)
    this.#patience = patience + Math.min(count, mostAwaited) * patiencePerMessage
    this.#what = `${peer} ${role} ${pattern} ${url}`
    // What it leaves when it crashes goes away with the directory.
    this.#child = spawn(argv[0] as string, argv.slice(1), { stdio: 'pipe', cwd: directory })
    this.#child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk
    })
    // One that has crashed has closed its stdin; its exit is reported in other ways.
    this.#child.stdin?.on('error', () => {})
    if (this.#child.stdout === null) throw new Error('no stdout')
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves once it is bound or connected. */
  async ready(): Promise<this> {
    const line = await this.#line()
    if (line !== 'ready') throw new Error(`${this.#what}: ${line}`)
    return this
  }

  async report(): Promise<Report> {
    return JSON.parse(await this.#line()) as Report
  }

  /** Tells it that it is over; it may still report. */
  end(): void {
    this.#child.stdin?.end()
  }

  async #line(): Promise<string> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#patience)
    try {
      const { value, done } = await this.#lines.next()
      if (done === true)
        throw new Error(`${this.#what} ended: ${complaint(this.#stderr) ?? `silent for ${this.#patience} ms`}`)
      return value
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 1500)
    await exit
    clearTimeout(timer)
  }
}

/** What a program prints that needs no other: one line of JSON. */
export async function figuresOf(peer: string, ...args: string[]): Promise<Figures> {
  const [command = '', ...before] = program(peer)
  try {
    const { stdout } = await promisify(execFile)(command, [...before, ...args])
    return JSON.parse(stdout) as Figures
  } catch (error) {
    // Its own message is the whole command line.
    const { code, signal, stderr = '' } = error as { code?: unknown; signal?: unknown; stderr?: string }
    throw new Error(`${[peer, ...args].join(' ')} ended: ${complaint(stderr) ?? `${signal ?? code ?? error}`}`)
  }
}

/** The line that says what went wrong; the rest is a stack. */
function complaint(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)
}
