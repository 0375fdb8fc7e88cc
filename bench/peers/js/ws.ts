/** A bare `ws` socket, one WebSocket message per message, written as fast as its buffer empties. */
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import { type Args, Meter, main, over, ready, Sending } from './bench.ts'

const highWater = 1_048_576

async function open({ listen, url }: Args): Promise<WebSocket> {
  const { hostname: host, port } = new URL(url)
  if (listen) {
    const server = new WebSocketServer({ host, port: Number(port), perMessageDeflate: false })
    await once(server, 'listening')
    ready()
    const [socket] = (await once(server, 'connection')) as [WebSocket]
    return socket
  }
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'open')
  ready()
  return socket
}

async function send(args: Args): Promise<void> {
  const socket = await open(args)
  const body = Buffer.alloc(args.size)
  const sending = new Sending(args)
  while (sending.next()) {
    if (socket.bufferedAmount < highWater) socket.send(body)
    else await new Promise((resolve) => socket.send(body, resolve))
  }
  sending.report()
  await over()
}

async function recv(args: Args): Promise<void> {
  const socket = await open(args)
  const meter = new Meter(args)
  await new Promise<void>((resolve) => {
    socket.on('message', (body: Buffer) => {
      if (meter.take(body)) resolve()
    })
  })
  meter.report()
}

await main({ send, recv })
