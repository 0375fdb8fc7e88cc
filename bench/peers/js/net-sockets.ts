/** What the bare sockets share: how they are opened, and a sender that writes 64 KiB of prepared frames over and over. */
import { once } from 'node:events'
import { createServer, connect as dial, type NetConnectOpts, type Socket } from 'node:net'
import { type Args, Costs, over, ready, report } from './bench.ts'

const chunkSize = 65_536
export const prefix = 8

export function address(url: string): NetConnectOpts {
  if (url.startsWith('ipc://')) return { path: url.slice(6) }
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

export async function open({ listen, url }: Args): Promise<Socket> {
  if (listen) {
    const server = createServer({ noDelay: true }).listen(address(url))
    await once(server, 'listening')
    ready()
    const [socket] = (await once(server, 'connection')) as [Socket]
    return socket
  }
  const socket = dial({ ...address(url), noDelay: true })
  await once(socket, 'connect')
  ready()
  return socket
}

export async function send(args: Args): Promise<void> {
  const socket = await open(args)
  const frame = prefix + args.size
  const perWrite = Math.max(1, Math.floor(chunkSize / frame))
  const chunk = Buffer.alloc(perWrite * frame)
  let costs: Costs | undefined
  for (let left = args.warm + args.count; left > 0; left -= perWrite) {
    if (left <= args.count) costs ??= new Costs()
    if (!socket.write(left >= perWrite ? chunk : chunk.subarray(0, left * frame))) await once(socket, 'drain')
  }
  report(costs, args.count)
  await over()
}
