/**
 * Two threads of one process: a worker sends, this thread receives.
 *
 *   threads thread|ipc|postMessage URL SIZE COUNT       prints { "rate": messages per second }
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Pull, Push } from 'hubless'
import 'hubless/threads'

interface Task {
  readonly how: string
  readonly url: string
  readonly size: number
  readonly count: number
}

/** Messages that one `postMessage` each sends before others have their turn. */
const inARow = 500

if (isMainThread) {
  const [how = 'thread', url = 'thread://bench', size = '64', count = '100000'] = process.argv.slice(2)
  const task: Task = { how, url, size: Number(size), count: Number(count) }
  console.log(JSON.stringify({ rate: await (how === 'postMessage' ? plain(task) : sockets(task)) }))
  process.exit()
} else {
  const task = workerData as Task
  if (task.how === 'postMessage') post(task)
  else await send(task)
}

/** The first tenth is not timed. */
function untimed(count: number): number {
  return Math.ceil(count / 10)
}

function rate(count: number, begin: number): number {
  return (count - untimed(count)) / ((performance.now() - begin) / 1000)
}

async function sockets(task: Task): Promise<number> {
  const pull = new Pull()
  await pull.bind(task.url)
  new Worker(new URL(import.meta.url), { workerData: task })
  const warm = untimed(task.count)
  let [received, begin] = [0, 0]
  for await (const _ of pull) {
    if (++received === warm) begin = performance.now()
    if (received === task.count) break
  }
  return rate(task.count, begin)
}

function plain(task: Task): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task })
  const warm = untimed(task.count)
  let [received, begin] = [0, 0]
  return new Promise((resolve) => {
    worker.on('message', () => {
      if (++received === warm) begin = performance.now()
      if (received === task.count) resolve(rate(task.count, begin))
    })
  })
}

async function send({ url, size, count }: Task): Promise<void> {
  const push = new Push()
  push.connect(url)
  const body = Buffer.alloc(size)
  for (let i = 0; i < count; i++) await push.send(body)
  await push.close({ linger: Number.POSITIVE_INFINITY })
}

function post({ size, count }: Task): void {
  const body = Buffer.alloc(size)
  let sent = 0
  const some = (): void => {
    for (let i = 0; i < inARow && sent < count; i++, sent++) parentPort?.postMessage(body)
    if (sent < count) setImmediate(some)
  }
  some()
}
