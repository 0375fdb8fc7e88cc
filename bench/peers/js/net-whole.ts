/**
 * The limit for large messages: as net.ts, but the receiver hands each message over in one piece and in memory of its own,
 * which it copies the reads of Node to.
 */
import { once } from 'node:events'
import { type Args, Meter, main } from './bench.ts'
import { open, prefix, send } from './net-sockets.ts'

async function recv(args: Args): Promise<void> {
  const socket = await open(args)
  const meter = new Meter(args)
  let body = Buffer.allocUnsafeSlow(args.size)
  /** Where the next byte belongs; below 0 in the prefix. */
  let at = -prefix
  socket.on('data', (chunk: Buffer) => {
    for (let from = 0; from < chunk.length; ) {
      const taken = at < 0 ? Math.min(-at, chunk.length - from) : chunk.copy(body, at, from)
      at += taken
      from += taken
      if (at < args.size) continue
      if (meter.take(body)) socket.emit('all')
      body = Buffer.allocUnsafeSlow(args.size)
      at = -prefix
    }
  })
  await once(socket, 'all')
  meter.report()
}

await main({ send, recv })
