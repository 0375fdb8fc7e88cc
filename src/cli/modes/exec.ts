/**
 * `--exec`: the answer is what a shell command prints, given the request on its standard input. A command that fails
 * answers nothing, and says so on stderr. Several may run at a time.
 */
import { spawn } from 'node:child_process'
import { Rep, type Request, Respondent } from '../../index.ts'
import { write } from '../io.ts'
import type { Session } from './mode.ts'

const concurrency = 16

export async function exec({ settings, socket, name, print, signal, io }: Session): Promise<void> {
  if (!(socket instanceof Rep || socket instanceof Respondent)) return
  const command = settings.exec ?? ''
  const running = new Set<Promise<void>>()
  let left = settings.count ?? Infinity
  for await (const request of socket.requests({ signal })) {
    await print({ body: request.body, header: Buffer.alloc(0), pipe: request.pipe })
    const job = run(command, request)
      .then((output) => request.reply(output))
      .catch((error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error)
        if (settings.verbosity >= 0) return write(io.stderr, `${name}: no answer: ${problem}\n`)
        return undefined
      })
      .finally(() => running.delete(job))
    running.add(job)
    if (--left === 0) break
    if (running.size >= concurrency) await Promise.race(running)
  }
  await Promise.all(running)
}

function run(command: string, { body, signal }: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Nobody waits for the answer any more: the command is stopped.
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'], signal })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    // It may end without reading the request.
    child.stdin.on('error', () => {})
    child.on('error', reject)
    child.on('close', (code, killer) => {
      if (code === 0) resolve(Buffer.concat(output))
      else reject(new Error(`the command ${killer === null ? `exited with ${code}` : `was ended by ${killer}`}`))
    })
    child.stdin.end(body)
  })
}
