/** NATS: both sides are clients of one server. `flush` is how its client waits for what it has published. */
import { type Args, askAll, bodies, load, Meter, main, over, ready, Sending } from './bench.ts'

interface Message {
  readonly data: Uint8Array
  respond(body: Uint8Array): boolean
}

interface Connection {
  publish(subject: string, body: Uint8Array): void
  subscribe(subject: string): AsyncIterable<Message>
  request(subject: string, body: Uint8Array, options: { timeout: number }): Promise<Message>
  flush(): Promise<void>
}

const { connect } = await load<{ connect(options: { servers: string }): Promise<Connection> }>(
  '@nats-io/transport-node'
)

const subject = 'bench'
const unflushedBytes = 1_048_576

async function open({ url }: Args): Promise<Connection> {
  return connect({ servers: url.replace('nats://', '') })
}

async function send(args: Args): Promise<void> {
  const connection = await open(args)
  ready()
  const body = bodies(args)
  const batch = Math.max(1, Math.floor(unflushedBytes / args.size))
  const sending = new Sending(args)
  for (let sent = 0; sending.next(); sent++) {
    connection.publish(subject, body())
    if (sent % batch === 0) await connection.flush()
  }
  await connection.flush()
  sending.report()
  await over()
}

async function recv(args: Args): Promise<void> {
  const connection = await open(args)
  const messages = connection.subscribe(subject)
  await connection.flush()
  ready()
  const meter = new Meter(args)
  for await (const { data } of messages) if (meter.take(data)) break
  meter.report()
}

async function ask(args: Args): Promise<void> {
  const connection = await open(args)
  ready()
  const body = Buffer.alloc(args.size)
  await askAll(args, () => connection.request(subject, body, { timeout: 10_000 }))
}

async function reply(args: Args): Promise<void> {
  const connection = await open(args)
  const messages = connection.subscribe(subject)
  await connection.flush()
  ready()
  for await (const message of messages) message.respond(message.data)
}

await main({ send, stamp: send, recv, delay: recv, ask, reply })
