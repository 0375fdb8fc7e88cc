/** hubless with `await`: `await send`, `for await`. */
import { type Body, Rep, Req } from 'hubless'
import { type Args, askAll, bodies, Costs, Meter, main, ready, report, Sending } from './bench.ts'
import { hold } from './holding.ts'
import { open, options, receiver, rest, sender, stuck, subscribe } from './hubless-sockets.ts'

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
  await subscribe(args, async (sub, tally) => {
    let got = 0
    for await (const body of sub) if (tally.take(body, got++, args.count)) return
  })
}

async function crowd(args: Args): Promise<void> {
  const { many, url, count, size } = args
  const reqs = Array.from({ length: many }, () => new Req(options))
  await Promise.all(reqs.map((req) => req.connect(url).whenConnected()))
  ready()
  const costs = new Costs()
  const body = Buffer.alloc(size)
  let left = count
  const keepAsking = async (req: Req): Promise<void> => {
    while (left-- > 0) await req.request(body)
  }
  await Promise.all(reqs.map(keepAsking))
  report(costs, count)
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

await main({ send, stamp: send, recv, delay: recv, ask, reply, hold: holdAll, sink, stuck, crowd, inproc })
