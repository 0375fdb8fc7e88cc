/** A server of its own for the answers over HTTP. Loaded when somebody wants one. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { questionOf, respond, send } from './http-answers.ts'
import type { Answering } from './report.ts'

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

export async function serveHttp(health: Answering, port: number, host: string): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const question = questionOf(request)
    if (question === undefined) send(response, 404, 'text/plain', 'not found\n')
    else void respond(health, question, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // A connection that cannot be accepted, for want of descriptors, is that one's loss; the server goes on.
  server.on('error', () => {})
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
