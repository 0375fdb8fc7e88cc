/** hubless with `trySend` and `tryRecv`, waiting only where they would block. */
import type { Body } from 'hubless'
import { type Args, Meter, main, ready, Sending } from './bench.ts'
import { open, receiver, rest, sender } from './hubless-sockets.ts'

async function send(args: Args): Promise<void> {
  const socket = await open(sender(args.pattern), args)
  await socket.waitForPeers(args.many)
  const body = Buffer.alloc(args.size)
  const sending = new Sending(args)
  while (sending.next()) if (!socket.trySend(body)) await socket.send(body)
  sending.report()
  await rest(socket)
}

async function recv(args: Args): Promise<void> {
  const socket = await open(receiver(args.pattern), args)
  const meter = new Meter(args)
  let message: Body
  do message = socket.tryRecv() ?? (await socket.recv())
  while (!meter.take(message))
  meter.report()
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
    if (!push.trySend(body)) await push.send(body)
    message = pull.tryRecv() ?? (await pull.recv())
  } while (!meter.take(message))
  meter.report()
}

await main({ send, recv, inproc })
