/** zeromq.js 6. An XPublisher is a Publisher that also says when its subscribers are there. */
import { type Args, bodies, Costs, load, Meter, main, now, over, ready, report, Sending, Stopwatch } from './bench.ts'

interface Socket extends AsyncIterable<Buffer[]> {
  bind(url: string): Promise<void>
  connect(url: string): void
  send(message: Buffer | (Buffer | string)[]): Promise<void>
  receive(): Promise<Buffer[]>
  subscribe(): void
}

type Type = 'Push' | 'Pull' | 'XPublisher' | 'Subscriber' | 'Pair' | 'Request' | 'Reply' | 'Dealer'

const zmq = await load<Record<Type, new (options?: object) => Socket> & { context: { maxSockets: number } }>('zeromq')

const senders: Record<string, Type> = { pipeline: 'Push', pubsub: 'XPublisher', pair: 'Pair', reqrep: 'Request' }
const receivers: Record<string, Type> = { pipeline: 'Pull', pubsub: 'Subscriber', pair: 'Pair', reqrep: 'Reply' }

function create(type: Type | undefined): Socket {
  if (type === undefined) throw new Error('no such pattern')
  const socket = new zmq[type](type === 'XPublisher' ? { verbosity: 'allSubs' } : {})
  if (type === 'Subscriber') socket.subscribe()
  return socket
}

async function open(type: Type | undefined, { listen, url }: Args): Promise<Socket> {
  const socket = create(type)
  if (listen) await socket.bind(url)
  else socket.connect(url)
  ready()
  return socket
}

async function send(args: Args): Promise<void> {
  const socket = await open(senders[args.pattern], args)
  const publishing = args.pattern === 'pubsub'
  if (publishing) for (let i = 0; i < args.many; i++) await socket.receive()
  const body = bodies(args)
  const sending = new Sending(args)
  while (sending.next()) await socket.send(body())
  sending.report()
  if (publishing) setInterval(() => void socket.send(Buffer.alloc(0)), 1)
  await over()
}

async function recv(args: Args): Promise<void> {
  const socket = await open(receivers[args.pattern], args)
  const meter = new Meter(args)
  for await (const [body] of socket) if (meter.take(body as Buffer)) break
  meter.report()
}

/** With several outstanding it is a Dealer, which writes and reads the empty first part of a Request itself. */
async function ask(args: Args): Promise<void> {
  const { many, size, warm, count } = args
  const socket = await open(many > 1 ? 'Dealer' : 'Request', args)
  const body = Buffer.alloc(size)
  const message = many > 1 ? ['', body] : [body]
  const watch = new Stopwatch(args)
  const total = warm + count
  const asked: number[] = []
  let sent = 0
  const next = async (): Promise<void> => {
    if (sent === total) return
    asked[sent++ % many] = now()
    await socket.send(message)
  }
  for (let i = 0; i < many; i++) await next()
  for (let i = 0; i < total; i++) {
    await socket.receive()
    watch.lap(asked[i % many] as number)
    await next()
  }
  watch.report()
}

async function reply(args: Args): Promise<void> {
  const socket = await open('Reply', args)
  for await (const message of socket) await socket.send(message)
}

async function stuck(args: Args): Promise<void> {
  await open(receivers[args.pattern], args)
  await over()
}

async function sink({ many, url, count }: Args): Promise<void> {
  zmq.context.maxSockets = 4096
  const sockets = Array.from({ length: many }, () => create('Subscriber'))
  for (const socket of sockets) socket.connect(url)
  ready()
  let costs: Costs | undefined
  let total = 0
  const drain = async (socket: Socket): Promise<void> => {
    let got = 0
    for await (const [body] of socket) {
      costs ??= new Costs()
      if (body?.length === 0) return
      total++
      if (++got === count) return
    }
  }
  await Promise.all(sockets.map(drain))
  report(costs, total)
}

async function crowd({ many, url, count, size }: Args): Promise<void> {
  zmq.context.maxSockets = 4096
  const sockets = Array.from({ length: many }, () => create('Request'))
  for (const socket of sockets) socket.connect(url)
  ready()
  const costs = new Costs()
  const body = Buffer.alloc(size)
  let left = count
  const keepAsking = async (socket: Socket): Promise<void> => {
    while (left-- > 0) {
      await socket.send(body)
      await socket.receive()
    }
  }
  await Promise.all(sockets.map(keepAsking))
  report(costs, count)
}

async function inproc(args: Args): Promise<void> {
  const pull = create(receivers[args.pattern])
  const push = create(senders[args.pattern])
  await pull.bind(args.url)
  push.connect(args.url)
  ready()
  const meter = new Meter(args)
  const body = Buffer.alloc(args.size)
  let message: Buffer[]
  do {
    await push.send(body)
    message = await pull.receive()
  } while (!meter.take(message[0] as Buffer))
  meter.report()
}

await main({ send, stamp: send, recv, delay: recv, ask, reply, sink, stuck, crowd, inproc })
