/**
 * The worker threads of the tests: does what its `job` says with sockets of its own. TypeScript is known in it, as in the
 * programs of `test/helpers/child.ts`, since it is started with the same loader.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from '../../../../src/index.ts'
import '../../../../src/threads.ts'

export interface Job {
  readonly job: keyof typeof jobs
  readonly name: string
  readonly count?: number
  readonly size?: number
}

const { job, name, count = 1, size = 10 } = workerData as Job
const url = `thread://${name}`
const say = (what: unknown): void => parentPort?.postMessage(what)

/** `size` bytes that begin with a number and end with it. */
function numbered(number: number): Buffer {
  const body = Buffer.alloc(size, number & 0xff)
  body.writeUInt32BE(number)
  return body
}

const jobs = {
  /** Answers every question, bound or connected. */
  async bindRep() {
    const rep = new Rep()
    await rep.bind(url)
    void rep.serve(({ body }) => `${body} from a worker`)
    say('bound')
  },
  async connectRep() {
    const rep = new Rep({ reconnectInterval: 10 })
    rep.connect(url)
    void rep.serve(({ body }) => `${body} from a worker`)
  },
  async bind() {
    say(
      await new Pull().bind(url).then(
        () => 'bound',
        (error: { code: string }) => error.code
      )
    )
  },
  /** Sends `count` messages, then says so and ends. */
  async push() {
    const push = new Push({ linger: Number.POSITIVE_INFINITY })
    push.connect(url)
    for (let i = 0; i < count; i++) await push.send(numbered(i))
    await push.close()
    say('sent')
  },
  /** Sends until it is stopped. */
  async flood() {
    const push = new Push()
    push.connect(url)
    for (let i = 0; ; i++) {
      await push.send(numbered(i))
      if (size > 1_000_000) say(i)
    }
  },
  /** Reads nothing, and does nothing else either. */
  async freeze() {
    const pull = new Pull()
    await pull.connect(url).whenConnected()
    say('connected')
    for (;;);
  },
  async crash() {
    const push = new Push()
    await push.connect(url).whenConnected()
    await push.send('last words')
    setTimeout(() => {
      throw new Error('a crash that the test wants')
    }, 50)
  },
  async exit() {
    const push = new Push()
    await push.connect(url).whenConnected()
    process.exit(3)
  },
  async transfer() {
    const push = new Push({ thread: { transfer: true } })
    await push.connect(url).whenConnected()
    const [whole, part] = [Buffer.from(new ArrayBuffer(100_000)).fill(1), Buffer.from(new ArrayBuffer(200_000)).fill(2)]
    await push.send(whole)
    await push.send(part.subarray(0, 100_000))
    say({ whole: whole.length, part: part.length })
  },
  async requests() {
    const req = new Req()
    req.connect(url)
    const replies = await Promise.all(Array.from({ length: count }, (_, i) => req.request(String(i))))
    say(replies.map(String))
    await req.close()
  },
  /** One side of every pattern that a thread in the middle of the test has the other of. */
  async patterns() {
    const [pair, pull, sub, bus, respondent, surveyor, pub] = [
      new Pair(),
      new Pull(),
      new Sub(),
      new Bus(),
      new Respondent(),
      new Surveyor(),
      new Pub()
    ]
    sub.subscribe('news')
    void respondent.serve(({ body }) => `${body}: worker`)
    for (const [socket, at] of Object.entries({ pair, pull, sub, bus, respondent, surveyor, pub })) {
      at.connect(`${url}-${socket}`)
    }
    const heard = [await pair.recv(), await pull.recv(), await sub.recv(), await bus.recv()].map(String)
    await surveyor.waitForPeers(1)
    for await (const { body } of surveyor.survey('from worker', { count: 1, deadline: 5000 })) heard.push(String(body))
    await Promise.all([pair, bus, pub].map((one) => one.waitForPeers(1)))
    await Promise.all([pair.send('to pair'), bus.send('to bus'), pub.send('to sub')])
    say(heard)
  }
}

await jobs[job]()
