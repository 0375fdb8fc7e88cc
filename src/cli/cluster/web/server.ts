/**
 * Serves the map of a cluster over HTTP: a page, its scripts and style, and the snapshots as server-sent events while
 * somebody looks. It answers requests for this host by address or as `localhost` only, so that no page of another site
 * can read it by a name that it lets point here; nothing of it may be framed, and its scripts come from here alone.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Snapshot } from '../snapshot.ts'

/** What makes the snapshots. */
export interface Looking {
  look(deadline: number): Promise<Snapshot>
}

export interface MapOptions {
  readonly port: number
  readonly host: string
  /** ms between two snapshots */
  readonly interval: number
}

export interface MapServer {
  readonly url: string
  close(): Promise<void>
}

const files: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/main.js': { file: 'main.js', type: 'text/javascript; charset=utf-8' },
  '/view.js': { file: 'view.js', type: 'text/javascript; charset=utf-8' },
  '/format.js': { file: 'format.js', type: 'text/javascript; charset=utf-8' }
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store'
} as const

const mostWatching = 64
/** Who has not read this much is shown the next snapshot instead, bytes. */
const mostUnread = 4_194_304

/** Resolves once it listens. Rejects with what `listen` fails with. */
export async function serveMap(observer: Looking, { port, host, interval }: MapOptions): Promise<MapServer> {
  const feed = new Feed(observer, interval)
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (!isMeant(request.headers.host, host)) answer(response, 421, 'this host is not meant\n')
    else if (request.method !== 'GET') answer(response.setHeader('allow', 'GET'), 405, 'GET\n')
    else if (path === '/events') feed.watch(request, response)
    else if (Object.hasOwn(files, path)) sendFile(response, path)
    else answer(response, 404, 'there is nothing here\n')
  })
  server.headersTimeout = 10_000
  server.maxConnections = mostWatching * 2
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  server.on('error', () => {})
  const address = server.address() as AddressInfo
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shown}:${address.port}/`,
    close: async () => {
      feed.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    }
  }
}

/** An address names this host whatever DNS says; a name does so only if it is the one it was told to listen at. */
function isMeant(header: string | undefined, host: string): boolean {
  const name = (header ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return isIP(name) !== 0 || name === 'localhost' || name === host.toLowerCase()
}

function sendFile(response: ServerResponse, path: string): void {
  const { file, type } = files[path] as { file: string; type: string }
  try {
    const bytes = readFileSync(new URL(`./page/${file}`, import.meta.url))
    response.writeHead(200, { ...headers, 'content-type': type, 'content-length': bytes.length })
    response.end(bytes)
  } catch {
    answer(response, 500, 'the page is not there\n')
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
  response.end(text)
}

/** Takes snapshots while somebody watches, and hands each to all who do. */
class Feed {
  readonly #observer: Looking
  readonly #interval: number
  readonly #watching: Set<ServerResponse> = new Set()
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking = false
  #closed = false
  #last: Snapshot | undefined

  constructor(observer: Looking, interval: number) {
    this.#observer = observer
    this.#interval = interval
  }

  watch(request: IncomingMessage, response: ServerResponse): void {
    if (this.#watching.size >= mostWatching) {
      answer(response, 503, 'too many are watching\n')
      return
    }
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' })
    response.write('retry: 1000\n\n')
    this.#watching.add(response)
    request.once('close', () => this.#watching.delete(response))
    response.on('error', () => {})
    if (this.#last !== undefined) send(response, this.#last)
    void this.#look()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const response of this.#watching) response.end()
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    clearTimeout(this.#timer)
    const began = performance.now()
    const snapshot = await this.#observer.look(Math.min(this.#interval, 500)).catch(() => undefined)
    this.#looking = false
    if (this.#closed || this.#watching.size === 0) return
    if (snapshot !== undefined) {
      this.#last = snapshot
      for (const response of this.#watching) if (response.writableLength < mostUnread) send(response, snapshot)
    }
    const next = Math.max(20, this.#interval - (performance.now() - began))
    this.#timer = setTimeout(() => void this.#look(), next)
  }
}

/** JSON has no line breaks of its own, so that one line carries it. */
function send(response: ServerResponse, snapshot: Snapshot): void {
  response.write(`data: ${JSON.stringify(snapshot)}\n\n`)
}
