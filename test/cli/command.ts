/** Runs command lines: ours in this process, other people's as children. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { run } from '../../src/cli/run.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface Surroundings {
  /** What stands before the arguments. */
  program?: string
  stdin?: string | Buffer | Readable
  env?: Record<string, string>
  /** Whether stderr is a terminal. */
  terminal?: boolean
}

/** A run of ours that goes on while the test does something. */
export class Running {
  readonly #stop = new AbortController()
  readonly #stdout = new Sink()
  readonly #stderr = new Sink()
  readonly done: Promise<Outcome>

  constructor(words: readonly string[], { program = 'nanocat', stdin = '', env = {}, terminal }: Surroundings = {}) {
    const input = stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)])
    if (terminal === true) Object.assign(this.#stderr, { isTTY: true })
    const io = { stdin: input, stdout: this.#stdout, stderr: this.#stderr, env, signal: this.#stop.signal }
    this.done = run([program, ...words], io).then((code) => ({
      code,
      stdout: this.#stdout.bytes,
      stderr: this.#stderr.bytes.toString()
    }))
  }

  /** As the signal of that name would. */
  end(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGINT'): Promise<Outcome> {
    this.#stop.abort(signal)
    return this.done
  }

  /** As a pipe whose reader is gone, or with another code as a disk that is full. */
  breakPipe(stream: 'stdout' | 'stderr' = 'stdout', code = 'EPIPE'): this {
    const sink = stream === 'stdout' ? this.#stdout : this.#stderr
    sink.broken = code
    return this
  }

  /** Resolves with stdout once it holds `text`. */
  printed(text: string | RegExp): Promise<string> {
    return this.#stdout.holds(text)
  }

  said(text: string | RegExp): Promise<string> {
    return this.#stderr.holds(text)
  }
}

export function ours(words: readonly string[], surroundings?: Surroundings): Promise<Outcome> {
  return new Running(words, surroundings).done
}

export async function theirs(binary: string, words: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const child = spawn(binary, words, { argv0: around.program ?? binary.slice(binary.lastIndexOf('/') + 1) })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', () => {})
  if (around.stdin instanceof Readable) around.stdin.pipe(child.stdin)
  else child.stdin.end(around.stdin ?? '')
  const timer = setTimeout(() => child.kill('SIGKILL'), 25_000)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
}

/** A stdin that the test writes to. */
export function typed(): PassThrough {
  return new PassThrough()
}

/** Those of some process groups of which something runs. Corpses may stay a while, until whoever adopted them looks. */
export function alive(groups: readonly number[]): number[] {
  const processes = execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  const running = processes
    .map((line) => line.trim().split(/\s+/))
    .filter(([, state]) => state?.startsWith('Z') !== true)
  const found = new Set(running.map(([group]) => Number(group)))
  return groups.filter((group) => found.has(group))
}

class Sink extends Writable {
  broken: string | undefined
  readonly #chunks: Buffer[] = []
  readonly #waiting = new Set<() => void>()

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  holds(text: string | RegExp, timeout = 9000): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const all = this.bytes.toString()
        if (typeof text === 'string' ? !all.includes(text) : !text.test(all)) return
        this.#waiting.delete(look)
        clearTimeout(timer)
        resolve(all)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`${String(text)} was not printed in ${timeout} ms, but:\n${this.bytes}`))
      }, timeout)
      this.#waiting.add(look)
      look()
    })
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.broken !== undefined) {
      done(Object.assign(new Error(`write ${this.broken}`), { code: this.broken }))
      return
    }
    this.#chunks.push(chunk)
    done()
    for (const look of this.#waiting) look()
  }
}
