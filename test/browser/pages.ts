/**
 * What tests see of a browser, whichever it is: tabs on pages of a server of their own, that have hubless as
 * `window.hubless`, and as `raw` and `discovery` what these subpaths export. All tabs of a browser share what tabs of an
 * origin do.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export type Tab = {
  /** What was thrown in the page and caught nowhere. */
  readonly errors: readonly string[]
  /** Runs a function in the page, which sees nothing of its surroundings here. What goes in and comes out is JSON. */
  evaluate<Result>(run: () => Result | Promise<Result>): Promise<Result>
  evaluate<Result, Argument>(run: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result>
  close(): Promise<void>
}

/** A browser that runs. */
export type Engine<SomeTab extends Tab = Tab> = {
  /** A new tab that has loaded `url`. */
  open(url: string): Promise<SomeTab>
  close(): Promise<void>
}

export class TestBrowser<SomeTab extends Tab = Tab> {
  readonly #launch: () => Promise<Engine<SomeTab>>
  readonly #server = createServer()
  #engine: Engine<SomeTab> | undefined

  constructor(launch: () => Promise<Engine<SomeTab>>) {
    this.#launch = launch
  }

  async start(): Promise<void> {
    const script = await bundle()
    this.#server.on('request', ({ url }, response) => {
      const js = url === '/hubless.js' || url === '/worker.js'
      response.writeHead(200, { 'Content-Type': js ? 'text/javascript' : 'text/html' })
      response.end(
        js
          ? script
          : '<!doctype html><title>test</title><link rel="icon" href="data:,"><script src="/hubless.js"></script>'
      )
    })
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    this.#engine = await this.#launch()
  }

  /** A new tab, on a page of this server or on another, such as an example. */
  async tab(url = this.url): Promise<SomeTab> {
    if (this.#engine === undefined) throw new Error('not started')
    return this.#engine.open(url)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async stop(): Promise<void> {
    await this.#engine?.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

async function bundle(): Promise<string> {
  const contents = `import * as hubless from 'hubless'
    import * as discovery from 'hubless/discovery'
    import * as raw from 'hubless/raw'
    import 'hubless/threads'
    Object.assign(globalThis, { hubless, raw, discovery })`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // Where the names lead in a page.
    tsconfig: join(root, 'tsconfig.browser.json'),
    ignoreAnnotations: true
  })
  return outputFiles[0]?.text ?? ''
}

const root = fileURLToPath(new URL('../..', import.meta.url))
