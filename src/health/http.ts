/** `/livez`, `/readyz`, `/startupz` and `/metrics` on `node:http`. Loaded when somebody wants it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Aspect, Health } from './health.ts'
import { contentType } from './metrics.ts'

const aspects: Readonly<Record<string, Aspect>> = { '/livez': 'live', '/readyz': 'ready', '/startupz': 'started' }

export async function serveHttp(
  health: Health,
  port: number,
  host: string
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (!health.handle(request, response)) send(response, 404, 'text/plain', 'not found\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

export async function respond(
  health: Health,
  path: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    send(response, 405, 'text/plain', 'GET or HEAD\n')
    return
  }
  const aspect = aspects[path]
  if (aspect === undefined) {
    send(response, 200, contentType, health.metrics())
    return
  }
  const report = await health.report(aspect)
  send(response, report.ok ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store'
  })
  response.end(body)
}
