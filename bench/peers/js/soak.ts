/** PUSH and PULL at full speed until stdin closes, each reporting every ten seconds: messages, and memory in bytes. */
import { type Args, Costs, main, over, report } from './bench.ts'
import { open, receiver, sender } from './hubless-sockets.ts'

const interval = 10_000

function reportEvery(count: () => number): void {
  let costs = new Costs()
  let last = 0
  setInterval(() => {
    const total = count()
    report(costs, total - last, () => ({ rss: process.memoryUsage.rss() }))
    costs = new Costs()
    last = total
  }, interval)
}

async function send(args: Args): Promise<void> {
  const socket = await open(sender(args.pattern), args)
  const body = Buffer.alloc(args.size)
  let sent = 0
  let stopped = false
  reportEvery(() => sent)
  void over().then(() => {
    stopped = true
  })
  for (; !stopped; sent++) await socket.send(body)
}

async function recv(args: Args): Promise<void> {
  const socket = await open(receiver(args.pattern), args)
  let received = 0
  reportEvery(() => received)
  void over().then(() => process.exit())
  for await (const _ of socket) received++
}

await main({ send, recv })
