/** RabbitMQ: a fan-out exchange, and a queue that is neither durable nor acknowledged. */
import { type EventEmitter, once } from 'node:events'
import { type Args, bodies, load, Meter, main, over, ready, Sending } from './bench.ts'

interface Channel extends EventEmitter {
  assertExchange(name: string, type: 'fanout', options: { durable: false }): Promise<unknown>
  assertQueue(name: '', options: { exclusive: true }): Promise<{ readonly queue: string }>
  bindQueue(queue: string, exchange: string, key: ''): Promise<unknown>
  consume(
    queue: string,
    listener: (message: { readonly content: Buffer } | null) => void,
    options: { noAck: true }
  ): Promise<unknown>
  publish(exchange: string, key: '', body: Buffer): boolean
}

interface Module {
  connect(url: string): Promise<{ createChannel(): Promise<Channel> }>
}

const { connect } = await load<Module>('amqplib')

const exchange = 'bench'

async function open({ url }: Args): Promise<Channel> {
  const channel = await (await connect(url)).createChannel()
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  return channel
}

async function send(args: Args): Promise<void> {
  const channel = await open(args)
  ready()
  const body = bodies(args)
  const sending = new Sending(args)
  while (sending.next()) if (!channel.publish(exchange, '', body())) await once(channel, 'drain')
  sending.report()
  await over()
}

async function recv(args: Args): Promise<void> {
  const channel = await open(args)
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, exchange, '')
  const meter = new Meter(args)
  await new Promise<void>((resolve, reject) => {
    const take = (message: { readonly content: Buffer } | null): void => {
      if (message !== null && meter.take(message.content)) resolve()
    }
    channel.consume(queue, take, { noAck: true }).then(ready, reject)
  })
  meter.report()
}

await main({ send, stamp: send, recv, delay: recv })
