/**
 * A child process whose standard output is read line by line: how tests drive the C peers, nanocat and nngcat.
 * Lines stay in order until a call of `line` takes them, so nothing is lost between two calls.
 */

import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Interface } from 'node:readline'
import { createInterface } from 'node:readline'

type Waiter = {
  readonly match: string | RegExp
  readonly resolve: (line: string) => void
  readonly reject: (error: Error) => void
}

export class PeerProcess implements AsyncDisposable {
  readonly #command: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #reader: Interface
  readonly #lines: string[] = []
  readonly #unread: string[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #ended: Promise<number | null>
  #errors = ''
  #end: string | undefined

  private constructor(binary: string, args: readonly string[]) {
    this.#command = [binary, ...args].join(' ')
    this.#child = spawn(binary, args)
    // writing to a process that is gone; its end is reported below
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    this.#reader = createInterface({ input: this.#child.stdout }).on('line', (line) => this.#accept(line))
    const read = new Promise<void>((resolve) => this.#reader.once('close', resolve))
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#finish(error.message)
        resolve(null)
      })
      this.#child.once('close', (code, signal) => {
        void read.then(() => {
          this.#finish(code === null ? `ended by ${signal}` : `exit code ${code}`)
          resolve(code)
        })
      })
    })
  }

  /** Starts the program. One that cannot be started rejects every `line` and has the exit code null. */
  static start(binary: string, args: readonly string[]): PeerProcess {
    return new PeerProcess(binary, args)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Every line printed so far, taken or not. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** Standard input, for tools that read their data from it. */
  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin
  }

  /**
   * Takes the first unread line that starts with the text or matches the expression, or waits for it up to `timeout`
   * milliseconds. Other lines stay unread. Rejects with everything printed when the time is over or the process ends.
   */
  line(match: string | RegExp, timeout = 5000): Promise<string> {
    const index = this.#unread.findIndex((line) => fits(line, match))
    if (index >= 0) return Promise.resolve(this.#unread.splice(index, 1).join(''))
    if (this.#end !== undefined) return Promise.reject(this.#error(`no line ${String(match)}`))
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        match,
        resolve: (line) => {
          this.#forget(waiter, timer)
          resolve(line)
        },
        reject: (error) => {
          this.#forget(waiter, timer)
          reject(error)
        }
      }
      const timer = setTimeout(() => waiter.reject(this.#error(`no line ${String(match)} in ${timeout} ms`)), timeout)
      this.#waiters.add(waiter)
    })
  }

  /** Resolves with the exit code, null when a signal ended the process, after all its output was read. */
  async exit(timeout = 5000): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#error(`still running after ${timeout} ms`)), timeout)
    })
    return Promise.race([this.#ended, late]).finally(() => clearTimeout(timer))
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    // a grandchild may hold the pipes open
    this.#reader.close()
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    await this.#ended
  }

  #accept(line: string): void {
    this.#lines.push(line)
    for (const waiter of this.#waiters) {
      if (fits(line, waiter.match)) {
        waiter.resolve(line)
        return
      }
    }
    this.#unread.push(line)
  }

  #finish(end: string): void {
    this.#end ??= end
    for (const waiter of this.#waiters) waiter.reject(this.#error(`no line ${String(waiter.match)}`))
  }

  #forget(waiter: Waiter, timer: NodeJS.Timeout): void {
    clearTimeout(timer)
    this.#waiters.delete(waiter)
  }

  #error(problem: string): Error {
    const state = this.#end ?? 'still running'
    const errors = this.#errors === '' ? '' : `\nstderr:\n${this.#errors}`
    return new Error(`${problem} from ${this.#command} (${state}); it printed:\n${this.#lines.join('\n')}${errors}`)
  }
}

function fits(line: string, match: string | RegExp): boolean {
  return typeof match === 'string' ? line.startsWith(match) : line.search(match) >= 0
}
