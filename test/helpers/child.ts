/** Runs a script of the tests in a process of its own: for what ends with the process, or needs other limits. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ChildResult {
  /** Exit code; null when it was killed because it did not end. */
  readonly code: number | null
  /** What it printed, line by line. */
  readonly lines: string[]
  /** ms from its last line to its end. */
  readonly lingered: number
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs the TypeScript file at `url` until it ends; kills it after `timeout` ms (default 20 000). `descriptors` is its
 * limit of open files, where the platform has one.
 */
export function runChild(
  url: URL,
  options: {
    readonly descriptors?: number
    readonly timeout?: number
    readonly args?: readonly string[]
    readonly env?: Readonly<Record<string, string>>
  } = {}
): Promise<ChildResult> {
  const { descriptors, timeout = 20_000, args = [], env = {} } = options
  const command = [process.execPath, '--import', 'tsx', fileURLToPath(url), ...args]
  const limited = ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...command]
  const [program, ...rest] = descriptors === undefined ? command : limited
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, rest, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env }
    })
    const output: Buffer[] = []
    let last = performance.now()
    const note = (chunk: Buffer): void => {
      last = performance.now()
      output.push(chunk)
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.once('error', reject)
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout)
    child.once('close', (code) => {
      clearTimeout(timer)
      const lines = Buffer.concat(output).toString().split('\n').filter(Boolean)
      resolve({ code, lines, lingered: performance.now() - last })
    })
  })
}
