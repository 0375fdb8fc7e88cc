/** libzmq, driven through Python: code is sent to a process and its result comes back. See `zmq_peer.py`. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PeerProcess } from './process.ts'
import { findTool, type Peer, requirePeer } from './tools.ts'

const script = fileURLToPath(new URL('./zmq_peer.py', import.meta.url))

/** A Python that has a module: the one of the system first, which a version manager may hide. */
export function findPython(module: string): string | undefined {
  return ['/usr/bin/python3', findTool('python3')].find((python) => {
    try {
      if (python !== undefined) execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' })
      return python !== undefined
    } catch {
      return false
    }
  })
}

export const pyzmq: Peer = requirePeer('pyzmq', findPython('zmq'), 'python3-zmq')

export class ZmqPeer implements AsyncDisposable {
  readonly #process: PeerProcess

  private constructor(process: PeerProcess) {
    this.#process = process
  }

  static async start(): Promise<ZmqPeer> {
    const process = PeerProcess.start(pyzmq.path, ['-u', script])
    await process.line('ready', 10_000)
    return new ZmqPeer(process)
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** Runs Python and resolves with what it left in `out`. One call at a time. */
  async run<T = unknown>(code: string): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(code)}\n`)
    const { out, error } = JSON.parse(await this.#process.line('{', 9000)) as { out: T; error?: string }
    if (error !== undefined) throw new Error(`${error} in\n${code}`)
    return out
  }

  kill(signal?: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}

/** A URL of libzmq as one of hubless, and the other way round. */
export const ours = (url: string): string => `zmtp+${url}`
export const theirs = (url: string): string => url.replace('zmtp+', '')
