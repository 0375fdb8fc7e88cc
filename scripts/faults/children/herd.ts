/** Many REQ sockets of one server, each asking one request after the other until they are told to stop. */
import { Req } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { monotonic } from '../arrivals.ts'

const reqs: Req[] = []
const loops: Promise<void>[] = []
const attached: number[] = []
let [asked, answered, wrong] = [0, 0, 0]
let running = true

answer({
  connect: async (url: string, count: number) => {
    for (let i = 0; i < count; i++) {
      const req = new Req()
      req.on('attach', () => attached.push(monotonic()))
      req.connect(url)
      reqs.push(req)
    }
    await Promise.all(reqs.map((req) => req.waitForPeers(1, { timeout: 20_000 })))
  },
  start: () => {
    for (const req of reqs) {
      const ask = async (): Promise<void> => {
        while (running) {
          const question = String(asked++)
          const reply = String(await req.request(question, { timeout: 60_000 }))
          answered++
          if (reply !== question) wrong++
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      loops.push(ask())
    }
  },
  connected: async () => {
    await Promise.all(reqs.map((req) => req.waitForPeers(1, { timeout: 30_000 })))
  },
  attached: (since: number) => attached.filter((time) => time > since),
  stop: async () => {
    running = false
    await Promise.allSettled(loops)
    return { asked, answered, wrong }
  }
})
