/**
 * The hub of the browser example: one HTTP server with the page, and behind its paths the devices that connect the tabs.
 *
 *   /chat               BUS, reflected: what one tab says reaches all others
 *   /publish → /topics  PUB to SUB: each tab receives the topics it subscribed to
 *   /ask → /answer      SURVEYOR to RESPONDENT: one tab asks, all tabs answer
 *   /status             what the hub sees: who is there, messages, drops
 */
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Pub, type Socket } from 'hubless'
import { Bus, device, Pub as RawPub, Sub as RawSub, Respondent, Surveyor } from 'hubless/raw'

export interface Hub {
  /** Where the page is. */
  readonly url: string
  close(): Promise<void>
}

export async function startHub(port = 0, host = '127.0.0.1'): Promise<Hub> {
  const server = createServer(await page())
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const sockets = await connectTabs(server)
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      await Promise.all(sockets.map((socket) => socket.close({ linger: 0 })))
      server.closeAllConnections()
      server.close()
    }
  }
}

async function connectTabs(server: Server): Promise<readonly Socket[]> {
  const chat = new Bus()
  const [incoming, topics] = [new RawSub(), new RawPub()]
  const [ask, answer] = [new Respondent(), new Surveyor()]
  const status = new Pub()
  const at = (path: string): string => `ws://*/${path}`
  const options = { ws: { server } }
  await chat.bind(at('chat'), options)
  await incoming.bind(at('publish'), options)
  await topics.bind(at('topics'), options)
  await ask.bind(at('ask'), options)
  await answer.bind(at('answer'), options)
  await status.bind(at('status'), options)
  incoming.subscribe('')
  void device(chat)
  void device(incoming, topics)
  void device(ask, answer)
  report(status, { chat, topics, survey: ask })
  return [chat, incoming, topics, ask, answer, status]
}

/** Publishes twice a second what the hub sees, and at once who comes and goes. */
function report(status: Pub, watched: Readonly<Record<string, Socket>>): void {
  const publish = (message: object): void => void status.trySend(JSON.stringify(message))
  const { chat } = watched
  chat?.on('attach', ({ pipe }) => publish({ type: 'came', id: pipe.id, address: pipe.address }))
  chat?.on('detach', ({ pipe, reason }) => publish({ type: 'went', id: pipe.id, reason }))
  const timer = setInterval(() => {
    const stats = Object.entries(watched).map(([name, socket]) => [name, socket.stats()] as const)
    const drops: Record<string, number> = {}
    for (const [, { drops: own }] of stats) {
      for (const [reason, count] of Object.entries(own)) drops[reason] = (drops[reason] ?? 0) + count
    }
    const pipes = stats.map(([name, { pipes: list }]) => [name, list.reduce((sum, p) => sum + p.messagesReceived, 0)])
    publish({
      type: 'status',
      peers: chat?.peers.map(({ id, address }) => ({ id, address })),
      received: Object.fromEntries(pipes),
      drops
    })
  }, 500)
  status.on('close', () => clearInterval(timer))
}

/** Serves the page and its script, bundled as an application would. */
async function page(): Promise<RequestListener> {
  const file = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [file('main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    alias: { hubless: fileURLToPath(new URL('../../src/browser.ts', import.meta.url)) },
    // Otherwise the entry, which has its name by the alias only, would count as free of side effects.
    ignoreAnnotations: true
  })
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html', await readFile(file('index.html'), 'utf8')],
    '/style.css': ['text/css', await readFile(file('style.css'), 'utf8')],
    '/main.js': ['text/javascript', outputFiles[0]?.text ?? '']
  }
  return ({ url = '' }, response) => {
    const found = files[url.replace(/\?.*/, '')]
    response.writeHead(found === undefined ? 404 : 200, {
      'Content-Type': `${found?.[0] ?? 'text/plain'}; charset=utf-8`
    })
    response.end(found?.[1] ?? 'not found')
  }
}
