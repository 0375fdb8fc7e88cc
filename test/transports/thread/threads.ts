/** Worker threads for tests: started with a job, ended when the test is over. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach } from 'vitest'
import type { Job } from './children/worker.ts'

const file = new URL('./children/worker.ts', import.meta.url)
const running = new Set<Worker>()

/** Starts a thread; see `children/worker.ts` for the jobs. */
export function startThread(workerData: Job): Worker {
  // Loaders are given to worker threads in code of their own on all versions of Node.
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(file.href)}) })`
  const worker = new Worker(code, { eval: true, workerData, stderr: true })
  running.add(worker)
  worker.on('exit', () => running.delete(worker))
  return worker
}

/** What a thread says next. */
export async function said(worker: Worker): Promise<unknown> {
  const [what] = await once(worker, 'message', { signal: AbortSignal.timeout(9000) })
  return what
}

afterEach(async () => {
  await Promise.all(Array.from(running, (worker) => worker.terminate()))
})

let names = 0

/** A name that no other test has. */
export function freshName(): string {
  return `threads-${process.pid}-${++names}`
}
