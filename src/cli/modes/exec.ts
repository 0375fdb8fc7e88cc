/**
 * `--exec`: the answer is what a shell command prints, given the request on its standard input. A command that fails
 * answers nothing, and says so on stderr. Several may run at a time; each counts until all that it started is gone, and
 * ends when nobody waits for its answer any more.
 */
import { setMaxListeners } from 'node:events'
import { Rep, type Request, Respondent } from '../../index.ts'
import { Gathered, longestBody } from '../gathered.ts'
import { tell, visible } from '../terminal.ts'
import type { Session } from './mode.ts'
import { ProcessGroup } from './process-group.ts'

const concurrency = 16

export async function exec({ settings, socket, name, print, signal, io }: Session): Promise<void> {
  if (!(socket instanceof Rep || socket instanceof Respondent)) return
  const running = new Map<ProcessGroup, Promise<void>>()
  let freed = (): void => {}
  const endAll = (): void => {
    for (const group of running.keys()) void group.end()
  }
  const complain = (error: unknown): void => {
    if (settings.verbosity < 0 || signal.aborted) return
    const problem = error instanceof Error ? error.message : String(error)
    tell(io.stderr, `${visible(name)}: no answer: ${visible(problem)}\n`)
  }
  const start = (request: Request): void => {
    try {
      const group = new ProcessGroup(settings.exec ?? '')
      const job = answer(group, request)
        .catch(complain)
        .then(() => group.end())
        .finally(() => {
          running.delete(group)
          freed()
        })
      running.set(group, job)
    } catch (error) {
      complain(error)
    }
  }
  signal.addEventListener('abort', endAll)
  let left = settings.count ?? Infinity
  try {
    for await (const request of socket.requests({ signal })) {
      await print({ body: request.body, header: Buffer.alloc(0), pipe: request.pipe })
      // Who asked may have left while it waited.
      if (!request.signal.aborted) start(request)
      if (--left === 0) break
      while (running.size >= concurrency) {
        await new Promise<void>((resolve) => {
          freed = resolve
        })
      }
    }
  } finally {
    await Promise.all(running.values())
    signal.removeEventListener('abort', endAll)
  }
}

async function answer(group: ProcessGroup, request: Request): Promise<void> {
  const { signal } = request
  let onAbort = (): void => {}
  const left = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error('who asked is gone'))
  })
  // The requests of one peer may share it.
  setMaxListeners(0, signal)
  signal.addEventListener('abort', onAbort)
  try {
    await request.reply(await Promise.race([outputOf(group, request.body), group.failed, left]))
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function outputOf({ child }: ProcessGroup, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output = new Gathered(longestBody)
    child.stdout.on('data', (chunk: Buffer) => {
      if (!output.add(chunk)) reject(new Error(`the command printed more than ${longestBody} bytes`))
    })
    // It may end without reading the request.
    child.stdin.on('error', () => {})
    child.on('close', (code, killer) => {
      if (code === 0 && child.stdout.readableEnded) resolve(output.take())
      else reject(new Error(`the command ${killer === null ? `exited with ${code}` : `was ended by ${killer}`}`))
    })
    child.stdin.end(input)
  })
}
