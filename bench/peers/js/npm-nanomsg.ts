/** The `nanomsg` package: bindings to the C library. Its sockets queue without limit, so the sender waits for room. */
import { type Args, bodies, load, Meter, main, now, over, ready, Sending, Stopwatch, turn } from './bench.ts'

interface Socket {
  readonly queue: readonly unknown[]
  bind(url: string): number | null
  connect(url: string): number | null
  send(body: Buffer | string): void
  on(event: 'data', listener: (body: Buffer) => void): void
}

interface Module {
  socket(type: string, options: object): Socket
}

const { default: nanomsg } = await load<{ default: Module }>('nanomsg')

const senders: Record<string, string> = { pipeline: 'push', pubsub: 'pub', pair: 'pair', reqrep: 'req' }
const receivers: Record<string, string> = { pipeline: 'pull', pubsub: 'sub', pair: 'pair', reqrep: 'rep' }
const queueLimit = 256
const settle = 200

function open(type: string | undefined, { listen, url }: Args): Socket {
  const socket = nanomsg.socket(type ?? '', { rcvmaxsize: -1, tcpnodelay: true })
  if (listen) socket.bind(url)
  else socket.connect(url)
  return socket
}

async function send(args: Args): Promise<void> {
  const socket = open(senders[args.pattern], args)
  // It cannot say when its peers are there.
  await new Promise((resolve) => setTimeout(resolve, settle))
  ready()
  const body = bodies(args)
  const sending = new Sending(args)
  while (sending.next()) {
    socket.send(body())
    while (socket.queue.length >= queueLimit) await turn()
  }
  while (socket.queue.length > 0) await turn()
  sending.report()
  if (args.pattern === 'pubsub') setInterval(() => socket.send(Buffer.alloc(0)), 1)
  await over()
}

async function recv(args: Args): Promise<void> {
  const socket = open(receivers[args.pattern], args)
  const meter = new Meter(args)
  let over = false
  await new Promise<void>((resolve) => {
    socket.on('data', (body) => {
      if (over) return
      over = meter.take(body)
      if (over) resolve()
    })
    ready()
  })
  meter.report()
}

async function ask(args: Args): Promise<void> {
  const socket = open('req', args)
  ready()
  const body = Buffer.alloc(args.size)
  const watch = new Stopwatch(args)
  let left = args.warm + args.count
  let asked = now()
  await new Promise<void>((resolve) => {
    socket.on('data', () => {
      watch.lap(asked)
      if (--left === 0) return resolve()
      asked = now()
      socket.send(body)
    })
    socket.send(body)
  })
  watch.report()
}

async function reply(args: Args): Promise<void> {
  const socket = open('rep', args)
  socket.on('data', (body) => socket.send(body))
  ready()
  await over()
}

await main({ send, stamp: send, recv, delay: recv, ask, reply })
