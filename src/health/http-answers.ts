/**
 * What `/livez`, `/readyz`, `/startupz` and `/metrics` answer, whoever runs the server. Part of what `health()` loads:
 * when the first probe comes, there may be no file descriptor left to load anything with.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Aspect } from './aspects.ts'
import { contentType } from './metrics.ts'
import type { Answering } from './report.ts'

const paths: Readonly<Record<string, Aspect | 'metrics'>> = {
  '/livez': 'live',
  '/readyz': 'ready',
  '/startupz': 'started',
  '/metrics': 'metrics'
}

/** What a request asks for; undefined for other paths. */
export function questionOf({ url = '' }: IncomingMessage): Aspect | 'metrics' | undefined {
  const path = url.split('?', 1)[0] ?? ''
  return Object.hasOwn(paths, path) ? paths[path] : undefined
}

/** Never rejects: a question that cannot be answered is answered with 500. */
export async function respond(
  health: Answering,
  question: Aspect | 'metrics',
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  try {
    await answer(health, question, request, response)
  } catch {
    // Part of an answer, or one of somebody else, is there already.
    if (response.headersSent) response.destroy()
    else send(response, 500, 'text/plain', 'this could not be found out\n')
  }
}

async function answer(
  health: Answering,
  question: Aspect | 'metrics',
  { method }: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    send(response, 405, 'text/plain', 'GET or HEAD\n')
  } else if (question === 'metrics') {
    send(response, 200, contentType, health.metrics())
  } else {
    const report = await health.report(question)
    send(response, report.ok ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`)
  }
}

export function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store'
  })
  response.end(body)
}
