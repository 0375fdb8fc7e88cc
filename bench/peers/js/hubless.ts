/** hubless with `await`: `await send`, `for await`. */
import { type Body, Rep, Req } from 'hubless'
import { type Args, askAll, bodies, Meter, main, now, ready, report, Sending } from './bench.ts'
import { hold } from './holding.ts'
import { open, options, type Receiver, receiver, rest, sender } from './hubless-sockets.ts'

async function send(args: Args): Promise<void> {
  const socket = await open(sender(args.pattern), args)
  await socket.waitForPeers(args.many)
  const body = bodies(args)
  const sending = new Sending(args)
  while (sending.next()) await socket.send(body())
  sending.report()
  await rest(socket)
}

async function recv(args: Args): Promise<void> {
  const socket = await open(receiver(args.pattern), args)
  const meter = new Meter(args)
  for await (const body of socket) if (meter.take(body)) break
  meter.report()
}

async function ask(args: Args): Promise<void> {
  const req = await open(new Req(options), args)
  const body = Buffer.alloc(args.size)
  await askAll(args, () => req.request(body))
}

async function reply(args: Args): Promise<void> {
  const rep = await open(new Rep(options), args)
  await rep.serve(({ body }) => body)
}

async function sink(args: Args): Promise<void> {
  const { many, url, count } = args
  const subs = Array.from({ length: many }, () => receiver('pubsub'))
  await Promise.all(subs.map((sub) => sub.connect(url).whenConnected()))
  ready()
  let begin = 0
  let total = 0
  const drain = async (sub: Receiver): Promise<void> => {
    let got = 0
    for await (const body of sub) {
      if (begin === 0) begin = now()
      if (body.length === 0) return
      total++
      if (++got === count) return
    }
  }
  await Promise.all(subs.map(drain))
  report(begin, total)
}

async function crowd(args: Args): Promise<void> {
  const { many, url, count, size } = args
  const reqs = Array.from({ length: many }, () => new Req(options))
  await Promise.all(reqs.map((req) => req.connect(url).whenConnected()))
  ready()
  const begin = now()
  const body = Buffer.alloc(size)
  let left = count
  const keepAsking = async (req: Req): Promise<void> => {
    while (left-- > 0) await req.request(body)
  }
  await Promise.all(reqs.map(keepAsking))
  report(begin, count)
}

async function inproc(args: Args): Promise<void> {
  const pull = receiver(args.pattern)
  const push = sender(args.pattern)
  await pull.bind(args.url)
  await push.connect(args.url).whenConnected()
  ready()
  const meter = new Meter(args)
  const body = Buffer.alloc(args.size)
  let message: Body
  do {
    await push.send(body)
    message = await pull.recv()
  } while (!meter.take(message))
  meter.report()
}

async function holdAll(args: Args): Promise<void> {
  const pull = receiver('pipeline')
  await pull.bind(args.url)
  await hold(args, async () => void (await pull.waitForPeers(args.count)))
}

await main({ send, stamp: send, recv, delay: recv, ask, reply, hold: holdAll, sink, crowd, inproc })
