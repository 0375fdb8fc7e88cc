/** Worker threads: hashing 64 KiB at a time in two of them, the least busy first, while this thread stays responsive. */
import { createHash } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread, threadId, Worker } from 'node:worker_threads'
import { Rep, Req } from 'hubless'
import 'hubless/threads'

const hash = (body: Uint8Array): Buffer => createHash('sha3-512').update(body).digest()

/** Of a file in JavaScript it is `new Worker(new URL(import.meta.url))`; this one needs its loader. */
const start = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`

/** Asks the worker with the fewest requests under way. */
class Pool {
  readonly #workers = Array.from({ length: 2 }, () => {
    const worker = new Worker(start, { eval: true })
    const req = new Req()
    req.connect(`thread://hash-${worker.threadId}`)
    return { worker, req, underWay: 0, answered: 0 }
  })

  get answered(): number[] {
    return this.#workers.map(({ answered }) => answered)
  }

  async hash(body: Uint8Array): Promise<Buffer> {
    const least = this.#workers.reduce((a, b) => (b.underWay < a.underWay ? b : a))
    least.underWay++
    try {
      return await least.req.request(body)
    } finally {
      least.underWay--
      least.answered++
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ req }) => req.close()))
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()))
  }
}

if (isMainThread) {
  const count = 2000
  const bodies = Array.from({ length: 10 }, (_, i) => Buffer.alloc(65_536, i))
  const body = (i: number): Buffer => bodies[i % 10] as Buffer
  const expected = bodies.map(hash)
  const begin = performance.now()
  for (let i = 0; i < count; i++) hash(body(i))
  const alone = count / (performance.now() - begin)

  const pool = new Pool()
  await Promise.all([pool.hash(body(0)), pool.hash(body(1))])
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  let next = 0
  let right = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let i = next++; i < count; i = next++)
        if ((await pool.hash(body(i))).equals(expected[i % 10] as Buffer)) right++
    })
  )
  const together = count / (performance.now() - began)
  delay.disable()
  console.log(`${right} of ${count} hashes are right`)
  console.log(`both workers had a share: ${pool.answered.every((answered) => answered > count / 10)}`)
  const p99 = delay.percentile(99) / 1e6 - 1
  console.error(JSON.stringify({ alone, together, p99 }))
  await pool.close()
} else {
  const rep = new Rep()
  await rep.bind(`thread://hash-${threadId}`)
  void rep.serve(({ body }) => hash(body))
}

// Prints:
// 2000 of 2000 hashes are right
// both workers had a share: true
