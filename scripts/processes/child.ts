/**
 * A process of its own that answers calls: one end in the script that starts it, the other in the file it runs. A call
 * that the process dies over rejects, so that nobody waits for the dead.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Call {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface ChildOptions {
  /** A command that runs the process, such as `ip netns exec NAME`. */
  readonly within?: readonly string[]
  readonly args?: readonly string[]
  readonly nodeOptions?: readonly string[]
}

export class Child implements AsyncDisposable {
  readonly process: ChildProcess
  readonly #exit: Promise<unknown>
  readonly #calls: Map<number, Call> = new Map()
  #ids = 0

  constructor(file: URL, { within = [], args = [], nodeOptions = [] }: ChildOptions = {}) {
    const command = [...within, process.execPath, ...nodeOptions, '--import', 'tsx', fileURLToPath(file), ...args]
    const [program = '', ...rest] = command
    this.process = spawn(program, rest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#exit = once(this.process, 'exit')
    this.process.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      const call = this.#calls.get(id)
      this.#calls.delete(id)
      if (error === undefined) call?.resolve(value)
      else call?.reject(new Error(error))
    })
    this.process.once('exit', (code, signal) => {
      const error = new Error(`${fileURLToPath(file)} ended with ${signal ?? code}`)
      for (const { reject } of this.#calls.values()) reject(error)
      this.#calls.clear()
    })
  }

  /** Calls a function that the process answers with, and resolves with what it returns. */
  call<T = void>(name: string, ...args: readonly unknown[]): Promise<T> {
    const id = this.#ids++
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as Call['resolve'], reject })
      this.process.send({ id, name, args }, (error) => error !== null && reject(error))
    })
  }

  /** Resolves once it has ended. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal)
    await this.#exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
