/** Redis pub/sub: both sides are clients of one server; publishing is pipelined. */
import { type Args, bodies, load, Meter, main, over, ready, Sending } from './bench.ts'

interface Client {
  connect(): Promise<unknown>
  publish(channel: string, body: Buffer): Promise<number>
  subscribe(channel: string, listener: (body: Buffer) => void, asBuffers: true): Promise<void>
  on(event: 'error', listener: (error: Error) => void): void
}

const { createClient } = await load<{ createClient(options: { url: string }): Client }>('redis')

const channel = 'bench'
const unansweredBytes = 1_048_576

async function open({ url }: Args): Promise<Client> {
  const client = createClient({ url })
  client.on('error', (error) => {
    throw error
  })
  await client.connect()
  return client
}

async function send(args: Args): Promise<void> {
  const client = await open(args)
  ready()
  const body = bodies(args)
  const batch = Math.max(1, Math.floor(unansweredBytes / args.size))
  const sending = new Sending(args)
  let last: Promise<unknown> = Promise.resolve()
  for (let sent = 0; sending.next(); sent++) {
    last = client.publish(channel, body())
    if (sent % batch === 0) await last
  }
  await last
  sending.report()
  await over()
}

async function recv(args: Args): Promise<void> {
  const client = await open(args)
  const meter = new Meter(args)
  await new Promise<void>((resolve, reject) => {
    const take = (body: Buffer): void => {
      if (meter.take(body)) resolve()
    }
    client.subscribe(channel, take, true).then(ready, reject)
  })
  meter.report()
}

await main({ send, stamp: send, recv, delay: recv })
