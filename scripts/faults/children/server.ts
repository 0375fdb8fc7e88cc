/** The host that serves: REP, PULL and PUB, each bound to a port of its own. Publishes a number every 20 ms. */
import { Pub, Pull, Rep, type SocketOptions } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { Arrivals, type Flow, monotonic } from '../arrivals.ts'

const pulled = new Arrivals()
let published = 0
let timer: NodeJS.Timeout | undefined
let sockets: { rep: Rep; pull: Pull; pub: Pub } | undefined
const detached: number[] = []

answer({
  bind: async (place: string, options: SocketOptions, from: number): Promise<void> => {
    const [rep, pull, pub] = [new Rep(options), new Pull(options), new Pub(options)]
    sockets = { rep, pull, pub }
    published = from
    for (const socket of [rep, pull, pub]) socket.on('detach', () => detached.push(monotonic()))
    await Promise.all([rep, pull, pub].map((socket, i) => socket.bind(`${place}:${5001 + i}`)))
    void rep.serve(({ body }) => body, { concurrency: 1000 })
    void (async () => {
      for await (const body of pull) pulled.add(Number(body))
    })()
  },
  start: () => {
    timer = setInterval(() => {
      sockets?.pub.trySend(String(published))
      published++
    }, 20)
  },
  stop: () => clearInterval(timer),
  published: () => published,
  /** Gives its ports back, at once. */
  close: async () => {
    for (const socket of Object.values(sockets ?? {})) await socket.close({ linger: 0 })
  },
  /** The clock on the wall is put forward. */
  jump: (ms: number) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
  },
  report: (since: number, healed: number): { pushes: Flow; numbers: number[]; noticed: number | undefined } => ({
    pushes: {
      sent: 0,
      received: pulled.numbers.size,
      twice: pulled.twice,
      back: pulled.firstAfter(healed),
      drops: sockets?.pull.stats().drops ?? {}
    },
    numbers: [...pulled.numbers],
    noticed: detached.find((time) => time > since)
  })
})
