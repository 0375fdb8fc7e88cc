/**
 * Firefox for tests, over WebDriver BiDi on a WebSocket: playwright drives only a Firefox of its own make. A session, a
 * browsing context for each tab, functions called in it; see https://w3c.github.io/webdriver-bidi/.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { WebSocket } from 'ws'
import { findTool, requirePeer } from '../interop/peers/tools.ts'
import type { Engine, Tab } from './pages.ts'

/** Why there is no browser; for `describe.skipIf`. Throws where it is obligatory. */
export const firefox = requirePeer('firefox', findTool('firefox-esr') ?? findTool('firefox'), 'firefox-esr')

type Message =
  | { readonly type: 'success'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: string; readonly message: string }
  | { readonly type: 'event'; readonly method: string; readonly params: LogEntry }

/** Of `log.entryAdded`, the only event that is subscribed to. */
type LogEntry = { readonly type: string; readonly text: string; readonly source: { readonly context?: string } }

type Evaluated =
  | { readonly type: 'success'; readonly result: { readonly value?: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } }

type Waiting = { resolve(result: unknown): void; reject(error: Error): void }

class Session {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Waiting>()
  readonly #errors = new Map<string, string[]>()
  #lastId = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => this.#take(JSON.parse(String(data))))
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Firefox is gone'))
    })
  }

  call(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  async open(url: string): Promise<Tab> {
    const { context } = (await this.call('browsingContext.create', { type: 'tab' })) as { context: string }
    const errors: string[] = []
    this.#errors.set(context, errors)
    await this.call('browsingContext.navigate', { context, url, wait: 'complete' })
    const evaluate = async (run: (argument: never) => unknown, argument?: unknown): Promise<never> => {
      const given = JSON.stringify([argument])
      const evaluated = (await this.call('script.callFunction', {
        functionDeclaration: `async () => JSON.stringify(await (${run})(...${given}))`,
        target: { context },
        awaitPromise: true
      })) as Evaluated
      if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails.text)
      const { value } = evaluated.result
      return (value === undefined ? undefined : JSON.parse(value)) as never
    }
    const close = async (): Promise<void> => void (await this.call('browsingContext.close', { context }))
    return { errors, evaluate, close }
  }

  #take(message: Message): void {
    if (message.type === 'event') {
      const { type, text, source } = message.params
      if (type === 'javascript' && source.context !== undefined) this.#errors.get(source.context)?.push(text)
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'success') waiting?.resolve(message.result)
    else waiting?.reject(new Error(`${message.error}: ${message.message}`))
  }
}

export async function launchFirefox(): Promise<Engine> {
  const profile = await mkdtemp(join(tmpdir(), 'hubless-firefox-'))
  const args = ['--headless', '--remote-debugging-port=0', '--profile', profile]
  const child = spawn(firefox.path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = once(child, 'exit')
  const socket = new WebSocket(`${await address(child)}/session`)
  await once(socket, 'open')
  const session = new Session(socket)
  await session.call('session.new', { capabilities: {} })
  await session.call('session.subscribe', { events: ['log.entryAdded'] })
  return {
    open: (url) => session.open(url),
    async close() {
      await session.call('browser.close', {})
      await exited
      process.off('exit', kill)
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** Where it listens, which it says on its standard error; this is read on, so that Firefox never waits for a reader. */
function address(child: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}`)))
    createInterface({ input: child.stderr }).on('line', (line) => {
      const url = /BiDi listening on (ws:\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}
