/** A proxy of HTTP CONNECT, and an agent that connects through it, as small as they can be. */
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { EndpointOptions } from 'hubless'
import { afterEach } from 'vitest'

const servers = new Set<Server>()
afterEach(() => {
  for (const server of servers) server.close()
  servers.clear()
})

export interface ConnectProxy {
  readonly url: string
  /** What it was asked to connect to. */
  readonly asked: string[]
}

/** `names`: where a host leads that only the proxy knows. `status`: refuses everything with it. */
export async function connectProxy(
  options: { readonly names?: Readonly<Record<string, string>>; readonly status?: string } = {}
): Promise<ConnectProxy> {
  const asked: string[] = []
  const server = createServer().on('connect', ({ url = '' }, stream: Socket) => {
    asked.push(url)
    stream.on('error', () => {})
    if (options.status !== undefined) {
      stream.end(`HTTP/1.1 ${options.status}\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(`tcp://${url}`)
    const onward = connect({ host: options.names?.[hostname] ?? hostname, port: Number(port) })
    onward.on('error', () => stream.destroy()).on('close', () => stream.destroy())
    stream.on('close', () => onward.destroy())
    onward.once('connect', () => {
      stream.write('HTTP/1.1 200 Connection established\r\n\r\n')
      stream.pipe(onward).pipe(stream)
    })
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** By `createConnection` alone. */
export function agentFor({ url }: ConnectProxy): NonNullable<EndpointOptions['agent']> {
  return {
    createConnection({ host, port }, callback) {
      request(url, { method: 'CONNECT', path: `${host}:${port}` })
        .on('connect', ({ statusCode }, stream: Socket, head) => {
          if (statusCode !== 200) {
            callback(new Error(`the proxy said ${statusCode}`))
            return
          }
          stream.unshift(head)
          callback(null, stream)
        })
        .on('error', callback)
        .end()
    }
  }
}
