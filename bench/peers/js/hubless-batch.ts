/** hubless with `sendBatch` and `batches`, for those who have many messages at once. */
import { type Args, Meter, main, Sending } from './bench.ts'
import { open, receiver, rest, sender, subscribe } from './hubless-sockets.ts'

/** Of one batch, unless a message alone is larger. */
const batchBytes = 65_536

async function send(args: Args): Promise<void> {
  const socket = await open(sender(args.pattern), args)
  await socket.waitForPeers(args.many)
  const batch = new Array(Math.max(1, Math.floor(batchBytes / args.size))).fill(Buffer.alloc(args.size))
  const sending = new Sending(args)
  for (let taken = sending.take(batch.length); taken > 0; taken = sending.take(batch.length)) {
    await socket.sendBatch(taken === batch.length ? batch : batch.slice(0, taken))
  }
  sending.report()
  await rest(socket)
}

async function recv(args: Args): Promise<void> {
  const socket = await open(receiver(args.pattern), args)
  const meter = new Meter(args)
  for await (const bodies of socket.batches()) if (bodies.some((body) => meter.take(body))) break
  meter.report()
}

async function sink(args: Args): Promise<void> {
  await subscribe(args, async (sub, tally) => {
    let got = 0
    for await (const bodies of sub.batches()) {
      if (bodies.some((body) => tally.take(body, got++, args.count))) return
    }
  })
}

await main({ send, recv, sink })
