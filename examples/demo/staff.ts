/**
 * How the demo's processes are started, watched and ended. Each prints what it likes, and its name is put before every
 * line. A process reports to the one that started it, and ends when that one dismisses it or is gone.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** In a process of the staff: tells the one that started it. */
export function report(message: Record<string, unknown>): void {
  process.send?.(message)
}

/** In a process of the staff: waits for a word. */
export async function untilTold(word: string): Promise<void> {
  for (;;) {
    const [said] = await once(process, 'message')
    if (said === word) return
  }
}

/** In a process of the staff: resolves when it is to end. */
export async function untilDismissed(): Promise<void> {
  if (process.connected) await once(process, 'disconnect')
}

/** A process of the staff, seen from the one that starts it. */
export class Member {
  readonly name: string
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>
  readonly #reports: Record<string, unknown>[] = []

  constructor(name: string, file: string, ...args: string[]) {
    this.name = name
    this.#child = fork(file, args, {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, MEMBER: name }
    })
    this.#child.on('message', (message) => this.#reports.push(message as Record<string, unknown>))
    const lines = createInterface(this.#child.stdout as Readable).on('line', (line) => say(name, line))
    this.#exit = Promise.all([once(this.#child, 'exit'), once(lines, 'close')])
  }

  /** The next report. */
  async reported(): Promise<Record<string, unknown>> {
    while (this.#reports.length === 0) {
      await Promise.race([once(this.#child, 'message'), this.#exit.then(() => Promise.reject(this.#died()))])
    }
    return this.#reports.shift() ?? {}
  }

  tell(word: string): void {
    this.#child.send(word)
  }

  /** It stops where it is, and nobody is told. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** Lets it end by itself. Rejects when it did not end well. */
  async dismiss(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#exit
    if (this.#child.exitCode !== 0) throw this.#died()
  }

  #died(): Error {
    return new Error(`${this.name} ended with ${this.#child.exitCode ?? this.#child.signalCode}`)
  }
}

export function say(name: string, line: string): void {
  console.log(`${name.padEnd(9)} | ${line}`)
}
