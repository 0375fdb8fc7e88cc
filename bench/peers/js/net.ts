/**
 * The limit: a bare `node:net` socket. The sender writes a prepared 64 KiB of frames over and over, and the receiver
 * counts bytes; nothing is framed, copied or parsed per message. A round trip is one message there and back.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Args, Costs, main, now, over, report, Stopwatch } from './bench.ts'
import { flood, hold } from './holding.ts'
import { address, open, prefix, send } from './net-sockets.ts'

const backlog = 511

async function recv(args: Args): Promise<void> {
  const socket = await open(args)
  const frame = prefix + args.size
  const first = args.warm * frame
  const last = first + args.count * frame
  let bytes = 0
  let costs: Costs | undefined
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes >= first) costs ??= new Costs()
    if (bytes >= last) socket.emit('all')
  })
  await once(socket, 'all')
  report(costs, args.count)
}

async function ask(args: Args): Promise<void> {
  const socket = await open(args)
  const body = Buffer.alloc(prefix + args.size)
  const watch = new Stopwatch(args)
  const total = args.warm + args.count
  const asked: number[] = []
  let sent = 0
  let bytes = 0
  let answered = 0
  const next = (): void => {
    if (sent === total) return
    asked[sent++ % args.many] = now()
    socket.write(body)
  }
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    for (; bytes >= body.length; bytes -= body.length) {
      watch.lap(asked[answered++ % args.many] as number)
      next()
    }
    if (answered === total) socket.emit('all')
  })
  for (let i = 0; i < args.many; i++) next()
  await once(socket, 'all')
  watch.report()
}

async function reply(args: Args): Promise<void> {
  const socket = await open(args)
  socket.on('data', (chunk) => socket.write(chunk))
  await over()
}

/** Keeps every connection, answers its hello and discards what follows. */
async function holdAll(args: Args): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }).listen({ ...address(args.url), backlog })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('data', (hello) => {
      socket.write(hello)
      socket.on('data', () => {})
      if (sockets.size === args.count) server.emit('full')
    })
  })
  await hold(args, async () => void (await once(server, 'full')))
}

await main({ send, recv, ask, reply, hold: holdAll, flood })
