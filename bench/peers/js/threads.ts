/**
 * Two threads of one process: a worker sends, this thread receives.
 *
 *   threads thread|ipc|postMessage URL SIZE COUNT       prints { "rate": messages per second, "cpu": µs of both threads a message }
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
  console.log(JSON.stringify(await (how === 'postMessage' ? plain(task) : sockets(task))))
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

interface Cost {
  readonly rate: number
  readonly cpu: number
}

/** Where the time begins; gives what each of `count` messages has cost since. */
function watch(): (count: number) => Cost {
  const begin = performance.now()
  const before = process.cpuUsage()
  return (count) => {
    const timed = count - untimed(count)
    const { user, system } = process.cpuUsage(before)
    return { rate: timed / ((performance.now() - begin) / 1000), cpu: (user + system) / timed }
  }
}

async function sockets(task: Task): Promise<Cost> {
  const pull = new Pull()
  await pull.bind(task.url)
  new Worker(new URL(import.meta.url), { workerData: task })
  const warm = untimed(task.count)
  let received = 0
  let cost = watch()
  for await (const _ of pull) {
    if (++received === warm) cost = watch()
    if (received === task.count) break
  }
  return cost(task.count)
}

function plain(task: Task): Promise<Cost> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task })
  const warm = untimed(task.count)
  let received = 0
  let cost = watch()
  return new Promise((resolve) => {
    worker.on('message', () => {
      if (++received === warm) cost = watch()
      if (received === task.count) resolve(cost(task.count))
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
