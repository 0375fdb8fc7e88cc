/** The host that comes: REQ, PUSH and SUB, which send a number every 20 ms; requests do not wait for one another. */
import { stat } from 'node:fs/promises'
import { Push, Req, type SocketOptions, Sub } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { Arrivals, type Flow, monotonic } from '../arrivals.ts'

const [replies, news] = [new Arrivals(), new Arrivals()]
let [asked, failed, pushed] = [0, 0, 0]
let running = false
let sockets: { req: Req; push: Push; sub: Sub } | undefined
const detached: number[] = []
const most = 500
let slowest = 0

async function ask(req: Req): Promise<void> {
  const number = asked++
  try {
    replies.add(Number(await req.request(String(number), { timeout: 60_000 })))
  } catch {
    failed++
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

answer({
  connect: (place: string, { resendInterval, ...options }: SocketOptions & { resendInterval?: number }): void => {
    const req = new Req(resendInterval === undefined ? options : { ...options, resendInterval })
    const [push, sub] = [new Push(options), new Sub(options)]
    sub.subscribe('')
    sockets = { req, push, sub }
    for (const socket of [req, push, sub]) socket.on('detach', () => detached.push(monotonic()))
    for (const [i, socket] of [req, push, sub].entries()) socket.connect(`${place}:${5001 + i}`)
    void (async () => {
      for await (const body of sub) news.add(Number(body))
    })()
  },
  connected: async () => {
    await Promise.all(Object.values(sockets ?? {}).map((socket) => socket.waitForPeers(1, { timeout: 20_000 })))
  },
  start: () => {
    running = true
    void (async () => {
      while (running && sockets !== undefined) {
        if (asked - replies.numbers.size - failed < most) void ask(sockets.req)
        await pause(20)
      }
    })()
    void (async () => {
      for (; running && sockets !== undefined; pushed++) {
        await sockets.push.send(String(pushed))
        await pause(20)
      }
    })()
  },
  stop: () => {
    running = false
  },
  jump: (ms: number) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
  },
  /** How long the file system takes at worst: it shares its threads with name lookups. */
  watchFiles: async () => {
    for (let looks = 0; looks < 200; looks++) {
      const began = performance.now()
      await stat('/')
      slowest = Math.max(slowest, performance.now() - began)
      await pause(50)
    }
    return slowest
  },
  report: (since: number, healed: number) => {
    const of = (arrivals: Arrivals, sent: number, drops: object): Flow => ({
      sent,
      received: arrivals.numbers.size,
      twice: arrivals.twice,
      back: arrivals.firstAfter(healed),
      drops
    })
    const { req, sub } = sockets ?? {}
    return {
      requests: of(replies, asked, req?.stats().drops ?? {}),
      news: of(news, 0, sub?.stats().drops ?? {}),
      pushed,
      open: asked - replies.numbers.size - failed,
      resends: req?.stats().resends ?? 0,
      rejects: req?.stats().rejects ?? {},
      noticed: detached.find((time) => time > since)
    }
  }
})
